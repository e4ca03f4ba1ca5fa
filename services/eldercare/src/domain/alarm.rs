//! 告警 (A66, SM-15): a call for help, or a visit that did not take place as
//! planned. What nobody answers climbs: family, grid, provider, 120 and 110.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{OrganizationId, ResidentId, VisitId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{contact::ContactId, visit::Visit};

kernel::typed_id!(
    /// Alarm (告警).
    AlarmId, "alarm");

kernel::text_enum! {
    /// What an alarm is about.
    pub enum AlarmKind {
        /// 紧急呼叫
        Sos = "SOS",
        /// 逾期未上门
        VisitMissed = "VISIT_MISSED",
        /// 逾时未签退
        VisitOverrun = "VISIT_OVERRUN",
        /// 逾期未探访
        ContactMissed = "CONTACT_MISSED",
    }
}

kernel::text_enum! {
    /// Where an alarm stands.
    pub enum AlarmState {
        /// 待响应
        Raised = "RAISED",
        /// 已响应
        Answered = "ANSWERED",
        /// 已处置
        Resolved = "RESOLVED",
    }
}

kernel::text_enum! {
    /// Who is called; those of lower rungs stay called.
    pub enum AlarmRung {
        /// 家属
        Family = "FAMILY",
        /// 网格与社区
        Grid = "GRID",
        /// 服务机构
        Provider = "PROVIDER",
        /// 120、110
        Emergency = "EMERGENCY",
    }
}

impl AlarmRung {
    /// The next one up; none above the last.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Family => Some(Self::Grid),
            Self::Grid => Some(Self::Provider),
            Self::Provider => Some(Self::Emergency),
            Self::Emergency => None,
        }
    }
}

/// An alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    pub id: AlarmId,
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    pub kind: AlarmKind,
    pub visit_id: Option<VisitId>,
    /// The contact that was missed.
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    pub organization_id: Option<OrganizationId>,
    pub note: Option<String>,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub raised_by: String,
    pub repeats: i32,
    pub rung: AlarmRung,
    pub state: AlarmState,
    pub outcome: Option<String>,
    pub version: i32,
    pub raised_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answered_by: Option<String>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub resolved_by: Option<String>,
    pub updated_at: DateTime<Utc>,
}

impl Alarm {
    /// Whether the contractor is called as well: of a visit from the start,
    /// else once the ladder has come to it.
    pub fn calls_provider(&self) -> bool {
        self.visit_id.is_some() || matches!(self.rung, AlarmRung::Provider | AlarmRung::Emergency)
    }

    /// Called again while it is open.
    pub fn repeat(&mut self, now: DateTime<Utc>) {
        self.repeats = self.repeats.saturating_add(1);
        self.updated_at = now;
    }

    /// Somebody takes it on.
    pub fn answer(&mut self, by: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.state {
            AlarmState::Raised => {}
            AlarmState::Answered => {
                return Err(refuse!(
                    AlreadyExists,
                    "ALARM_ALREADY_ANSWERED",
                    zh: "该告警已有人响应",
                    en: "somebody has answered this alarm already",
                ));
            }
            AlarmState::Resolved => return Err(ended()),
        }
        self.state = AlarmState::Answered;
        self.answered_at = Some(now);
        self.answered_by = Some(by.to_owned());
        self.updated_at = now;
        Ok(())
    }

    /// It ends with what was found.
    pub fn resolve(&mut self, outcome: &str, by: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.state {
            AlarmState::Answered => {}
            AlarmState::Raised => {
                return Err(refuse!(
                    Refused,
                    "ALARM_NOT_ANSWERED",
                    zh: "请先响应告警,再登记处置结果",
                    en: "answer the alarm first, then say what was found",
                ));
            }
            AlarmState::Resolved => return Err(ended()),
        }
        self.end(check_outcome(outcome)?, by, now);
        Ok(())
    }

    /// What it told of is mended: the visit took place after all or was called
    /// off, somebody looked in. The alarm ends by itself.
    pub fn lapse(&mut self, outcome: &str, by: &str, now: DateTime<Utc>) {
        if self.state != AlarmState::Resolved && self.kind != AlarmKind::Sos {
            self.end(outcome.to_owned(), by, now);
        }
    }

    fn end(&mut self, outcome: String, by: &str, now: DateTime<Utc>) {
        self.state = AlarmState::Resolved;
        self.outcome = Some(outcome);
        self.resolved_at = Some(now);
        self.resolved_by = Some(by.to_owned());
        self.updated_at = now;
    }

