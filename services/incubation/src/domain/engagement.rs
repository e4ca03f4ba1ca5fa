//! 承接 (A12): contracts that an organisation has signed, as procurement told.

use chrono::{DateTime, Utc};
use kernel::{
    Fen,
    keys::{CommunityId, ContractId, OrganizationId, TraceId},
};

/// A contract an organisation took on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engagement {
    pub contract_id: ContractId,
    pub organization_id: OrganizationId,
    pub trace_id: TraceId,
    pub community_id: Option<CommunityId>,
    pub amount: Fen,
    pub signed_at: DateTime<Utc>,
}
