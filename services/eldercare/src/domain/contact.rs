//! 探访关爱 (B12): how often somebody looks in on an elder, by a class of risk
//! that rules give; what is missed raises an alarm.

mod risk;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{DivisionCode, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

pub use risk::{
    ContactRisk, ContactRule, ContactSchedule, Isolation, RiskInputs, ScreenIsolation, decide,
};

use super::text::check_optional;

kernel::typed_id!(
    /// Contact with an elder (探访).
    ContactId,
    "contact"
);

kernel::text_enum! {
    /// Why somebody looks in.
    pub enum ContactCause {
        /// 定期探访
        Routine = "ROUTINE",
        /// 重大变故
        Change = "CHANGE",
        /// 上次未探访,补访
        Missed = "MISSED",
    }
}

kernel::text_enum! {
    /// What has changed for an elder.
    pub enum LifeChange {
        /// 住院
        Hospitalised = "HOSPITALISED",
        /// 出院
        Discharged = "DISCHARGED",
        /// 跌倒
        Fall = "FALL",
        /// 丧偶、丧亲
        Bereaved = "BEREAVED",
        /// 照料者离开
        CarerLeft = "CARER_LEFT",
        /// 其他
        Other = "OTHER",
    }
}

kernel::text_enum! {
    /// Where a contact stands.
    pub enum ContactState {
        /// 待探访
        Due = "DUE",
        /// 已探访
        Done = "DONE",
        /// 逾期未访
        Missed = "MISSED",
        /// 不再需要
        CalledOff = "CALLED_OFF",
    }
}

kernel::text_enum! {
    /// How somebody looked in.
    pub enum ContactMethod {
        /// 上门
        Visit = "VISIT",
        /// 电话
        Phone = "PHONE",
        /// 视频
        Video = "VIDEO",
    }
}

kernel::text_enum! {
    /// How the elder was found.
    pub enum Condition {
        /// 良好
        Well = "WELL",
        /// 需要帮助
        NeedsHelp = "NEEDS_HELP",
        /// 紧急
        Urgent = "URGENT",
    }
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    pub cause: ContactCause,
    pub change: Option<LifeChange>,
    pub change_note: Option<String>,
    pub due_at: DateTime<Utc>,
    pub state: ContactState,
    pub attempts: i32,
    pub method: Option<ContactMethod>,
    pub condition: Option<Condition>,
    pub note: Option<String>,
    pub done_by: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
    pub missed_at: Option<DateTime<Utc>>,
    pub version: i32,
    pub planned_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What came of looking in; no condition where nobody was reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordContact {
    pub contact_id: ContactId,
    pub method: ContactMethod,
    pub condition: Option<Condition>,
    pub note: Option<String>,
}

impl Contact {
    /// The next one, due at an instant.
    pub fn next(
        id: ContactId,
        (elder_id, division_code): (ResidentId, DivisionCode),
        cause: ContactCause,
        due_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            elder_id,
            division_code,
            cause,
            change: None,
            change_note: None,
            due_at,
            state: ContactState::Due,
            attempts: 0,
            method: None,
            condition: None,
            note: None,
            done_by: None,
            done_at: None,
            missed_at: None,
            version: 1,
            planned_at: now,
            updated_at: now,
        }
    }

    /// Something has changed: it is due by then, or earlier where it was.
    pub fn hasten(
        &mut self,
        change: LifeChange,
        note: Option<&str>,
        by: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.check_due()?;
        self.change_note = check_optional(note, 500, "input.note")?;
        self.cause = ContactCause::Change;
        self.change = Some(change);
        self.bring_forward(by, now);
        Ok(())
    }

    /// Due by then, or earlier where it was.
    pub fn bring_forward(&mut self, by: DateTime<Utc>, now: DateTime<Utc>) {
        self.due_at = self.due_at.min(by);
        self.updated_at = now;
    }

    /// Somebody looked in, or tried to.
    pub fn record(
        &mut self,
        input: &RecordContact,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.check_due()?;
        let note = check_optional(input.note.as_deref(), 1000, "input.note")?;
        if input.condition.is_some_and(|one| one != Condition::Well) && note.is_none() {
            return Err(refuse!(
                Invalid,
                "CONTACT_NOTE_MISSING",
                field: "input.note",
                zh: "需要帮助或情况紧急时,请说明情况",
                en: "say what help is needed",
            ));
        }
        self.note = note;
        self.updated_at = now;
        let Some(condition) = input.condition else {
            self.attempts = self.attempts.saturating_add(1);
            return Ok(());
        };
        self.state = ContactState::Done;
        self.method = Some(input.method);
        self.condition = Some(condition);
        self.done_by = Some(by.to_owned());
        self.done_at = Some(now);
        Ok(())
    }

    /// Nobody looked in within the grace. Answers whether it was missed.
    pub fn miss(&mut self, grace: TimeDelta, now: DateTime<Utc>) -> bool {
        if self.state != ContactState::Due || now < self.due_at + grace {
            return false;
        }
        self.state = ContactState::Missed;
        self.missed_at = Some(now);
        self.updated_at = now;
        true
    }

    /// Nobody is to be looked in on any more.
    pub fn call_off(&mut self, now: DateTime<Utc>) {
        self.state = ContactState::CalledOff;
        self.updated_at = now;
    }

    /// Whether somebody should have looked in by now.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state == ContactState::Due && self.due_at < now
    }

