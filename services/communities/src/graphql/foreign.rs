//! Entities that other services own and this one refers to.

use async_graphql::SimpleObject;
use kernel::keys::{OrganizationId, ProcurementNeedId, ResidentId};
use kit::graph::{DivisionCode, shape::entities};

entities! {
    /// 居民。A resident; owned by smartdata, the only place with personal data.
    Resident of ResidentId;
    /// 采购需求。A need to be bought; owned by procurement.
    ProcurementNeed of ProcurementNeedId;
    /// 社会组织。An organisation; owned by incubation.
    Organization of OrganizationId;
}

/// 行政区划。An administrative division; owned by smartdata.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Division {
    /// 12 位区划代码。12 digits.
    code: DivisionCode,
}

impl Division {
    /// Nullable wherever it is shown, as all that others own.
    pub fn of(code: impl Into<Option<kernel::DivisionCode>>) -> Option<Self> {
        code.into().map(|code| Self {
            code: DivisionCode(code),
        })
    }
}
