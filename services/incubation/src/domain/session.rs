//! 孵化服务 (A38): three basic and four extended kinds, each time with its
//! evidence; it counts when those who had it say so.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::{adviser::AdviserId, incubatee::IncubateeId};

typed_id!(
    /// One time of a service (孵化服务记录).
    IncubationSessionId, "incubation_session");

kernel::text_enum! {
    /// The seven services of the plan; the first three are the basic ones.
    pub enum IncubationServiceKind {
        /// 能力培训
        Training = "TRAINING",
        /// 信息共享
        Information = "INFORMATION",
        /// 项目扶持
        ProjectSupport = "PROJECT_SUPPORT",
        /// 协助注册
        Registration = "REGISTRATION",
        /// 管理咨询
        Consulting = "CONSULTING",
        /// 资源整合
        Resources = "RESOURCES",
        /// 成长评估
        GrowthAssessment = "GROWTH_ASSESSMENT",
    }
}

impl IncubationServiceKind {
    /// Whether it is one of the three basic ones.
    pub fn basic(self) -> bool {
        matches!(
            self,
            Self::Training | Self::Information | Self::ProjectSupport
        )
    }
}

/// One time of a service; never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncubationSession {
    pub id: IncubationSessionId,
    pub incubatee_id: IncubateeId,
    pub kind: IncubationServiceKind,
    pub held_on: NaiveDate,
    pub minutes: i32,
    pub attendees: i32,
    pub topic: String,
    pub adviser_id: Option<AdviserId>,
    pub evidence: String,
    pub recorded_by: String,
    pub created_at: DateTime<Utc>,
}

/// What those who had it say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    pub session_id: IncubationSessionId,
    /// 1 to 5.
    pub rating: i32,
    pub remark: Option<String>,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// Who recorded a service does not confirm it.
pub fn check_confirmer(one: &IncubationSession, by: &str) -> Result<(), Refusal> {
    if one.recorded_by != by {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "SESSION_OWN_CONFIRMATION",
        zh: "记录人不能确认自己记录的服务",
        en: "whoever recorded a service does not confirm it",
    ))
}
