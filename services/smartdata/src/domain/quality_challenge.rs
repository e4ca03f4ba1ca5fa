//! 数据质量异议 (SM-16): raised, checked by the provider, corrected or upheld.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{OrganizationId, ResidentId},
    refuse,
};

use super::data_resource::{DataField, DataResourceId};

kernel::typed_id!(
    /// Quality challenge (数据质量异议).
    QualityChallengeId, "quality_challenge");

kernel::text_enum! {
    /// Where a challenge stands.
    pub enum QualityChallengeState {
        /// 已提出
        Raised = "RAISED",
        /// 核查中
        Checking = "CHECKING",
        /// 已更正
        Corrected = "CORRECTED",
        /// 数据无误
        Upheld = "UPHELD",
    }
}

/// A challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualityChallenge {
    pub id: QualityChallengeId,
    pub resource_id: DataResourceId,
    pub division_code: DivisionCode,
    pub provider_organization_id: OrganizationId,
    pub consumer_organization_id: Option<OrganizationId>,
    pub resident_id: Option<ResidentId>,
    pub field: DataField,
    pub statement: String,
    pub state: QualityChallengeState,
    pub finding: Option<String>,
    pub raised_by: String,
    pub raised_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub checked_by: Option<String>,
    pub concluded_at: Option<DateTime<Utc>>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

impl QualityChallenge {
    /// The provider looks into it.
    pub fn start_check(&mut self, by: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.raised_by == by {
            return Err(refuse!(
                Refused,
                "CHALLENGE_CHECKED_BY_ANOTHER",
                zh: "提出异议的人不能核查本异议",
                en: "a challenge is checked by somebody other than who raised it",
            ));
        }
        if self.state != QualityChallengeState::Raised {
            return Err(self.stuck());
        }
        self.state = QualityChallengeState::Checking;
        self.checked_by = Some(by.to_owned());
        self.updated_at = now;
        Ok(())
    }

    /// What was found: corrected at its source, or right as it was.
    pub fn conclude(
        &mut self,
        (corrected, finding): (bool, String),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.state != QualityChallengeState::Checking {
            return Err(self.stuck());
        }
        self.state = if corrected {
            QualityChallengeState::Corrected
        } else {
            QualityChallengeState::Upheld
        };
        self.finding = Some(finding);
        self.concluded_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    fn stuck(&self) -> Refusal {
        let state = self.state;
        refuse!(
            Refused,
            "CHALLENGE_STATE",
            zh: "异议当前状态为 {state},不能这样办理",
            en: "the challenge is {state} and cannot go on like this",
        )
    }

    /// Whether it was not concluded in time.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.concluded_at.is_none() && self.due_at <= now
    }
}
