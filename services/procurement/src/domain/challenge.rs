//! 质疑 (政府采购法 第五十二条至第五十四条): who may raise it, until when, and what
//! follows from its answer.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{
    DivisionCode, Refusal, Term, WorkCalendar, china_date,
    keys::{OrganizationId, TenderId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{award::Award, tender::Tender, text};

kernel::typed_id!(
    /// Challenge (质疑).
    ChallengeId, "challenge");

kernel::text_enum! {
    /// What is challenged.
    pub enum ChallengeSubject {
        /// 采购文件
        Documents = "DOCUMENTS",
        /// 采购过程
        Process = "PROCESS",
        /// 中标结果
        Result = "RESULT",
    }
}

kernel::text_enum! {
    /// Where a challenge stands.
    pub enum ChallengeState {
        /// 已提出
        Raised = "RAISED",
        /// 成立
        Upheld = "UPHELD",
        /// 不成立
        Dismissed = "DISMISSED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

impl ChallengeState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Raised, Self::Upheld),
        (Self::Raised, Self::Dismissed),
        (Self::Raised, Self::Withdrawn),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "CHALLENGE_STATE",
            zh: "质疑当前状态为 {self},不能变为 {next}",
            en: "the challenge is {self} and cannot become {next}",
        ))
    }
}

/// A challenge of a supplier against a tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    pub id: ChallengeId,
    pub tender_id: TenderId,
    pub division_code: DivisionCode,
    pub organization_id: OrganizationId,
    pub subject: ChallengeSubject,
    pub facts: String,
    pub request: String,
    pub raised_by: String,
    pub raised_at: DateTime<Utc>,
    /// When the supplier knew or should have known.
    pub known_at: DateTime<Utc>,
    pub answer_by: DateTime<Utc>,
    pub state: ChallengeState,
    pub version: i32,
    pub answer: Option<ChallengeAnswer>,
    pub ended_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

/// What the buyer answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeAnswer {
    pub text: String,
    /// Whether what was found wrong affects the result.
    pub affects_result: bool,
    pub by: String,
    pub in_time: bool,
}

/// The working days of challenge and complaint in force.
#[derive(Clone, Copy, Debug)]
pub struct ChallengeRules {
    pub raise_working_days: u32,
    pub answer_working_days: u32,
}

/// When a supplier knew, or should have: the end of the offer of the documents,
/// of the latest step, of the publicity.
pub fn known_at(
    subject: ChallengeSubject,
    tender: &Tender,
    award: Option<&Award>,
) -> Result<DateTime<Utc>, Refusal> {
    let known = match subject {
        ChallengeSubject::Documents => tender.clocks.map(|clocks| clocks.documents_until),
        ChallengeSubject::Process => tender.opened_at.max(tender.ranked_at),
        ChallengeSubject::Result => award
            .and_then(|award| award.publicity)
            .map(|told| told.ends_at),
    };
    known.ok_or_else(|| {
        refuse!(
            Refused,
            "CHALLENGE_NOT_DUE",
            field: "input.subject",
            zh: "该环节尚未进行,不能质疑",
            en: "there is nothing to challenge in this step yet",
        )
    })
}

