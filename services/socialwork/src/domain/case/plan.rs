//! 预估、计划、评估: what was found, what is agreed, what came of it.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::CaseId;
use crate::domain::words::words;

kernel::typed_id!(
    /// Assessment of a case (预估).
    CaseAssessmentId, "case_assessment");
kernel::typed_id!(
    /// Plan of a case (服务计划).
    CasePlanId, "case_plan");
kernel::typed_id!(
    /// Evaluation of a case (成效评估).
    CaseEvaluationId, "case_evaluation");

kernel::text_enum! {
    /// How a client said yes.
    pub enum Signing {
        /// 本人在线签署
        Online = "ONLINE",
        /// 纸质签署
        Paper = "PAPER",
        /// 监护人签署
        Guardian = "GUARDIAN",
    }
}

/// Most goals of one plan.
const GOALS: usize = 10;

/// A goal and what shows that it was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    pub goal: String,
    pub indicator: String,
}

/// Checks the goals of a plan.
pub fn check_goals(goals: Vec<Goal>) -> Result<Vec<Goal>, Refusal> {
    if goals.is_empty() || goals.len() > GOALS {
        return Err(refuse!(
            Invalid,
            "PLAN_GOALS",
            field: "input.goals",
            zh: "服务计划须有 1 至 {GOALS} 个目标",
            en: "a plan has 1 to {GOALS} goals",
        ));
    }
    goals
        .into_iter()
        .enumerate()
        .map(|(at, one)| {
            Ok(Goal {
                goal: words(&format!("input.goals.{at}.goal"), &one.goal, 500)?,
                indicator: words(&format!("input.goals.{at}.indicator"), &one.indicator, 500)?,
            })
        })
        .collect()
}

/// A plan: version after version, the newest counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CasePlan {
    pub id: CasePlanId,
    pub case_id: CaseId,
    pub round: i32,
    pub number: i32,
    pub goals: i32,
    pub review_on: NaiveDate,
    pub drafted_at: DateTime<Utc>,
    pub signed_by: Option<Signing>,
    pub signed_at: Option<DateTime<Utc>>,
    pub approved: Option<bool>,
    pub reviewed_at: Option<DateTime<Utc>>,
}

impl CasePlan {
    /// The client agrees.
    pub fn sign(&mut self, how: Signing, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.signed_at.is_some() {
            return Err(refuse!(
                Refused,
                "PLAN_SIGNED",
                zh: "该计划已签署,如有变更请另拟新版",
                en: "this plan is signed; draft another version to change it",
            ));
        }
        if self.approved == Some(false) {
            return Err(refuse!(
                Refused,
                "PLAN_RETURNED",
                zh: "该计划已被督导退回,请另拟新版",
                en: "the supervisor returned this plan; draft another version",
            ));
        }
        self.signed_by = Some(how);
        self.signed_at = Some(now);
        Ok(())
    }

    /// The supervisor approves it, or gives it back.
    pub fn review(&mut self, approved: bool, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.approved.is_some() {
            return Err(refuse!(
                Refused,
                "PLAN_REVIEWED",
                zh: "督导已审过该计划",
                en: "the supervisor has reviewed this plan",
            ));
        }
        self.approved = Some(approved);
        self.reviewed_at = Some(now);
        Ok(())
    }

    /// Refuses to act on a plan that the client or the supervisor did not agree to.
    pub fn check_agreed(&self) -> Result<(), Refusal> {
        if self.signed_at.is_none() {
            return Err(refuse!(
                Refused,
                "PLAN_NOT_SIGNED",
                zh: "服务计划尚未由服务对象签署,不能介入",
                en: "the client has not signed the plan: there is no intervention yet",
            ));
        }
        if self.approved != Some(true) {
            return Err(refuse!(
                Refused,
                "PLAN_NOT_APPROVED",
                zh: "服务计划尚未经督导批准,不能介入",
                en: "the supervisor has not approved the plan: there is no intervention yet",
            ));
        }
        Ok(())
    }
}

