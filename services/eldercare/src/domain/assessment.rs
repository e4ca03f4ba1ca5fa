//! 能力评估 (B4): the ability of an elder by GB/T 42195-2022.

mod items;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Refusal,
    keys::{ResidentId, SocialWorkerId},
    refuse,
};
use serde::{Deserialize, Serialize};

pub use items::{INSTRUMENT, ITEMS, Item};

kernel::typed_id!(
    /// Ability assessment (能力评估).
    AssessmentId,
    "assessment"
);

kernel::text_enum! {
    /// The four first-level parts.
    pub enum Part {
        /// 自理能力
        SelfCare = "B1",
        /// 基础运动能力
        Motion = "B2",
        /// 精神状态
        Mind = "B3",
        /// 感知觉与社会参与
        Senses = "B4",
    }
}

kernel::text_enum! {
    /// Why an elder is assessed.
    pub enum Reason {
        /// 首次评估
        First = "FIRST",
        /// 常规评估
        Routine = "ROUTINE",
        /// 即时评估
        Immediate = "IMMEDIATE",
        /// 复评
        Review = "REVIEW",
        /// 其他
        Other = "OTHER",
    }
}

kernel::text_enum! {
    /// The five levels, the best first.
    pub enum AbilityLevel {
        /// 能力完好
        Intact = "INTACT",
        /// 轻度失能
        Mild = "MILD",
        /// 中度失能
        Moderate = "MODERATE",
        /// 重度失能
        Severe = "SEVERE",
        /// 完全失能
        Total = "TOTAL",
    }
}

impl AbilityLevel {
    /// 0 is intact, 4 is total disability.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The level of a number.
    pub fn of(number: i32) -> Option<Self> {
        usize::try_from(number)
            .ok()
            .and_then(|number| Self::ALL.get(number))
            .copied()
    }

    /// The term of the standard.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Intact => "能力完好",
            Self::Mild => "轻度失能",
            Self::Moderate => "中度失能",
            Self::Severe => "重度失能",
            Self::Total => "完全失能",
        }
    }

    /// The level of a total, before anything worsens it (GB/T 42195-2022).
    pub const fn of_total(total: i32) -> Self {
        match total {
            90.. => Self::Intact,
            66..=89 => Self::Mild,
            46..=65 => Self::Moderate,
            30..=45 => Self::Severe,
            _ => Self::Total,
        }
    }

    fn worse(self) -> Self {
        Self::of(self.number() + 1).unwrap_or(Self::Total)
    }
}

/// What changes the level beside the scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjusters {
    /// 昏迷
    pub coma: bool,
    /// F00–F03 or F04–F99, diagnosed
    pub dementia_or_mental: bool,
    /// Falls, wandering, choking, self-harm and others within 30 days.
    pub risk_events: i32,
}

/// One score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemScore {
    pub code: String,
    pub score: i32,
}

/// What an assessment comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// Sums of the parts B1 to B4.
    pub parts: [i32; 4],
    pub total: i32,
    pub base_level: AbilityLevel,
    pub final_level: AbilityLevel,
    pub explanation_zh: String,
    pub explanation_en: String,
}

