//! 转介: another organisation is told what the client agreed to, and takes over or not.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::{
    CaseId,
    consent::{CaseConsentId, CaseField, ConsentPurpose},
};
use crate::domain::words::no_move;

kernel::typed_id!(
    /// Referral of a case (转介).
    CaseReferralId, "case_referral");

kernel::text_enum! {
    /// Where a referral stands.
    pub enum ReferralState {
        /// 待接收
        Sent = "SENT",
        /// 已接收
        Accepted = "ACCEPTED",
        /// 已谢绝
        Declined = "DECLINED",
    }
}

/// A referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseReferral {
    pub id: CaseReferralId,
    pub case_id: CaseId,
    pub division_code: DivisionCode,
    pub round: i32,
    pub to_organization_id: OrganizationId,
    pub purpose: ConsentPurpose,
    pub fields: Vec<CaseField>,
    pub consent_id: CaseConsentId,
    /// The case goes over as a whole: once accepted, it ends here.
    pub hand_over: bool,
    pub state: ReferralState,
    pub reason: Option<String>,
    pub sent_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
}

impl CaseReferral {
    /// The receiver takes it, or says why not.
    pub fn answer(
        &mut self,
        accepted: bool,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let next = if accepted {
            ReferralState::Accepted
        } else {
            ReferralState::Declined
        };
        if self.state != ReferralState::Sent {
            return Err(no_move(
                "REFERRAL_ANSWERED",
                self.state.as_str(),
                next.as_str(),
            ));
        }
        if !accepted && reason.is_none() {
            return Err(refuse!(
                Invalid,
                "REFERRAL_REASON",
                field: "input.reason",
                zh: "谢绝转介须说明理由",
                en: "say why the referral is declined",
            ));
        }
        self.state = next;
        self.reason = reason;
        self.answered_at = Some(now);
        Ok(())
    }
}