    fn check_due(&self) -> Result<(), Refusal> {
        if self.state == ContactState::Due {
            return Ok(());
        }
        let state = self.state;
        Err(refuse!(
            Refused,
            "CONTACT_STATE",
            zh: "该次探访已有结果({state})",
            en: "this contact has ended ({state})",
        ))
    }
}

/// Which contacts a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContactFilter {
    pub elder: Option<ResidentId>,
    pub below: Option<DivisionCode>,
    pub state: Option<ContactState>,
    pub risk: Option<ContactRisk>,
    /// Only those that are due by this instant, and open.
    pub due_by: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn contact() -> Contact {
        let elder = (
            ResidentId::from_uuid(uuid::Uuid::nil()),
            "230103001001".parse().unwrap(),
        );
        let id = ContactId::from_uuid(uuid::Uuid::nil());
        let (now, due) = (at("2026-03-02T01:00:00Z"), at("2026-03-09T01:00:00Z"));
        Contact::next(id, elder, ContactCause::Routine, due, now)
    }

    fn found(condition: Option<Condition>, note: Option<&str>) -> RecordContact {
        RecordContact {
            contact_id: ContactId::from_uuid(uuid::Uuid::nil()),
            method: ContactMethod::Phone,
            condition,
            note: note.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn a_change_brings_it_forward_and_nothing_puts_it_off() {
        let mut one = contact();
        let soon = at("2026-03-03T01:00:00Z");
        one.hasten(LifeChange::Fall, None, soon, soon).unwrap();
        assert_eq!((one.due_at, one.cause), (soon, ContactCause::Change));
        one.bring_forward(at("2026-04-01T01:00:00Z"), soon);
        assert_eq!(one.due_at, soon);
    }

    #[test]
    fn a_try_that_reaches_nobody_leaves_it_due() {
        let mut one = contact();
        let now = one.planned_at;
        one.record(&found(None, None), "grid", now).unwrap();
        assert_eq!((one.state, one.attempts), (ContactState::Due, 1));
        let wordless = one.record(&found(Some(Condition::Urgent), None), "grid", now);
        assert_eq!(wordless.unwrap_err().reason, "CONTACT_NOTE_MISSING");
        one.record(&found(Some(Condition::Well), None), "grid", now)
            .unwrap();
        let twice = one.record(&found(Some(Condition::Well), None), "grid", now);
        assert_eq!(twice.unwrap_err().reason, "CONTACT_STATE");
    }

    #[test]
    fn it_is_missed_after_the_grace_and_once() {
        let mut one = contact();
        let grace = TimeDelta::hours(24);
        assert!(!one.miss(grace, at("2026-03-10T00:59:59Z")));
        assert!(one.is_overdue(at("2026-03-09T01:00:01Z")));
        assert!(one.miss(grace, at("2026-03-10T01:00:00Z")));
        assert!(!one.miss(grace, at("2026-03-11T01:00:00Z")));
    }
}
