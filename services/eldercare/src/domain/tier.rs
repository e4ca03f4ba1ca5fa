//! 收费分档 (A54): which of the four tiers an elder has for a line of service.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{RequestHash, keys::ResidentId};
use serde::{Deserialize, Serialize};

use super::{assessment::AbilityLevel, elder::ElderCategory};

kernel::typed_id!(
    /// Decision on a tier (分档决定).
    TierDecisionId,
    "tier_decision"
);

kernel::text_enum! {
    /// A line of home-based care (A56), and meals.
    pub enum ServiceLine {
        /// 日间照料
        DayCare = "DAY_CARE",
        /// 家政
        Housekeeping = "HOUSEKEEPING",
        /// 医疗
        Medical = "MEDICAL",
        /// 代购
        Errand = "ERRAND",
        /// 辅助出行
        Escort = "ESCORT",
        /// 助餐
        Meals = "MEALS",
    }
}

kernel::text_enum! {
    /// The four tiers.
    pub enum Tier {
        /// 无偿
        Free = "FREE",
        /// 成本化
        Cost = "COST",
        /// 低偿
        Low = "LOW",
        /// 有偿
        Paid = "PAID",
    }
}

impl Tier {
    /// The term of the document.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Free => "无偿",
            Self::Cost => "成本化",
            Self::Low => "低偿",
            Self::Paid => "有偿",
        }
    }
}

/// A rule: rows of the database, with the days they hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierRule {
    pub code: String,
    pub line: ServiceLine,
    /// The lowest number that fits decides.
    pub priority: i32,
    pub category: Option<ElderCategory>,
    pub min_level: Option<AbilityLevel>,
    pub lives_alone: Option<bool>,
    pub tier: Tier,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub source: String,
}

/// What rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierInputs {
    pub category: ElderCategory,
    /// None where no assessment is in force.
    pub level: Option<AbilityLevel>,
    pub lives_alone: bool,
}

impl TierInputs {
    /// Tells whether a decision was made on the same facts.
    pub fn hash(&self) -> String {
        let facts = serde_json::json!({
            "category": self.category, "level": self.level, "lives_alone": self.lives_alone,
        });
        hex::encode(RequestHash::of("tier", &facts).as_bytes())
    }
}

impl TierRule {
    fn fits(&self, line: ServiceLine, on: NaiveDate, inputs: TierInputs) -> bool {
        self.line == line
            && self.valid_from <= on
            && self.valid_to.is_none_or(|end| on < end)
            && self
                .category
                .is_none_or(|category| category == inputs.category)
            && self
                .min_level
                .is_none_or(|least| inputs.level.is_some_and(|level| level >= least))
            && self
                .lives_alone
                .is_none_or(|alone| alone == inputs.lives_alone)
    }
}

/// The rule that decides; none where the authority has set none.
pub fn decide<'a>(
    rules: &'a [TierRule],
    line: ServiceLine,
    on: NaiveDate,
    inputs: &TierInputs,
) -> Option<&'a TierRule> {
    rules
        .iter()
        .filter(|rule| rule.fits(line, on, *inputs))
        .min_by_key(|rule| rule.priority)
}

/// A decision, with why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierDecision {
    pub id: TierDecisionId,
    pub elder_id: ResidentId,
    pub line: ServiceLine,
    pub tier: Tier,
    pub rule_code: String,
    pub inputs: TierInputs,
    pub inputs_hash: String,
    pub explanation_zh: String,
    pub explanation_en: String,
    pub decided_at: DateTime<Utc>,
    pub period_from: NaiveDate,
    /// The first day it no longer holds.
    pub period_to: NaiveDate,
}

/// Why a rule gave this tier, for the elder and for an appeal.
pub fn explain(rule: &TierRule, inputs: &TierInputs) -> (String, String) {
    let level_zh = inputs.level.map_or("未评估", AbilityLevel::name_zh);
    let level_en = inputs.level.map_or("not assessed", AbilityLevel::as_str);
    let (code, source, tier) = (&rule.code, &rule.source, rule.tier);
    let (category, tier_zh) = (inputs.category, tier.name_zh());
    let alone_zh = if inputs.lives_alone {
        "独居"
    } else {
        "非独居"
    };
    let alone_en = if inputs.lives_alone {
        "living alone"
    } else {
        "not living alone"
    };
    (
        format!(
            "按规则 {code}({source}):对象类别 {category},能力等级 {level_zh},{alone_zh},适用“{tier_zh}”档"
        ),
        format!(
            "by rule {code} ({source}): category {category}, ability {level_en}, {alone_en}: {tier}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rule(code: &str, priority: i32, tier: Tier) -> TierRule {
        TierRule {
            code: code.into(),
            line: ServiceLine::Meals,
            priority,
            category: None,
            min_level: None,
            lives_alone: None,
            tier,
            valid_from: day("2026-01-01"),
            valid_to: None,
            source: "测试".into(),
        }
    }

    const ORDINARY: TierInputs = TierInputs {
        category: ElderCategory::Ordinary,
        level: None,
        lives_alone: false,
    };

    #[test]
    fn the_first_rule_that_fits_decides() {
        let mut hardship = rule("hardship", 1, Tier::Free);
        hardship.category = Some(ElderCategory::SpecialHardship);
        let mut disabled = rule("disabled", 2, Tier::Cost);
        disabled.min_level = Some(AbilityLevel::Severe);
        let rules = [rule("otherwise", 9, Tier::Paid), disabled, hardship];
        let tier = |inputs| decide(&rules, ServiceLine::Meals, day("2026-03-02"), &inputs);
        assert_eq!(tier(ORDINARY).unwrap().tier, Tier::Paid);
        let severe = TierInputs {
            level: Some(AbilityLevel::Severe),
            ..ORDINARY
        };
        assert_eq!(tier(severe).unwrap().tier, Tier::Cost);
        let mild = TierInputs {
            level: Some(AbilityLevel::Mild),
            ..ORDINARY
        };
        assert_eq!(tier(mild).unwrap().tier, Tier::Paid);
        let poor = TierInputs {
            category: ElderCategory::SpecialHardship,
            ..severe
        };
        assert_eq!(tier(poor).unwrap().tier, Tier::Free);
    }

    #[test]
    fn a_rule_holds_from_its_first_day_to_the_day_before_its_end() {
        let mut ended = rule("ended", 1, Tier::Free);
        ended.valid_to = Some(day("2026-03-02"));
        let rules = [ended];
        let on = |text| decide(&rules, ServiceLine::Meals, day(text), &ORDINARY);
        assert!(on("2025-12-31").is_none());
        assert!(on("2026-01-01").is_some());
        assert!(on("2026-03-01").is_some());
        assert!(on("2026-03-02").is_none());
        assert!(decide(&rules, ServiceLine::Errand, day("2026-01-01"), &ORDINARY).is_none());
    }

    #[test]
    fn other_facts_have_another_hash() {
        let alone = TierInputs {
            lives_alone: true,
            ..ORDINARY
        };
        assert_ne!(alone.hash(), ORDINARY.hash());
        assert_eq!(ORDINARY.hash().len(), 64);
    }
}
