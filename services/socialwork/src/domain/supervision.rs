//! 督导 (A50, SM-9): who supervises whom, how often, and what was held.

use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::SocialWorkerId, refuse};
use serde::{Deserialize, Serialize};

use super::{social_worker::SocialWorkerGrade, words::no_move};

kernel::typed_id!(
    /// Supervision of a social worker (督导关系).
    SupervisionId, "supervision");
kernel::typed_id!(
    /// Session of a supervision (督导).
    SupervisionSessionId, "supervision_session");

kernel::text_enum! {
    /// How a session is held.
    pub enum SupervisionMethod {
        /// 个别督导
        Individual = "INDIVIDUAL",
        /// 团体督导
        Group = "GROUP",
        /// 现场观察
        Observation = "OBSERVATION",
        /// 远程督导
        Remote = "REMOTE",
    }
}

kernel::text_enum! {
    /// Where a session stands.
    pub enum SessionState {
        /// 已计划
        Planned = "PLANNED",
        /// 已举行
        Held = "HELD",
        /// 已记录
        Recorded = "RECORDED",
        /// 被督导人已确认
        Confirmed = "CONFIRMED",
        /// 已计时
        Counted = "COUNTED",
        /// 缺席
        Missed = "MISSED",
        /// 已补做
        MadeUp = "MADE_UP",
    }
}

/// Who supervises whom, by the newest plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    pub id: SupervisionId,
    pub supervisor_id: SocialWorkerId,
    pub supervisee_id: SocialWorkerId,
    pub division_code: DivisionCode,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    pub every_days: i32,
    pub topics: String,
    pub due_on: NaiveDate,
    pub version: i32,
    pub assigned_at: DateTime<Utc>,
}

impl Supervision {
    /// Whether it covers a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Refuses a supervision that does not cover a day.
    pub fn check_covers(&self, day: NaiveDate, field: &'static str) -> Result<(), Refusal> {
        if self.covers(day) {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "SUPERVISION_ENDED",
            field: field,
            zh: "该日不在督导关系期内",
            en: "the supervision does not cover this day",
        ))
    }

    /// Whether a session should have been held before a day.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.due_on < today && self.covers(today)
    }

    /// A session was held on a day: the next one is due a term later.
    pub fn held(&mut self, on: NaiveDate) {
        self.due_on = self.due_on.max(due(on, self.every_days));
    }

    /// Another plan counts from a day on.
    pub fn plan(&mut self, every_days: i32, topics: String, today: NaiveDate) {
        self.every_days = every_days;
        self.topics = topics;
        self.due_on = due(today, every_days);
    }

    /// Ends it with a day.
    pub fn end(&mut self, on: NaiveDate) -> Result<(), Refusal> {
        if on < self.from || self.to.is_some_and(|to| on > to) {
            return Err(refuse!(
                Invalid,
                "SUPERVISION_END",
                field: "input.on",
                zh: "结束日须在督导开始之后,且不晚于原定结束日",
                en: "a supervision ends after it began, and no later than it would have",
            ));
        }
        self.to = Some(on);
        Ok(())
    }
}

/// The last day of a term that begins on a day.
pub fn due(from: NaiveDate, every_days: i32) -> NaiveDate {
    from + Days::new(u64::from(every_days.unsigned_abs()))
}

/// A supervisor has a grade, and supervises somebody else.
pub fn check_supervisor(
    (supervisor, grade): (SocialWorkerId, SocialWorkerGrade),
    supervisee: SocialWorkerId,
    least: i64,
) -> Result<(), Refusal> {
    if supervisor == supervisee {
        return Err(refuse!(
            Refused,
            "SUPERVISION_OF_ONESELF",
            field: "input.supervisorId",
            zh: "督导与被督导人不能是同一人",
            en: "nobody supervises themself",
        ));
    }
    let rank = SocialWorkerGrade::ALL
        .iter()
        .position(|one| *one == grade)
        .and_then(|rank| i64::try_from(rank).ok());
    if rank.is_none_or(|rank| rank < least) {
        return Err(refuse!(
            Refused,
            "SUPERVISOR_GRADE",
            field: "input.supervisorId",
            zh: "督导的职业水平等级不足",
            en: "the supervisor's grade is too low",
        ));
    }
    Ok(())
}

/// Supervision is held at least this often.
pub fn check_interval(every_days: i32, most: i64) -> Result<(), Refusal> {
    if every_days >= 1 && i64::from(every_days) <= most {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "SUPERVISION_TOO_RARE",
        field: "input.everyDays",
        zh: "督导间隔须为 1 至 {most} 天",
        en: "supervision is held every 1 to {most} days",
    ))
}

/// A session; what was said is sealed beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupervisionSession {
    pub id: SupervisionSessionId,
    pub supervision_id: SupervisionId,
    pub supervisee_id: SocialWorkerId,
    pub method: SupervisionMethod,
    pub topic: String,
    pub state: SessionState,
    pub planned_at: DateTime<Utc>,
    pub makes_up: Option<SupervisionSessionId>,
    pub held_from: Option<DateTime<Utc>>,
    pub held_to: Option<DateTime<Utc>>,
    pub missed_reason: Option<String>,
    pub returned_reason: Option<String>,
    pub supervisor_confirmed_at: Option<DateTime<Utc>>,
    pub supervisee_confirmed_at: Option<DateTime<Utc>>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