/// Until when the buyer answers, where the challenge comes in time.
pub fn check_raise(
    known_at: DateTime<Utc>,
    rules: ChallengeRules,
    calendar: &WorkCalendar,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Refusal> {
    let days = rules.raise_working_days;
    let passed = calendar.working_days_between(china_date(known_at), china_date(now))?;
    if passed > i64::from(days) {
        return Err(refuse!(
            Refused,
            "CHALLENGE_TOO_LATE",
            field: "input.subject",
            zh: "质疑须在知道或应当知道之日起 {days} 个工作日内提出,现已过 {passed} 个工作日",
            en: "a challenge is raised within {days} working days; {passed} have passed",
        ));
    }
    Ok(calendar.add(now, Term::WorkingDays(rules.answer_working_days))?)
}

impl Challenge {
    /// The buyer answers, once.
    pub fn answer(
        &mut self,
        upheld: bool,
        affects_result: bool,
        answer: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let answer = text("input.answer", answer, 4000)?;
        if affects_result && !upheld {
            return Err(not_upheld_affects());
        }
        let next = if upheld {
            ChallengeState::Upheld
        } else {
            ChallengeState::Dismissed
        };
        self.state = self.state.to(next)?;
        self.answer = Some(ChallengeAnswer {
            text: answer,
            affects_result,
            by: by.to_owned(),
            in_time: now <= self.answer_by,
        });
        self.end(now);
        Ok(())
    }

    /// Taken back by the supplier.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(ChallengeState::Withdrawn)?;
        self.end(now);
        Ok(())
    }

    fn end(&mut self, now: DateTime<Utc>) {
        self.ended_at = Some(now);
        self.updated_at = now;
    }
}

/// What is not upheld changes nothing.
pub(super) fn not_upheld_affects() -> Refusal {
    refuse!(
        Invalid,
        "DISMISSED_AFFECTS_RESULT",
        field: "input.affectsResult",
        zh: "不成立的质疑或投诉不影响结果",
        en: "what is dismissed does not affect the result",
    )
}

/// Whether challenges and complaints let a contract be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// One against the result was upheld.
    pub undone: bool,
    /// One holds the signing up now.
    pub suspended: bool,
    /// For how long the signing was held up since the result was published.
    pub held_up: TimeDelta,
}

impl Hold {
    /// Refuses a signature that must wait, or never come.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.undone {
            return Err(refuse!(
                Refused,
                "CHALLENGE_UPHELD",
                zh: "质疑或投诉成立且影响结果,不得签订合同;请以此为由废标",
                en: "a challenge or complaint against the result was upheld: no contract; abandon the tender on this ground",
            ));
        }
        if self.suspended {
            return Err(refuse!(
                Refused,
                "CONTRACT_SUSPENDED",
                zh: "质疑或投诉处理期间暂停签订合同,签约期限相应顺延",
                en: "the signing is held up by a challenge or complaint; the time for signing stands still",
            ));
        }
        Ok(())
    }
}

/// Which challenges a list asks for.
#[derive(Clone, Debug, Default)]
pub struct ChallengeFilter {
    pub state: Option<ChallengeState>,
    pub below: Option<DivisionCode>,
    pub tender_id: Option<TenderId>,
    /// Only those that should have been answered by then.
    pub overdue_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: ChallengeRules = ChallengeRules {
        raise_working_days: 7,
        answer_working_days: 7,
    };

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in ChallengeState::ALL {
            for &next in ChallengeState::ALL {
                let legal = ChallengeState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from} → {next}");
            }
        }
    }

    #[test]
    fn seven_working_days_span_a_weekend_and_the_eighth_is_too_late() {
        let calendar = WorkCalendar::default();
        // Monday 2 March 2026 in China.
        let known: DateTime<Utc> = "2026-03-02T02:00:00Z".parse().unwrap();
        let at = |days| known + TimeDelta::days(days);
        check_raise(known, RULES, &calendar, at(9)).unwrap();
        let late = check_raise(known, RULES, &calendar, at(10)).unwrap_err();
        assert_eq!(late.reason, "CHALLENGE_TOO_LATE");
        // Before the step ends nothing has passed.
        check_raise(known, RULES, &calendar, at(-3)).unwrap();
    }

    #[test]
    fn an_upheld_one_ends_the_signing_and_an_open_one_holds_it_up() {
        let free = Hold {
            undone: false,
            suspended: false,
            held_up: TimeDelta::zero(),
        };
        free.check().unwrap();
        let held = Hold {
            suspended: true,
            ..free
        };
        assert_eq!(held.check().unwrap_err().reason, "CONTRACT_SUSPENDED");
        let undone = Hold {
            undone: true,
            ..held
        };
        assert_eq!(undone.check().unwrap_err().reason, "CHALLENGE_UPHELD");
    }
}
