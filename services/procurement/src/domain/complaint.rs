//! 投诉 (政府采购法 第五十五条至第五十八条): to the authority, after the answer to a
//! challenge or in want of one.

use chrono::{DateTime, Utc};
use kernel::{Refusal, Term, WorkCalendar, china_date, keys::TenderId, refuse};
use serde::{Deserialize, Serialize};

use super::{
    challenge::{Challenge, ChallengeId, ChallengeState, not_upheld_affects},
    text,
};

kernel::typed_id!(
    /// Complaint (投诉).
    ComplaintId, "complaint");

kernel::text_enum! {
    /// Where a complaint stands.
    pub enum ComplaintState {
        /// 已提起
        Filed = "FILED",
        /// 成立
        Upheld = "UPHELD",
        /// 驳回
        Dismissed = "DISMISSED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

impl ComplaintState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Filed, Self::Upheld),
        (Self::Filed, Self::Dismissed),
        (Self::Filed, Self::Withdrawn),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "COMPLAINT_STATE",
            zh: "投诉当前状态为 {self},不能变为 {next}",
            en: "the complaint is {self} and cannot become {next}",
        ))
    }
}

/// A complaint about how a challenge was answered, or was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    pub id: ComplaintId,
    pub challenge_id: ChallengeId,
    pub tender_id: TenderId,
    pub ground: String,
    pub filed_by: String,
    pub filed_at: DateTime<Utc>,
    pub decide_by: DateTime<Utc>,
    pub state: ComplaintState,
    pub version: i32,
    pub suspension: Option<Suspension>,
    pub decision: Option<Decision>,
    pub ended_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// The authority's order that nothing is signed for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub reason: String,
    pub by: String,
}

/// What the authority decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub text: String,
    pub affects_result: bool,
    pub by: String,
    pub in_time: bool,
}

/// Until when the authority decides, where the complaint comes in time: within its
/// working days after the answer, or after the time for it.
pub fn check_file(
    challenge: &Challenge,
    file_working_days: u32,
    decide_working_days: u32,
    calendar: &WorkCalendar,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Refusal> {
    let since = match challenge.state {
        ChallengeState::Upheld | ChallengeState::Dismissed => {
            challenge.ended_at.unwrap_or(challenge.answer_by)
        }
        ChallengeState::Raised if now > challenge.answer_by => challenge.answer_by,
        ChallengeState::Raised | ChallengeState::Withdrawn => {
            let until = challenge.answer_by;
            return Err(refuse!(
                Refused,
                "COMPLAINT_BEFORE_ANSWER",
                field: "input.challengeId",
                zh: "质疑答复后,或 {until} 答复期满后才能投诉",
                en: "a complaint follows the answer to the challenge, or the end of the time for it at {until}",
            ));
        }
    };
    let passed = calendar.working_days_between(china_date(since), china_date(now))?;
    if passed > i64::from(file_working_days) {
        return Err(refuse!(
            Refused,
            "COMPLAINT_TOO_LATE",
            field: "input.challengeId",
            zh: "投诉须在 {file_working_days} 个工作日内提起,现已过 {passed} 个工作日",
            en: "a complaint is filed within {file_working_days} working days; {passed} have passed",
        ));
    }
    Ok(calendar.add(now, Term::WorkingDays(decide_working_days))?)
}

impl Complaint {
    /// The authority orders, once, that nothing is signed until then.
    pub fn suspend(
        &mut self,
        until: DateTime<Utc>,
        reason: &str,
        by: &str,
        most_days: i64,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.open()?;
        let reason = text("input.reason", reason, 1000)?;
        if self.suspension.is_some() {
            return Err(refuse!(
                AlreadyExists,
                "SIGNING_ALREADY_SUSPENDED",
                zh: "已书面通知暂停,不得延长",
                en: "the suspension was ordered already and is not prolonged",
            ));
        }
        if until <= now {
            return Err(refuse!(
                Invalid,
                "SUSPENSION_IN_THE_PAST",
                field: "input.until",
                zh: "暂停截止时间须晚于现在",
                en: "a suspension ends later than now",
            ));
        }
        if (china_date(until) - china_date(now)).num_days() > most_days {
            return Err(refuse!(
                Refused,
                "SUSPENSION_TOO_LONG",
                field: "input.until",
                zh: "暂停时间最长不得超过 {most_days} 日",
                en: "a suspension lasts at most {most_days} days",
            ));
        }
        self.suspension = Some(Suspension {
            from: now,
            until,
            reason,
            by: by.to_owned(),
        });
        self.updated_at = now;
        Ok(())
    }

    /// The authority decides; never whoever answered the challenge.
    pub fn decide(
        &mut self,
        challenge: &Challenge,
        (upheld, affects_result): (bool, bool),
        decision: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let decision = text("input.decision", decision, 4000)?;
        if challenge.answer.as_ref().is_some_and(|one| one.by == by) {
            return Err(refuse!(
                Forbidden,
                "COMPLAINT_OF_ANSWERER",
                zh: "答复质疑的人不得处理投诉",
                en: "whoever answered the challenge does not decide the complaint",
            ));
        }
        if affects_result && !upheld {
            return Err(not_upheld_affects());
        }
        let next = if upheld {
            ComplaintState::Upheld
        } else {
            ComplaintState::Dismissed
        };
        self.state = self.state.to(next)?;
        self.decision = Some(Decision {
            text: decision,
            affects_result,
            by: by.to_owned(),
            in_time: now <= self.decide_by,
        });
        self.end(now);
        Ok(())
    }

    /// Taken back by the supplier.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(ComplaintState::Withdrawn)?;
        self.end(now);
        Ok(())
    }

    fn end(&mut self, now: DateTime<Utc>) {
        self.ended_at = Some(now);
        self.updated_at = now;
    }

    fn open(&self) -> Result<(), Refusal> {
        if self.state == ComplaintState::Filed {
            return Ok(());
        }
        let state = self.state;
        Err(refuse!(
            Refused,
            "COMPLAINT_STATE",
            zh: "投诉当前状态为 {state},不能再处理",
            en: "the complaint is {state}; nothing more is done with it",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in ComplaintState::ALL {
            for &next in ComplaintState::ALL {
                let legal = ComplaintState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }
}
