//! Entities that other services own and this one refers to.

use async_graphql::{ID, SimpleObject};
use kernel::keys::{OrganizationId, ProcurementNeedId, ResidentId};
use kit::graph::global;

/// 居民。A resident; owned by smartdata, the only place with personal data.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Resident {
    /// 全局编号。Global id.
    id: ID,
}

impl From<ResidentId> for Resident {
    fn from(id: ResidentId) -> Self {
        Self { id: global(id) }
    }
}

/// 采购需求。A need to be bought; owned by procurement.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct ProcurementNeed {
    /// 全局编号。Global id.
    id: ID,
}

impl From<ProcurementNeedId> for ProcurementNeed {
    fn from(id: ProcurementNeedId) -> Self {
        Self { id: global(id) }
    }
}

/// 社会组织。An organisation; owned by incubation.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Organization {
    /// 全局编号。Global id.
    id: ID,
}

impl From<OrganizationId> for Organization {
    fn from(id: OrganizationId) -> Self {
        Self { id: global(id) }
    }
}
