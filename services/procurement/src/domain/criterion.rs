//! 评审因素与付款节点: what a tender judges by and pays for.

use kernel::{Ids, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::{tender::CriterionId, text};

kernel::text_enum! {
    /// What a criterion looks at.
    pub enum CriterionKind {
        /// 价格: computed, never scored by hand.
        Price = "PRICE",
        /// 技术、服务方案
        Technical = "TECHNICAL",
        /// 商务、业绩
        Commercial = "COMMERCIAL",
        /// 信用
        Credit = "CREDIT",
        /// 资格条件: may not be scored (财政部令第87号 第五十五条).
        Qualification = "QUALIFICATION",
    }
}

/// A criterion of a tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    pub id: CriterionId,
    pub name: String,
    pub kind: CriterionKind,
    /// Percent.
    pub weight: i32,
    pub max_score: i32,
    /// Counted, not judged: all members must come to the same score.
    pub objective: bool,
}

/// What a criterion is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewCriterion {
    pub name: String,
    pub kind: CriterionKind,
    pub weight: i32,
    pub max_score: i32,
    pub objective: bool,
}

/// An instalment of the later contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedMilestone {
    pub title: String,
    pub units: i64,
    pub percent: i32,
}

/// Checks the criteria; the price is added where it is not among them.
pub fn criteria(
    new: Vec<NewCriterion>,
    price_weight: i32,
    ids: &Ids,
) -> Result<Vec<Criterion>, Refusal> {
    let mut new = new;
    if !new.iter().any(|one| one.kind == CriterionKind::Price) {
        new.push(NewCriterion {
            name: "价格".into(),
            kind: CriterionKind::Price,
            weight: price_weight,
            max_score: 100,
            objective: true,
        });
    }
    let prices: Vec<i32> = new
        .iter()
        .filter(|c| c.kind == CriterionKind::Price)
        .map(|c| c.weight)
        .collect();
    if prices != [price_weight] {
        return Err(refuse!(
            Invalid,
            "PRICE_WEIGHT_DIFFERS",
            field: "input.priceWeight",
            zh: "价格因素只能有一项,权重须与 priceWeight 一致",
            en: "there is one price criterion, and it weighs what priceWeight says",
        ));
    }
    let total: i64 = new.iter().map(|c| i64::from(c.weight)).sum();
    if total != 100 {
        return Err(refuse!(
            Invalid,
            "CRITERIA_WEIGHTS",
            field: "input.criteria",
            zh: "评审因素(含价格)权重合计为 {total},须为 100",
            en: "the weights of the criteria, the price among them, sum to {total}, not 100",
        ));
    }
    new.into_iter()
        .enumerate()
        .map(|(at, one)| criterion(at, one, ids))
        .collect()
}

fn criterion(at: usize, new: NewCriterion, ids: &Ids) -> Result<Criterion, Refusal> {
    let field = |name: &str| format!("input.criteria.{at}.{name}");
    if new.kind == CriterionKind::Qualification {
        return Err(refuse!(
            Refused,
            "CRITERION_QUALIFICATION_SCORED",
            field: field("kind"),
            zh: "资格条件不得作为评审因素(财政部令第87号第五十五条)",
            en: "a qualification is met or not, and never scored (MOF order 87, art. 55)",
        ));
    }
    if !(1..=100).contains(&new.weight) || !(1..=1000).contains(&new.max_score) {
        return Err(refuse!(
            Invalid,
            "CRITERION_RANGE",
            field: field("weight"),
            zh: "权重须为 1 至 100,满分须为 1 至 1000",
            en: "a weight is 1 to 100 and a maximum score 1 to 1000",
        ));
    }
    Ok(Criterion {
        id: CriterionId::new(ids),
        name: text(&field("name"), &new.name, 100)?,
        kind: new.kind,
        weight: new.weight,
        max_score: new.max_score,
        objective: new.objective,
    })
}

/// Checks the instalments against what is bought.
pub fn milestones(
    planned: Vec<PlannedMilestone>,
    quantity: i64,
) -> Result<Vec<PlannedMilestone>, Refusal> {
    let total: i64 = planned.iter().map(|m| i64::from(m.percent)).sum();
    if total != 100 || planned.iter().any(|m| m.percent < 1) {
        return Err(refuse!(
            Invalid,
            "MILESTONE_PERCENTS",
            field: "input.milestones",
            zh: "付款节点比例合计为 {total},须为 100,每项至少 1",
            en: "the percentages of the milestones sum to {total}, not 100, each at least 1",
        ));
    }
    let units = planned
        .iter()
        .try_fold(0_i64, |sum, m| sum.checked_add(m.units));
    if planned.iter().any(|m| m.units < 1) || units.is_none_or(|units| units > quantity) {
        return Err(refuse!(
            Invalid,
            "MILESTONE_UNITS",
            field: "input.milestones",
            zh: "每个节点至少 1 个服务单位,合计不得超过采购数量 {quantity}",
            en: "each milestone has at least 1 unit, all together no more than the {quantity} bought",
        ));
    }
    planned
        .into_iter()
        .enumerate()
        .map(|(at, one)| {
            let title = text(&format!("input.milestones.{at}.title"), &one.title, 100)?;
            Ok(PlannedMilestone { title, ..one })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kernel::SystemClock;

    use super::*;

    fn new(kind: CriterionKind, weight: i32) -> NewCriterion {
        NewCriterion {
            name: "方案".into(),
            kind,
            weight,
            max_score: 100,
            objective: false,
        }
    }

    fn ids() -> Ids {
        Ids::seeded(SystemClock::shared(), 1)
    }

    #[test]
    fn the_price_is_added_or_must_agree() {
        let made = criteria(vec![new(CriterionKind::Technical, 70)], 30, &ids()).unwrap();
        assert_eq!(made.len(), 2);
        let both = vec![
            new(CriterionKind::Technical, 70),
            new(CriterionKind::Price, 30),
        ];
        assert_eq!(criteria(both.clone(), 30, &ids()).unwrap().len(), 2);
        assert_eq!(
            criteria(both, 20, &ids()).unwrap_err().reason,
            "PRICE_WEIGHT_DIFFERS"
        );
    }

    #[test]
    fn weights_and_percentages_make_exactly_a_hundred() {
        let short = vec![new(CriterionKind::Technical, 60)];
        assert_eq!(
            criteria(short, 30, &ids()).unwrap_err().reason,
            "CRITERIA_WEIGHTS"
        );
        let plan = |percent, units| PlannedMilestone {
            title: "一".into(),
            units,
            percent,
        };
        milestones(vec![plan(60, 10), plan(40, 10)], 20).unwrap();
        let short = milestones(vec![plan(60, 10)], 20);
        assert_eq!(short.unwrap_err().reason, "MILESTONE_PERCENTS");
        let many = milestones(vec![plan(60, 10), plan(40, 11)], 20);
        assert_eq!(many.unwrap_err().reason, "MILESTONE_UNITS");
    }

    #[test]
    fn a_qualification_is_never_scored() {
        let scored = vec![new(CriterionKind::Qualification, 70)];
        let refused = criteria(scored, 30, &ids()).unwrap_err();
        assert_eq!(refused.reason, "CRITERION_QUALIFICATION_SCORED");
    }
}
