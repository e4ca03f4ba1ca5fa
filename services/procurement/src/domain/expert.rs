//! 评审专家: the pool, and whom an expert must not judge.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::keys::{ExpertId, OrganizationId, ResidentId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

kernel::text_enum! {
    /// How an expert is tied to a supplier.
    pub enum RelationKind {
        /// 受雇
        Employment = "EMPLOYMENT",
        /// 任董事、监事
        Director = "DIRECTOR",
        /// 控股或实际控制
        Owner = "OWNER",
        /// 亲属
        Kinship = "KINSHIP",
    }
}

/// An expert of the pool, or a person of the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expert {
    pub id: ExpertId,
    pub resident_id: Option<ResidentId>,
    pub name: Option<String>,
    pub specialty: String,
    pub organization_id: Option<OrganizationId>,
    pub of_buyer: bool,
    pub registered_at: DateTime<Utc>,
}

/// A relation to a supplier (回避事由).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub id: Uuid,
    pub expert_id: ExpertId,
    pub organization_id: OrganizationId,
    pub kind: RelationKind,
    /// The day it ended; none where it goes on.
    pub ended_on: Option<NaiveDate>,
    pub declared_at: DateTime<Utc>,
}
