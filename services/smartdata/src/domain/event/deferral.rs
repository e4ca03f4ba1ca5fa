//! 延期: asked by whoever handles an event, granted by somebody else.

use chrono::{DateTime, Utc};
use kernel::{Refusal, refuse};

use super::{Event, EventId, EventState};

kernel::typed_id!(
    /// Deferral of an event (事件延期).
    DeferralId, "event_deferral");

/// A deferral, asked or decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferral {
    pub id: DeferralId,
    pub event_id: EventId,
    pub reason: String,
    pub until: DateTime<Utc>,
    pub asked_by: String,
    pub asked_at: DateTime<Utc>,
    pub approved: Option<bool>,
    pub note: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
}

impl Deferral {
    /// A deferral of an event that is being handled, to later than its limit.
    pub fn ask(
        id: DeferralId,
        event: &Event,
        (reason, until): (String, DateTime<Utc>),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if !matches!(event.state, EventState::Handling | EventState::Rework) {
            return Err(refuse!(
                Refused,
                "EVENT_STATE",
                zh: "只有处理中的事件可以申请延期",
                en: "only an event that is being handled can be deferred",
            ));
        }
        if until <= event.due_at {
            return Err(refuse!(
                Invalid,
                "DEFERRAL_SHORTENS",
                field: "input.until",
                zh: "延期后的时限须晚于原时限",
                en: "a deferral ends later than the present limit",
            ));
        }
        Ok(Self {
            id,
            event_id: event.id,
            reason,
            until,
            asked_by: by.to_owned(),
            asked_at: now,
            approved: None,
            note: None,
            decided_by: None,
            decided_at: None,
        })
    }

    /// Decides once; whoever asked does not decide.
    pub fn decide(
        &mut self,
        (approved, note): (bool, Option<String>),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.asked_by == by {
            return Err(refuse!(
                Refused,
                "DEFERRAL_DECIDED_BY_ANOTHER",
                zh: "延期须由申请人以外的人审批",
                en: "a deferral is decided by somebody other than who asked",
            ));
        }
        self.approved = Some(approved);
        self.note = note;
        self.decided_by = Some(by.to_owned());
        self.decided_at = Some(now);
        Ok(())
    }
}