/// Scores an assessment by GB/T 42195-2022: exactly its 26 items, each within
/// its range; a coma is total disability; a diagnosed dementia or mental
/// disorder, or two and more risk events within 30 days, is one level worse,
/// once, and never worse than total.
pub fn score(scores: &[ItemScore], adjusters: Adjusters) -> Result<Scored, Refusal> {
    let given = by_code(scores)?;
    let mut parts = [0; 4];
    for item in ITEMS {
        let Some(&score) = given.get(item.code) else {
            let (code, name) = (item.code, item.name_zh);
            return Err(refuse!(
                Invalid,
                "ITEMS_INCOMPLETE",
                field: "input.items",
                zh: "缺少评估项目 {code}({name}),须恰好 26 项",
                en: "item {code} is missing; an assessment has exactly 26 items",
            ));
        };
        let (code, max) = (item.code, item.max);
        if !(0..=max).contains(&score) {
            return Err(refuse!(
                Invalid,
                "SCORE_RANGE",
                field: "input.items",
                zh: "项目 {code} 的得分须在 0 至 {max} 之间",
                en: "item {code} scores 0 to {max}",
            ));
        }
        parts[item.part as usize] += score;
    }
    if adjusters.risk_events < 0 {
        return Err(refuse!(
            Invalid,
            "NUMBER_NEGATIVE",
            field: "input.riskEvents",
            zh: "风险事件次数不能为负",
            en: "the number of risk events cannot be negative",
        ));
    }
    let total: i32 = parts.iter().sum();
    let base_level = AbilityLevel::of_total(total);
    let (final_level, why_zh, why_en) = adjust(base_level, adjusters);
    let [b1, b2, b3, b4] = parts;
    let (base, last) = (base_level.name_zh(), final_level.name_zh());
    Ok(Scored {
        parts,
        total,
        base_level,
        final_level,
        explanation_zh: format!(
            "自理 {b1} + 运动 {b2} + 精神 {b3} + 感知与社会参与 {b4} = {total} 分,初步等级:{base};{why_zh}最终等级:{last}(GB/T 42195-2022)"
        ),
        explanation_en: format!(
            "self-care {b1} + motion {b2} + mind {b3} + senses and social contact {b4} = {total}, at first {base_level}; {why_en}finally {final_level} (GB/T 42195-2022)"
        ),
    })
}

fn by_code(scores: &[ItemScore]) -> Result<BTreeMap<&str, i32>, Refusal> {
    let mut given = BTreeMap::new();
    for ItemScore { code, score } in scores {
        let shown: String = code.chars().take(20).collect();
        if !ITEMS.iter().any(|item| item.code == code) {
            return Err(refuse!(
                Invalid,
                "ITEM_UNKNOWN",
                field: "input.items",
                zh: "没有评估项目 {shown}",
                en: "there is no item {shown}",
            ));
        }
        if given.insert(code.as_str(), *score).is_some() {
            return Err(refuse!(
                Invalid,
                "ITEM_TWICE",
                field: "input.items",
                zh: "评估项目 {shown} 重复",
                en: "item {shown} is given twice",
            ));
        }
    }
    Ok(given)
}

fn adjust(base: AbilityLevel, with: Adjusters) -> (AbilityLevel, &'static str, &'static str) {
    if with.coma {
        (
            AbilityLevel::Total,
            "处于昏迷状态,直接定为完全失能;",
            "a coma is total disability; ",
        )
    } else if with.dementia_or_mental {
        (
            base.worse(),
            "确诊认知障碍或精神障碍,等级加重一级;",
            "a diagnosed dementia or mental disorder is one level worse; ",
        )
    } else if with.risk_events >= 2 {
        (
            base.worse(),
            "近 30 天内发生两次及以上照护风险事件,等级加重一级;",
            "two or more risk events within 30 days are one level worse; ",
        )
    } else {
        (base, "", "")
    }
}

/// At least so many different assessors.
pub fn check_assessors(assessors: &[SocialWorkerId], least: i64) -> Result<(), Refusal> {
    let mut distinct = assessors.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() != assessors.len() {
        return Err(refuse!(
            Invalid,
            "ASSESSOR_TWICE",
            field: "input.assessors",
            zh: "评估员不能重复",
            en: "an assessor is named twice",
        ));
    }
    if i64::try_from(distinct.len()).unwrap_or(i64::MAX) < least {
        return Err(refuse!(
            Invalid,
            "ASSESSORS_TOO_FEW",
            field: "input.assessors",
            zh: "评估至少需要 {least} 名评估员",
            en: "an assessment needs at least {least} assessors",
        ));
    }
    Ok(())
}

/// An assessment that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    pub id: AssessmentId,
    pub elder_id: ResidentId,
    pub reason: Reason,
    pub assessors: Vec<SocialWorkerId>,
    pub items: Vec<ItemScore>,
    pub adjusters: Adjusters,
    pub scored: Scored,
    pub assessed_at: DateTime<Utc>,
    pub valid_from: NaiveDate,
    /// The first day it no longer holds.
    pub valid_to: NaiveDate,
}

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssessElder {
    pub elder_id: ResidentId,
    pub reason: Reason,
    pub assessors: Vec<SocialWorkerId>,
    pub items: Vec<ItemScore>,
    pub adjusters: Adjusters,
}

#[cfg(test)]
mod tests;
