//! 公示异议: anybody may object while the results are on show (A76).

use chrono::{DateTime, Utc};
use kernel::{Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::{text, venture_application::VentureApplicationId, venture_round::VentureRoundId};

kernel::typed_id!(
    /// Objection to the results of a venture round (公示异议).
    VentureObjectionId, "venture_objection");

kernel::text_enum! {
    /// Where an objection stands.
    pub enum VentureObjectionState {
        /// 已提出
        Raised = "RAISED",
        /// 成立
        Upheld = "UPHELD",
        /// 不成立
        Dismissed = "DISMISSED",
    }
}

/// An objection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureObjection {
    pub id: VentureObjectionId,
    pub round_id: VentureRoundId,
    /// The project it is about.
    pub application_id: Option<VentureApplicationId>,
    pub text: String,
    pub raised_by: String,
    pub raised_at: DateTime<Utc>,
    pub state: VentureObjectionState,
    pub version: i32,
    pub answer: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
}

impl VentureObjection {
    /// Answered once, for all to read.
    pub fn answer(
        &mut self,
        upheld: bool,
        answer: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let answer = text("input.answer", answer, 2000)?;
        if self.state != VentureObjectionState::Raised {
            return Err(refuse!(
                Refused,
                "OBJECTION_ANSWERED",
                zh: "该异议已答复",
                en: "this objection is answered already",
            ));
        }
        self.state = if upheld {
            VentureObjectionState::Upheld
        } else {
            VentureObjectionState::Dismissed
        };
        self.answer = Some(answer);
        self.answered_by = Some(by.to_owned());
        self.answered_at = Some(now);
        Ok(())
    }
}
