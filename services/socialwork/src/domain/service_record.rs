//! 社工服务记录: what a social worker did at somebody's home.

use chrono::{DateTime, Utc};
use kernel::{
    Minutes,
    keys::{ContractId, ResidentId, SocialWorkerId, TraceId, VisitId},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

kernel::typed_id!(
    /// Record of a social worker's service (社工服务记录).
    ServiceRecordId, "service_record");

/// A record of service. It never changes; a visit found void only marks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecord {
    pub id: ServiceRecordId,
    pub social_worker_id: SocialWorkerId,
    pub visit_id: VisitId,
    pub order_id: Uuid,
    pub contract_id: ContractId,
    pub trace_id: TraceId,
    pub elder_resident_id: ResidentId,
    pub in_at: DateTime<Utc>,
    pub out_at: DateTime<Utc>,
    pub minutes: Minutes,
    pub recorded_at: DateTime<Utc>,
    /// When its visit was found void.
    pub voided_at: Option<DateTime<Utc>>,
}
