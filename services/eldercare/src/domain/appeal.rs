//! 复核申请 (A53, A54): other assessors look again, and the outcome follows from
//! what they find.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{
    DivisionCode, Refusal,
    keys::{ResidentId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{
    assessment::{AbilityLevel, AssessmentId, Reason},
    text::check_text,
    tier::{Tier, TierDecisionId},
};

kernel::typed_id!(
    /// Appeal (复核申请).
    AppealId,
    "appeal"
);

kernel::text_enum! {
    /// Where an appeal stands.
    pub enum AppealState {
        /// 已提出
        Raised = "RAISED",
        /// 维持
        Upheld = "UPHELD",
        /// 变更
        Changed = "CHANGED",
        /// 已撤回
        Withdrawn = "WITHDRAWN",
    }
}

/// What an appeal is against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Against {
    /// 能力评估
    Assessment(AssessmentId),
    /// 收费分档
    Tier(TierDecisionId),
}

/// What a review rests on.
pub type Review = Against;

/// An appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    pub id: AppealId,
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    pub against: Against,
    pub grounds: String,
    pub state: AppealState,
    pub raised_by: String,
    pub raised_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub review: Option<Review>,
    pub reasons: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// What a review looks at of an assessment.
#[derive(Clone, Debug)]
pub struct Assessed {
    pub id: AssessmentId,
    pub elder_id: ResidentId,
    pub reason: Reason,
    pub level: AbilityLevel,
    pub assessors: Vec<SocialWorkerId>,
    pub assessed_at: DateTime<Utc>,
}

/// Whether it is not too late to appeal.
pub fn check_time(made: NaiveDate, today: NaiveDate, days: i64) -> Result<(), Refusal> {
    let last = TimeDelta::try_days(days).and_then(|days| made.checked_add_signed(days));
    if last.is_some_and(|last| today <= last) {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "APPEAL_TOO_LATE",
        zh: "已超过 {days} 天的复核申请期限",
        en: "an appeal is raised within {days} days",
    ))
}

impl Appeal {
    /// Whether the answer is late.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state == AppealState::Raised && self.due_at < now
    }

    /// Other assessors have assessed again: the level they found decides.
    pub fn review_assessment(
        &mut self,
        first: &Assessed,
        again: &Assessed,
        (reasons, by): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if again.elder_id != self.elder_id
            || again.reason != Reason::Review
            || again.assessed_at < self.raised_at
        {
            return Err(refuse!(
                Refused,
                "APPEAL_REVIEW",
                field: "input.reviewAssessmentId",
                zh: "复核须依据提出申请之后对该老人的复评(评估原因为“复评”)",
                en: "a review rests on a re-assessment (reason REVIEW) of this elder after the appeal",
            ));
        }
        if again
            .assessors
            .iter()
            .any(|one| first.assessors.contains(one))
        {
            return Err(refuse!(
                Refused,
                "APPEAL_SAME_ASSESSOR",
                field: "input.reviewAssessmentId",
                zh: "复评须由未参加原评估的评估员进行",
                en: "those who assess again took no part in the first assessment",
            ));
        }
        let changed = again.level != first.level;
        self.decide(changed, Against::Assessment(again.id), (reasons, by), now)
    }

    /// The tier was decided anew by the rules and facts of today.
    pub fn review_tier(
        &mut self,
        first: Tier,
        (again, decision): (Tier, TierDecisionId),
        (reasons, by): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.decide(again != first, Against::Tier(decision), (reasons, by), now)
    }

    /// Whoever asked for it no longer does.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check_open()?;
        self.state = AppealState::Withdrawn;
        self.updated_at = now;
        Ok(())
    }

    fn decide(
        &mut self,
        changed: bool,
        review: Review,
        (reasons, by): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.check_open()?;
        if by == self.raised_by {
            return Err(refuse!(
                Refused,
                "APPEAL_SELF_DECIDED",
                zh: "提出人不能办理自己提出的复核",
                en: "nobody decides what they asked for",
            ));
        }
        self.reasons = Some(check_text(reasons, 1000, "input.reasons")?);
        self.state = if changed {
            AppealState::Changed
        } else {
            AppealState::Upheld
        };
        self.review = Some(review);
        self.decided_by = Some(by.to_owned());
        self.decided_at = Some(now);
        self.updated_at = now;
        Ok(())
    }

    fn check_open(&self) -> Result<(), Refusal> {
        if self.state == AppealState::Raised {
            return Ok(());
        }
        let state = self.state;
        Err(refuse!(
            Refused,
            "APPEAL_STATE",
            zh: "该复核申请已办结({state})",
            en: "this appeal has ended ({state})",
        ))
    }
}