/// How far a goal was reached, on the five steps of goal attainment scaling.
pub fn check_attainments(given: &[i32], goals: i32) -> Result<(), Refusal> {
    if usize::try_from(goals) != Ok(given.len()) || !given.iter().all(|one| (-2..=2).contains(one))
    {
        return Err(refuse!(
            Invalid,
            "EVALUATION_ATTAINMENTS",
            field: "input.attainments",
            zh: "须对计划的 {goals} 个目标逐一评分,每项 -2 至 2",
            en: "rate each of the {goals} goals of the plan, from -2 to 2",
        ));
    }
    Ok(())
}

/// The next review is in the future, within a year.
pub fn check_review_on(on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if on > today && on <= today + chrono::Days::new(366) {
        return Ok(());
    }
    Err(refuse!(
        Invalid,
        "REVIEW_DATE",
        field: "input.reviewOn",
        zh: "检视日期须在今日之后一年以内",
        en: "a plan is reviewed within a year from today",
    ))
}

/// What is sealed in the file of a case, opened for one reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    pub problem: String,
    pub assessments: Vec<Assessment>,
    pub plans: Vec<PlanText>,
    pub evaluations: Vec<Evaluation>,
}

/// An assessment, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    pub id: CaseAssessmentId,
    pub round: i32,
    pub risk: super::CaseRisk,
    pub findings: String,
    pub written_at: DateTime<Utc>,
}

/// The words of a plan, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanText {
    pub number: i32,
    pub round: i32,
    pub goals: Vec<Goal>,
    pub review_note: Option<String>,
}

/// An evaluation, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    pub id: CaseEvaluationId,
    pub round: i32,
    pub attainments: Vec<i32>,
    pub summary: String,
    pub written_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> CasePlan {
        CasePlan {
            id: CasePlanId::from_uuid(uuid::Uuid::nil()),
            case_id: CaseId::from_uuid(uuid::Uuid::nil()),
            round: 1,
            number: 1,
            goals: 1,
            review_on: "2026-06-01".parse().unwrap(),
            drafted_at: DateTime::UNIX_EPOCH,
            signed_by: None,
            signed_at: None,
            approved: None,
            reviewed_at: None,
        }
    }

    #[test]
    fn needs_the_client_and_the_supervisor() {
        let mut one = plan();
        let now = one.drafted_at;
        assert_eq!(one.check_agreed().unwrap_err().reason, "PLAN_NOT_SIGNED");
        one.sign(Signing::Online, now).unwrap();
        assert_eq!(one.check_agreed().unwrap_err().reason, "PLAN_NOT_APPROVED");
        one.review(true, now).unwrap();
        assert_eq!(one.check_agreed(), Ok(()));
        assert_eq!(
            one.sign(Signing::Paper, now).unwrap_err().reason,
            "PLAN_SIGNED"
        );
        assert_eq!(one.review(true, now).unwrap_err().reason, "PLAN_REVIEWED");
    }

    #[test]
    fn a_returned_plan_is_not_signed() {
        let mut one = plan();
        one.review(false, one.drafted_at).unwrap();
        let refused = one.sign(Signing::Online, one.drafted_at).unwrap_err();
        assert_eq!(refused.reason, "PLAN_RETURNED");
    }

    #[test]
    fn goals_are_named_at_their_place_and_each_is_rated() {
        let goal = |text: &str| Goal {
            goal: text.into(),
            indicator: "每周外出两次".into(),
        };
        let refused = check_goals(vec![goal("走出家门"), goal("")]).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("input.goals.1.goal"));
        assert_eq!(check_goals(vec![]).unwrap_err().reason, "PLAN_GOALS");
        assert_eq!(check_attainments(&[0, 2], 2), Ok(()));
        for wrong in [vec![], vec![3], vec![0, 0]] {
            assert!(check_attainments(&wrong, 1).is_err());
        }
        let today = "2026-03-02".parse().unwrap();
        assert!(check_review_on(today, today).is_err());
        assert!(check_review_on("2026-06-01".parse().unwrap(), today).is_ok());
        assert!(check_review_on("2027-06-01".parse().unwrap(), today).is_err());
    }
}
