//! Entities that other services own and this one refers to.

use async_graphql::SimpleObject;
use kernel::keys::{CommunityId, ContractId, ResidentId};
use kit::graph::{DivisionCode, shape::entities};

entities! {
    /// 居民。A resident; owned by smartdata, the only place with personal data.
    Resident of ResidentId;
    /// 社区。A community; owned by communities.
    Community of CommunityId;
    /// 合同。A contract; owned by procurement.
    Contract of ContractId;
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

impl Division {
    /// Nullable wherever it is shown, as all that others own.
    pub fn of(code: impl Into<Option<kernel::DivisionCode>>) -> Option<Self> {
        code.into().map(Into::into)
    }
}
