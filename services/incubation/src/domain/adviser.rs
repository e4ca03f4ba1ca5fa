//! 专家顾问 (A40): who advises and reviews. A person is an id of smartdata.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    DivisionCode,
    keys::{OrganizationId, ResidentId},
    typed_id,
};
use serde::{Deserialize, Serialize};

typed_id!(
    /// Adviser of the pool (专家顾问).
    AdviserId, "incubation_adviser");

kernel::text_enum! {
    /// What an adviser is good at.
    pub enum Expertise {
        /// 法律
        Law = "LAW",
        /// 财务
        Finance = "FINANCE",
        /// 组织管理
        Management = "MANAGEMENT",
        /// 社会工作
        SocialWork = "SOCIAL_WORK",
        /// 养老服务
        ElderCare = "ELDER_CARE",
        /// 项目设计
        Project = "PROJECT",
        /// 其他
        Other = "OTHER",
    }
}

/// An adviser of a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adviser {
    pub id: AdviserId,
    pub resident_id: ResidentId,
    pub division_code: DivisionCode,
    pub expertise: Expertise,
    pub qualification: String,
    /// Where they work; kept to keep reviewers away from their own.
    pub employer_id: Option<OrganizationId>,
    pub enrolled_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    /// The first day they are not of the pool any more.
    pub released_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

impl Adviser {
    /// Whether they are of the pool on a day, for a place.
    pub fn serves(&self, place: &DivisionCode, day: NaiveDate) -> bool {
        self.division_code.contains(place)
            && self.enrolled_on <= day
            && self.released_on.is_none_or(|released| day < released)
    }
}
