//! 收费分档 (A54): which of the four tiers an elder has for a line of service.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{keys::ResidentId, pii::PiiKeys};
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
    /// Tells whether a decision was made on the same facts. The facts are few
    /// and could be guessed from a plain digest: this one is keyed, and the
    /// elder's own.
    pub fn hash(&self, keys: &PiiKeys, elder: ResidentId) -> String {
        let level = self.level.map_or("-", AbilityLevel::as_str);
        let facts = format!("{elder}:{}:{level}:{}", self.category, self.lives_alone);
        hex::encode(keys.blind_index("tier_inputs", &facts))
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

/// A decision as somebody sees it.
#[derive(Clone, Debug)]
pub struct SeenDecision {
    pub id: TierDecisionId,
    pub line: ServiceLine,
    pub tier: Tier,
    /// Tells of health: only for those who may read assessments.
    pub why: Option<Why>,
    pub decided_at: DateTime<Utc>,
    pub period_from: NaiveDate,
    pub period_to: NaiveDate,
}

/// What a decision rests on.
#[derive(Clone, Debug)]
pub struct Why {
    pub rule_code: String,
    pub explanation_zh: String,
    pub explanation_en: String,
    pub inputs_hash: String,
}

impl TierDecision {
    /// With its reasons, or without.
    pub fn seen(self, reasons: bool) -> SeenDecision {
        SeenDecision {
            id: self.id,
            line: self.line,
            tier: self.tier,
            decided_at: self.decided_at,
            period_from: self.period_from,
            period_to: self.period_to,
            why: reasons.then_some(Why {
                rule_code: self.rule_code,
                explanation_zh: self.explanation_zh,
                explanation_en: self.explanation_en,
                inputs_hash: self.inputs_hash,
            }),
        }
    }
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
    use uuid::Uuid;

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
        let keys = |n| PiiKeys::new((1, [n; 32]), Vec::new(), [n; 32]).unwrap();
        let one = keys(1);
        let (wang, li) = (
            ResidentId::from_uuid(Uuid::nil()),
            ResidentId::from_uuid(Uuid::max()),
        );
        let hash = ORDINARY.hash(&one, wang);
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, ORDINARY.hash(&one, wang));
        assert_ne!(hash, alone.hash(&one, wang));
        assert_ne!(
            hash,
            ORDINARY.hash(&one, li),
            "nobody is found by another's facts"
        );
        assert_ne!(
            hash,
            ORDINARY.hash(&keys(2), wang),
            "nobody guesses without the key"
        );
    }
}