/// Which appeals a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppealFilter {
    pub elder: Option<ResidentId>,
    pub state: Option<AppealState>,
    /// Only those whose answer is late at this instant.
    pub overdue_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn assessed(assessors: &[u128], level: AbilityLevel, day: &str) -> Assessed {
        let worker = |n: &u128| SocialWorkerId::from_uuid(Uuid::from_u128(*n));
        Assessed {
            id: AssessmentId::from_uuid(Uuid::from_u128(9)),
            elder_id: ResidentId::from_uuid(Uuid::nil()),
            reason: Reason::Review,
            level,
            assessors: assessors.iter().map(worker).collect(),
            assessed_at: at(day),
        }
    }

    fn appeal() -> Appeal {
        Appeal {
            id: AppealId::from_uuid(Uuid::nil()),
            elder_id: ResidentId::from_uuid(Uuid::nil()),
            division_code: "230103001001".parse().unwrap(),
            against: Against::Assessment(AssessmentId::from_uuid(Uuid::nil())),
            grounds: "评估时身体状况好于平时".into(),
            state: AppealState::Raised,
            raised_by: "li".into(),
            raised_at: at("2026-03-02T01:00:00Z"),
            due_at: at("2026-03-23T16:00:00Z"),
            review: None,
            reasons: None,
            decided_by: None,
            decided_at: None,
            version: 1,
            updated_at: at("2026-03-02T01:00:00Z"),
        }
    }

    #[test]
    fn the_level_that_others_find_decides() {
        let first = assessed(&[1, 2], AbilityLevel::Mild, "2026-03-01T01:00:00Z");
        let later = "2026-03-05T01:00:00Z";
        let words = ("复评", "officer");
        for (level, state) in [
            (AbilityLevel::Mild, AppealState::Upheld),
            (AbilityLevel::Severe, AppealState::Changed),
        ] {
            let mut one = appeal();
            let again = assessed(&[3, 4], level, later);
            one.review_assessment(&first, &again, words, at(later))
                .unwrap();
            assert_eq!(one.state, state);
            let twice = one.review_assessment(&first, &again, words, at(later));
            assert_eq!(twice.unwrap_err().reason, "APPEAL_STATE");
        }
    }

    #[test]
    fn refuses_a_review_by_the_same_or_before_or_by_whoever_asked() {
        let first = assessed(&[1, 2], AbilityLevel::Mild, "2026-03-01T01:00:00Z");
        let later = "2026-03-05T01:00:00Z";
        let tried = |again: &Assessed, by: &str| {
            let decided = appeal().review_assessment(&first, again, ("复评", by), at(later));
            decided.unwrap_err().reason
        };
        let again = |workers: &[u128], day| assessed(workers, AbilityLevel::Severe, day);
        assert_eq!(
            tried(&again(&[2, 3], later), "officer"),
            "APPEAL_SAME_ASSESSOR"
        );
        assert_eq!(
            tried(&again(&[3, 4], "2026-03-01T02:00:00Z"), "officer"),
            "APPEAL_REVIEW"
        );
        assert_eq!(tried(&again(&[3, 4], later), "li"), "APPEAL_SELF_DECIDED");
        let mut routine = again(&[3, 4], later);
        routine.reason = Reason::Routine;
        assert_eq!(tried(&routine, "officer"), "APPEAL_REVIEW");
    }

    #[test]
    fn an_appeal_has_its_time_and_so_has_the_answer() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert!(check_time(day("2026-03-02"), day("2026-05-01"), 60).is_ok());
        let late = check_time(day("2026-03-02"), day("2026-05-02"), 60);
        assert_eq!(late.unwrap_err().reason, "APPEAL_TOO_LATE");
        assert!(!appeal().is_overdue(at("2026-03-23T16:00:00Z")));
        assert!(appeal().is_overdue(at("2026-03-23T16:00:01Z")));
    }
}
