//! 照护计划 (A53): goals and items of the menu with how often, agreed by the
//! elder or the family, looked at again in time. The next plan is a version.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

use super::{
    assessment::AssessmentId,
    text::{check_optional, check_text, check_texts},
};

kernel::typed_id!(
    /// Care plan (照护计划).
    CarePlanId,
    "care_plan"
);

kernel::text_enum! {
    /// Where a plan stands.
    pub enum CarePlanState {
        /// 拟定
        Draft = "DRAFT",
        /// 已同意,现行
        Agreed = "AGREED",
        /// 已由新版本替代
        Superseded = "SUPERSEDED",
        /// 已终止
        Ended = "ENDED",
        /// 未同意即撤回
        Withdrawn = "WITHDRAWN",
    }
}

impl CarePlanState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Draft, Self::Agreed),
        (Self::Draft, Self::Withdrawn),
        (Self::Agreed, Self::Superseded),
        (Self::Agreed, Self::Ended),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "CARE_PLAN_STATE",
            zh: "照护计划当前状态为 {self},不能变为 {next}",
            en: "the plan is {self} and cannot become {next}",
        ))
    }
}

kernel::text_enum! {
    /// Who agreed to a plan.
    pub enum AgreedAs {
        /// 老人本人
        Elder = "ELDER",
        /// 登记的亲属
        Family = "FAMILY",
        /// 纸质签字,由工作人员录入
        Paper = "PAPER",
    }
}

kernel::text_enum! {
    /// Per what a frequency counts.
    pub enum Per {
        /// 每周
        Week = "WEEK",
        /// 每月
        Month = "MONTH",
    }
}

/// An item of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarePlanItem {
    pub item_code: String,
    /// Which goal it serves, counted from 1.
    pub goal: i32,
    pub times: i32,
    pub per: Per,
    pub note: Option<String>,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarePlan {
    pub id: CarePlanId,
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    pub number: i32,
    pub assessment_id: AssessmentId,
    pub goals: Vec<String>,
    pub items: Vec<CarePlanItem>,
    pub review_on: NaiveDate,
    pub state: CarePlanState,
    pub drafted_by: String,
    pub drafted_at: DateTime<Utc>,
    pub agreed_as: Option<AgreedAs>,
    pub agreed_by: Option<String>,
    pub agreed_at: Option<DateTime<Utc>>,
    pub evidence: Option<String>,
    pub ended_by: Option<String>,
    pub ended_at: Option<DateTime<Utc>>,
    pub end_reason: Option<String>,
    pub version: i32,
    pub updated_at: DateTime<Utc>,
}

/// What is drafted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DraftCarePlan {
    pub elder_id: ResidentId,
    pub goals: Vec<String>,
    pub items: Vec<CarePlanItem>,
    /// None is as late as the rules allow.
    pub review_on: Option<NaiveDate>,
}

impl DraftCarePlan {
    /// Checks words and numbers; answers the day of the review, which is after
    /// today and not after `latest`.
    pub fn check(
        mut self,
        today: NaiveDate,
        latest: NaiveDate,
    ) -> Result<(Self, NaiveDate), Refusal> {
        self.goals = check_texts(&self.goals, (10, 200), "input.goals")?;
        if self.items.is_empty() || self.items.len() > 50 {
            return Err(refuse!(
                Invalid,
                "CARE_PLAN_EMPTY",
                field: "input.items",
                zh: "照护计划须包含 1 至 50 个服务项目",
                en: "a plan has 1 to 50 items",
            ));
        }
        let mut seen = std::collections::BTreeSet::new();
        for item in &mut self.items {
            check_item(item, self.goals.len())?;
            if !seen.insert(item.item_code.clone()) {
                let code = &item.item_code;
                return Err(refuse!(
                    Invalid,
                    "CARE_PLAN_ITEM_TWICE",
                    field: "input.items",
                    zh: "服务项目 {code} 重复",
                    en: "the item {code} is there twice",
                ));
            }
        }
        let review_on = self.review_on.unwrap_or(latest);
        if review_on <= today || review_on > latest {
            return Err(refuse!(
                Invalid,
                "REVIEW_DAY",
                field: "input.reviewOn",
                zh: "复核日须在今天之后,且不晚于 {latest}",
                en: "the review is after today and not after {latest}",
            ));
        }
        Ok((self, review_on))
    }
}