    /// Nobody has answered: the next rung is called. Answers whether there was one.
    pub fn climb(&mut self, now: DateTime<Utc>) -> bool {
        match (self.state, self.rung.next()) {
            (AlarmState::Raised, Some(next)) => {
                self.rung = next;
                self.updated_at = now;
                true
            }
            _ => false,
        }
    }
}

/// Whether a visit has gone the way its alarm would tell of.
pub fn is_due(kind: AlarmKind, visit: &Visit) -> bool {
    use super::visit::VisitState::{Accepted, Assigned, CheckedIn, EnRoute};
    match kind {
        AlarmKind::Sos | AlarmKind::ContactMissed => false,
        AlarmKind::VisitMissed => matches!(visit.state, Assigned | Accepted | EnRoute),
        AlarmKind::VisitOverrun => visit.state == CheckedIn,
    }
}

fn ended() -> Refusal {
    refuse!(
        Refused,
        "ALARM_RESOLVED",
        zh: "该告警已处置完毕",
        en: "this alarm has been resolved",
    )
}

/// What somebody says who calls: at most 500 characters, or nothing.
pub fn check_note(note: Option<&str>) -> Result<Option<String>, Refusal> {
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > 500) {
        return Err(refuse!(
            Invalid,
            "TEXT_LENGTH",
            field: "input.note",
            zh: "说明不超过 500 字",
            en: "a note has at most 500 characters",
        ));
    }
    Ok(note.map(ToOwned::to_owned))
}

fn check_outcome(outcome: &str) -> Result<String, Refusal> {
    let outcome = outcome.trim();
    if outcome.is_empty() || outcome.chars().count() > 500 {
        return Err(refuse!(
            Invalid,
            "TEXT_LENGTH",
            field: "input.outcome",
            zh: "处置结果须为 1 至 500 字",
            en: "an outcome has 1 to 500 characters",
        ));
    }
    Ok(outcome.to_owned())
}

/// Which alarms a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlarmFilter {
    pub state: Option<AlarmState>,
    pub elder: Option<ResidentId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(kind: AlarmKind) -> Alarm {
        let at = DateTime::UNIX_EPOCH;
        let visit = (kind != AlarmKind::Sos).then(|| VisitId::from_uuid(uuid::Uuid::nil()));
        Alarm {
            id: AlarmId::from_uuid(uuid::Uuid::nil()),
            elder_id: ResidentId::from_uuid(uuid::Uuid::nil()),
            division_code: "230103001001".parse().unwrap(),
            kind,
            visit_id: visit,
            contact_id: None,
            organization_id: None,
            note: None,
            channel: "kiosk".into(),
            assisted_by: None,
            raised_by: "li".into(),
            repeats: 0,
            rung: AlarmRung::Family,
            state: AlarmState::Raised,
            outcome: None,
            version: 1,
            raised_at: at,
            answered_at: None,
            answered_by: None,
            resolved_at: None,
            resolved_by: None,
            updated_at: at,
        }
    }

    #[test]
    fn what_nobody_answers_climbs_to_the_last_rung_and_no_further() {
        let mut one = alarm(AlarmKind::Sos);
        let now = one.raised_at;
        assert!(!one.calls_provider());
        let mut rungs = vec![one.rung];
        while one.climb(now) {
            rungs.push(one.rung);
        }
        assert_eq!(rungs, AlarmRung::ALL);
        assert!(one.calls_provider());
        // The one that nobody came to is still open.
        assert_eq!(one.state, AlarmState::Raised);
        one.answer("staff", now).unwrap();
        assert!(!one.climb(now));
    }

    #[test]
    fn it_is_answered_once_and_ends_with_what_was_found() {
        let mut one = alarm(AlarmKind::Sos);
        let now = one.raised_at;
        let early = one.resolve("平安", "staff", now).unwrap_err();
        assert_eq!(early.reason, "ALARM_NOT_ANSWERED");
        one.answer("staff", now).unwrap();
        let twice = one.answer("other", now).unwrap_err();
        assert_eq!(twice.reason, "ALARM_ALREADY_ANSWERED");
        assert_eq!(
            one.resolve("  ", "staff", now).unwrap_err().reason,
            "TEXT_LENGTH"
        );
        one.resolve("平安", "staff", now).unwrap();
        for refused in [one.clone().answer("x", now), one.resolve("x", "x", now)] {
            assert_eq!(refused.unwrap_err().reason, "ALARM_RESOLVED");
        }
    }

    #[test]
    fn only_the_alarm_of_a_visit_ends_by_itself() {
        for (kind, ends) in [(AlarmKind::Sos, false), (AlarmKind::VisitMissed, true)] {
            let mut one = alarm(kind);
            one.lapse("已签到", "eldercare", DateTime::UNIX_EPOCH);
            assert_eq!(one.state == AlarmState::Resolved, ends);
        }
    }
}
