//! The class of risk that rules give, and the screening for social isolation.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::ResidentId, refuse};
use serde::{Deserialize, Serialize};

use crate::domain::{assessment::AbilityLevel, elder::ElderCategory};

kernel::text_enum! {
    /// How soon an elder would be missed.
    pub enum ContactRisk {
        /// 高风险
        High = "HIGH",
        /// 重点
        Key = "KEY",
        /// 一般
        General = "GENERAL",
    }
}

impl ContactRisk {
    /// The parameter that says how often.
    pub const fn cadence(self) -> &'static str {
        match self {
            Self::High => "ec.contact.high_days",
            Self::Key => "ec.contact.key_days",
            Self::General => "ec.contact.general_days",
        }
    }
}

/// A rule: a row of the database, with the days it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRule {
    pub code: String,
    /// The lowest number that fits decides.
    pub priority: i32,
    pub category: Option<ElderCategory>,
    pub min_level: Option<AbilityLevel>,
    pub lives_alone: Option<bool>,
    pub isolated: Option<bool>,
    pub risk: ContactRisk,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub source: String,
}

/// What rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskInputs {
    pub category: ElderCategory,
    /// None where no assessment is in force.
    pub level: Option<AbilityLevel>,
    pub lives_alone: bool,
    pub isolated: bool,
}

impl ContactRule {
    fn fits(&self, on: NaiveDate, inputs: RiskInputs) -> bool {
        self.valid_from <= on
            && self.valid_to.is_none_or(|end| on < end)
            && self.category.is_none_or(|one| one == inputs.category)
            && self.lives_alone.is_none_or(|one| one == inputs.lives_alone)
            && self.isolated.is_none_or(|one| one == inputs.isolated)
            && self
                .min_level
                .is_none_or(|least| inputs.level.is_some_and(|level| level >= least))
    }
}

/// The rule that decides; none where the authority has set none.
pub fn decide(rules: &[ContactRule], on: NaiveDate, inputs: RiskInputs) -> Option<&ContactRule> {
    rules
        .iter()
        .filter(|rule| rule.fits(on, inputs))
        .min_by_key(|rule| rule.priority)
}

/// How an elder is looked in on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactSchedule {
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    pub risk: ContactRisk,
    pub rule_code: String,
    pub isolated: bool,
    pub started_by: String,
    pub started_at: DateTime<Utc>,
    pub evaluated_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// Six answers about family and friends, 0 to 5 each: how many are seen or
/// heard from, can be talked to, and can be called on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScreenIsolation {
    pub elder_id: ResidentId,
    pub family: Vec<i32>,
    pub friends: Vec<i32>,
}

/// What a screening comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    pub score: i32,
    pub threshold: i32,
    pub isolated: bool,
}

impl ScreenIsolation {
    /// The sum of the answers, and whether it is below the threshold in force.
    pub fn score(&self, threshold: i32) -> Result<Isolation, Refusal> {
        for (answers, field) in [
            (&self.family, "input.family"),
            (&self.friends, "input.friends"),
        ] {
            if answers.len() != 3 || answers.iter().any(|one| !(0..=5).contains(one)) {
                return Err(refuse!(
                    Invalid,
                    "ISOLATION_ANSWERS",
                    field: field,
                    zh: "须恰好三项,每项 0 至 5 分",
                    en: "there are exactly three answers, 0 to 5 each",
                ));
            }
        }
        let score = self.family.iter().chain(&self.friends).sum();
        Ok(Isolation {
            score,
            threshold,
            isolated: score < threshold,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(code: &str, priority: i32, risk: ContactRisk) -> ContactRule {
        ContactRule {
            code: code.into(),
            priority,
            category: None,
            min_level: None,
            lives_alone: None,
            isolated: None,
            risk,
            valid_from: "2020-01-01".parse().unwrap(),
            valid_to: None,
            source: "测试".into(),
        }
    }

    #[test]
    fn the_first_rule_that_fits_gives_the_class() {
        let mut alone = rule("alone", 10, ContactRisk::High);
        alone.lives_alone = Some(true);
        alone.isolated = Some(true);
        let mut disabled = rule("disabled", 20, ContactRisk::Key);
        disabled.min_level = Some(AbilityLevel::Severe);
        let rules = [rule("otherwise", 99, ContactRisk::General), disabled, alone];
        let risk = |level, lives_alone, isolated| {
            let inputs = RiskInputs {
                category: ElderCategory::Ordinary,
                level,
                lives_alone,
                isolated,
            };
            decide(&rules, "2026-03-02".parse().unwrap(), inputs).map(|rule| rule.risk)
        };
        assert_eq!(risk(None, true, true), Some(ContactRisk::High));
        assert_eq!(risk(None, true, false), Some(ContactRisk::General));
        assert_eq!(
            risk(Some(AbilityLevel::Total), false, true),
            Some(ContactRisk::Key)
        );
        let before = decide(
            &rules,
            "2019-12-31".parse().unwrap(),
            RiskInputs {
                category: ElderCategory::Ordinary,
                level: None,
                lives_alone: true,
                isolated: true,
            },
        );
        assert!(before.is_none());
    }

    #[test]
    fn few_ties_are_a_risk_and_odd_answers_none() {
        let screen = |family: &[i32], friends: &[i32]| ScreenIsolation {
            elder_id: ResidentId::from_uuid(uuid::Uuid::nil()),
            family: family.to_vec(),
            friends: friends.to_vec(),
        };
        assert!(screen(&[2, 2, 2], &[2, 2, 1]).score(12).unwrap().isolated);
        assert!(!screen(&[2, 2, 2], &[2, 2, 2]).score(12).unwrap().isolated);
        for odd in [screen(&[1, 1], &[1, 1, 1]), screen(&[1, 1, 1], &[1, 1, 6])] {
            assert_eq!(odd.score(12).unwrap_err().reason, "ISOLATION_ANSWERS");
        }
    }
}