impl SupervisionSession {
    fn step(
        &mut self,
        from: SessionState,
        to: SessionState,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.state != from {
            return Err(no_move("SESSION_STATE", self.state.as_str(), to.as_str()));
        }
        self.state = to;
        self.updated_at = now;
        Ok(())
    }

    /// It took place.
    pub fn hold(
        &mut self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.step(SessionState::Planned, SessionState::Held, now)?;
        let minutes = (to - from).num_minutes();
        if !(1..=480).contains(&minutes) || to > now {
            return Err(refuse!(
                Invalid,
                "SESSION_DURATION",
                field: "input.to",
                zh: "督导时长须为 1 至 480 分钟,且已经结束",
                en: "a session lasts 1 to 480 minutes, and is over",
            ));
        }
        self.held_from = Some(from);
        self.held_to = Some(to);
        Ok(())
    }

    /// The supervisor writes what was said, and confirms it with that.
    pub fn record(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(SessionState::Held, SessionState::Recorded, now)?;
        self.supervisor_confirmed_at = Some(now);
        self.returned_reason = None;
        Ok(())
    }

    /// The supervisee does not agree with the record.
    pub fn give_back(&mut self, reason: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(SessionState::Recorded, SessionState::Held, now)?;
        self.supervisor_confirmed_at = None;
        self.returned_reason = Some(reason);
        Ok(())
    }

    /// The supervisee confirms it.
    pub fn confirm(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(SessionState::Recorded, SessionState::Confirmed, now)?;
        self.supervisee_confirmed_at = Some(now);
        Ok(())
    }

    /// Both have confirmed: its minutes count.
    pub fn count(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(SessionState::Confirmed, SessionState::Counted, now)
    }

    /// It did not take place.
    pub fn miss(&mut self, reason: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(SessionState::Planned, SessionState::Missed, now)?;
        self.missed_reason = Some(reason);
        Ok(())
    }

    /// Another session has made it up.
    pub fn make_up(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.step(SessionState::Missed, SessionState::MadeUp, now)
    }

    /// How long it was held.
    pub fn minutes(&self) -> Option<i64> {
        let (from, to) = self.held_from.zip(self.held_to)?;
        Some((to - from).num_minutes())
    }
}

/// A term that passed without a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupervisionAlarm {
    pub supervision_id: SupervisionId,
    pub due_on: NaiveDate,
    pub raised_at: DateTime<Utc>,
    pub cleared_at: Option<DateTime<Utc>>,
}

/// Which supervisions a list shows.
#[derive(Clone, Debug, Default)]
pub struct SupervisionFilter {
    pub worker: Option<SocialWorkerId>,
    /// In force on this day.
    pub on: Option<NaiveDate>,
    /// In force, and a session should have been held before this day.
    pub overdue_on: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> SupervisionSession {
        let planned_at = DateTime::from_timestamp(1_772_413_200, 0).unwrap();
        SupervisionSession {
            id: SupervisionSessionId::from_uuid(uuid::Uuid::nil()),
            supervision_id: SupervisionId::from_uuid(uuid::Uuid::nil()),
            supervisee_id: SocialWorkerId::from_uuid(uuid::Uuid::nil()),
            method: SupervisionMethod::Individual,
            topic: "结案技巧".into(),
            state: SessionState::Planned,
            planned_at,
            makes_up: None,
            held_from: None,
            held_to: None,
            missed_reason: None,
            returned_reason: None,
            supervisor_confirmed_at: None,
            supervisee_confirmed_at: None,
            version: 1,
            updated_at: planned_at,
        }
    }

    #[test]
    fn counts_once_both_have_confirmed() {
        let mut one = session();
        let (from, now) = (
            one.planned_at,
            one.planned_at + chrono::TimeDelta::minutes(90),
        );
        assert_eq!(one.record(now).unwrap_err().reason, "SESSION_STATE");
        let long = from - chrono::TimeDelta::hours(9);
        assert_eq!(
            session().hold(long, now, now).unwrap_err().reason,
            "SESSION_DURATION"
        );
        assert!(session().hold(from, now, from).is_err(), "not over yet");
        one.hold(from, now, now).unwrap();
        one.record(now).unwrap();
        one.give_back("时间有误".into(), now).unwrap();
        assert_eq!(one.supervisor_confirmed_at, None);
        assert!(one.confirm(now).is_err());
        one.record(now).unwrap();
        assert_eq!(one.count(now).unwrap_err().reason, "SESSION_STATE");
        one.confirm(now).unwrap();
        one.count(now).unwrap();
        assert_eq!(one.minutes(), Some(90));
        let mut missed = session();
        missed.miss("出差".into(), now).unwrap();
        missed.make_up(now).unwrap();
        assert!(missed.hold(from, now, now).is_err());
    }

    #[test]
    fn a_supervisor_has_a_grade_and_supervises_another() {
        let id = |n| SocialWorkerId::from_uuid(uuid::Uuid::from_u128(n));
        let check = |who, grade, of| check_supervisor((id(who), grade), id(of), 2);
        let reason = |answer: Result<(), Refusal>| answer.unwrap_err().reason;
        assert_eq!(
            reason(check(1, SocialWorkerGrade::Senior, 1)),
            "SUPERVISION_OF_ONESELF"
        );
        assert_eq!(
            reason(check(1, SocialWorkerGrade::Assistant, 2)),
            "SUPERVISOR_GRADE"
        );
        assert_eq!(check(1, SocialWorkerGrade::SocialWorker, 2), Ok(()));
        assert!(check_interval(0, 60).is_err() && check_interval(61, 60).is_err());
    }
}
