//! 减负 (A27): what weighs on a community, month by month.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::CommunityId, refuse, typed_id};
use serde::{Deserialize, Serialize};

typed_id!(
    /// Something that weighs on a community (负担记录).
    BurdenRecordId, "burden_record");

kernel::text_enum! {
    /// What weighs besides tasks.
    pub enum BurdenKind {
        /// 台账
        Ledger = "LEDGER",
        /// 牌子
        Plaque = "PLAQUE",
        /// 检查评比
        Inspection = "INSPECTION",
    }
}

/// A ledger, plaque or inspection, from when, until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurdenRecord {
    pub id: BurdenRecordId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub kind: BurdenKind,
    pub title: String,
    pub department: String,
    pub starts_on: NaiveDate,
    pub recorded_by: String,
    pub recorded_at: DateTime<Utc>,
    pub until_on: Option<NaiveDate>,
    pub version: i32,
}

/// What one thing of each kind counts.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    pub task: i64,
    pub ledger: i64,
    pub plaque: i64,
    pub inspection: i64,
}

/// What weighed in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub tasks: i64,
    pub ledgers: i64,
    pub plaques: i64,
    pub inspections: i64,
}

impl Load {
    /// Σ of everything by its weight.
    pub fn index(&self, weights: &Weights) -> i64 {
        self.tasks * weights.task
            + self.ledgers * weights.ledger
            + self.plaques * weights.plaque
            + self.inspections * weights.inspection
    }
}

/// The first days of the last `count` months, the oldest first.
pub fn months(today: NaiveDate, count: i32) -> Result<Vec<NaiveDate>, Refusal> {
    let count = u32::try_from(count)
        .ok()
        .filter(|count| (1..=36).contains(count))
        .ok_or_else(|| {
            refuse!(
                Invalid, "MONTHS_RANGE", field: "months",
                zh: "月数须为 1 至 36", en: "ask for 1 to 36 months",
            )
        })?;
    let first = today.with_day(1).unwrap_or(today);
    Ok((0..count)
        .rev()
        .filter_map(|back| first.checked_sub_months(Months::new(back)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_with_the_present_one() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(
            months(day("2026-03-31"), 3).unwrap(),
            [day("2026-01-01"), day("2026-02-01"), day("2026-03-01")]
        );
        for bad in [0, -1, 37] {
            assert!(months(day("2026-03-31"), bad).is_err());
        }
    }

    #[test]
    fn the_index_is_the_weighted_sum() {
        let load = Load {
            tasks: 2,
            ledgers: 3,
            plaques: 0,
            inspections: 1,
        };
        let weights = Weights {
            task: 1,
            ledger: 1,
            plaque: 1,
            inspection: 2,
        };
        assert_eq!(load.index(&weights), 7);
    }
}
