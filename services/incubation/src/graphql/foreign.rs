//! Entities that other services own and this one refers to.

use async_graphql::{ID, SimpleObject};
use kernel::keys::{CommunityId, ContractId, ResidentId};
use kit::graph::{DivisionCode, global};

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

/// 行政区划。An administrative division; owned by smartdata.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Division {
    /// 12 位区划代码。12 digits.
    code: DivisionCode,
}

impl From<kernel::DivisionCode> for Division {
    fn from(code: kernel::DivisionCode) -> Self {
        Self {
            code: DivisionCode(code),
        }
    }
}

/// 社区。A community; owned by communities.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Community {
    /// 全局编号。Global id.
    id: ID,
}

impl From<CommunityId> for Community {
    fn from(id: CommunityId) -> Self {
        Self { id: global(id) }
    }
}

/// 合同。A contract; owned by procurement.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Contract {
    /// 全局编号。Global id.
    id: ID,
}

impl From<ContractId> for Contract {
    fn from(id: ContractId) -> Self {
        Self { id: global(id) }
    }
}