fn check_item(item: &mut CarePlanItem, goals: usize) -> Result<(), Refusal> {
    if !usize::try_from(item.goal).is_ok_and(|goal| (1..=goals).contains(&goal)) {
        return Err(refuse!(
            Invalid,
            "CARE_PLAN_GOAL",
            field: "input.items",
            zh: "服务项目须对应第 1 至 {goals} 个目标之一",
            en: "an item serves one of the goals, 1 to {goals}",
        ));
    }
    if !(1..=100).contains(&item.times) {
        return Err(refuse!(
            Invalid,
            "TIMES_RANGE",
            field: "input.items",
            zh: "次数须为 1 至 100",
            en: "an item comes 1 to 100 times",
        ));
    }
    item.note = check_optional(item.note.as_deref(), 200, "input.items")?;
    Ok(())
}

impl CarePlan {
    /// The elder, a relative, or somebody who has seen their signature agrees;
    /// whoever drafted it cannot have seen it for them.
    pub fn agree(
        &mut self,
        agreed_as: AgreedAs,
        evidence: Option<&str>,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.moves(CarePlanState::Agreed, now)?;
        if agreed_as == AgreedAs::Paper {
            if by == self.drafted_by {
                return Err(refuse!(
                    Refused,
                    "CARE_PLAN_SELF_AGREED",
                    zh: "拟定人不能录入签字,请由其他工作人员核对后录入",
                    en: "whoever drafted the plan does not enter the signature; a colleague does",
                ));
            }
            let evidence = evidence.unwrap_or_default();
            self.evidence = Some(check_text(evidence, 200, "input.evidence")?);
        }
        self.agreed_as = Some(agreed_as);
        self.agreed_by = Some(by.to_owned());
        self.agreed_at = Some(now);
        Ok(())
    }

    /// The next version was agreed.
    pub fn supersede(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(CarePlanState::Superseded, now)
    }

    /// Another draft takes its place before anybody agreed.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(CarePlanState::Withdrawn, now)
    }

    /// No plan is needed any more.
    pub fn end(&mut self, reason: &str, by: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(CarePlanState::Ended, now)?;
        self.end_reason = Some(check_text(reason, 500, "input.reason")?);
        self.ended_by = Some(by.to_owned());
        self.ended_at = Some(now);
        Ok(())
    }

    /// Whether somebody ought to look at it again.
    pub fn is_due(&self, today: NaiveDate) -> bool {
        self.state == CarePlanState::Agreed && self.review_on <= today
    }

    fn moves(&mut self, next: CarePlanState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

/// Which plans a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct CarePlanFilter {
    pub elder: Option<ResidentId>,
    pub state: Option<CarePlanState>,
    /// Only those in force whose review is due by this day.
    pub review_by: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn draft() -> DraftCarePlan {
        DraftCarePlan {
            elder_id: ResidentId::from_uuid(uuid::Uuid::nil()),
            goals: vec!["每天吃上热饭".into()],
            items: vec![CarePlanItem {
                item_code: "MEAL-LUNCH".into(),
                goal: 1,
                times: 5,
                per: Per::Week,
                note: Some(" ".into()),
            }],
            review_on: None,
        }
    }

    fn reason(change: impl FnOnce(&mut DraftCarePlan)) -> &'static str {
        let mut wanted = draft();
        change(&mut wanted);
        let checked = wanted.check(day("2026-03-02"), day("2026-09-02"));
        checked.unwrap_err().reason
    }

    #[test]
    fn a_plan_is_reviewed_at_the_latest_when_the_rules_say() {
        let (checked, review) = draft().check(day("2026-03-02"), day("2026-09-02")).unwrap();
        assert_eq!(
            (checked.items[0].note.as_deref(), review),
            (None, day("2026-09-02"))
        );
        assert_eq!(
            reason(|d| d.review_on = Some(day("2026-03-02"))),
            "REVIEW_DAY"
        );
        assert_eq!(
            reason(|d| d.review_on = Some(day("2026-09-03"))),
            "REVIEW_DAY"
        );
    }

    #[test]
    fn refuses_what_is_no_plan() {
        assert_eq!(reason(|d| d.goals.clear()), "LIST_LENGTH");
        assert_eq!(reason(|d| d.items.clear()), "CARE_PLAN_EMPTY");
        assert_eq!(reason(|d| d.items[0].goal = 2), "CARE_PLAN_GOAL");
        assert_eq!(reason(|d| d.items[0].times = 0), "TIMES_RANGE");
        assert_eq!(
            reason(|d| d.items.push(d.items[0].clone())),
            "CARE_PLAN_ITEM_TWICE"
        );
    }
}
