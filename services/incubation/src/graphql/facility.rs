//! 现场核查 in the graph.

use async_graphql::ID;
use kit::graph::Date;

use super::shape::{enums, output};
use crate::domain::facility as domain;

enums! {
    /// 核查项目。What a centre has to have.
    FacilityItem = domain::FacilityItem {
        /// 综合保障功能。General support.
        GeneralSupport,
        /// 能力培养功能。Building of capacity.
        CapacityBuilding,
        /// 专业服务功能。Professional service.
        ProfessionalService,
        /// 固定的工作场所和设施。Premises of its own.
        FixedPremises,
        /// 明显标识。A sign that is seen.
        Sign,
        /// 制度图板。Boards with its rules.
        Boards,
    }
}

output! {
    /// 现场核查记录。One look at one thing a centre has to have.
    FacilityCheck of domain::FacilityCheck {
        /// 全局编号。Global id.
        id: ID,
        /// 核查项目。What was looked at.
        item: FacilityItem,
        /// 是否通过。Whether it passed.
        passed: bool,
        /// 核查情况。What was seen.
        evidence: String,
        /// 照片引用。Photos.
        photos: Vec<String>,
        /// 核查日期。The day.
        checked_on: Date,
        /// 核查账号。The account that looked.
        checked_by: String,
    }
    plus {}
}
