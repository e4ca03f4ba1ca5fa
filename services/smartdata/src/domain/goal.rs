//! 联动目标 (A7): what the five outcomes are shown by, and how far a year has come.
//! Rows of the database say which indicators there are; the rules are here.

use chrono::{Datelike as _, NaiveDate};
use kernel::{Refusal, refuse};
use serde::{Deserialize, Serialize};

/// One of the five goals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    pub code: String,
    pub name: String,
    /// Where the plan names it.
    pub source: String,
}

kernel::text_enum! {
    /// Which way is better.
    pub enum Direction {
        /// 越多越好
        More = "MORE",
        /// 越少越好
        Less = "LESS",
    }
}

kernel::text_enum! {
    /// How it is counted.
    pub enum Measure {
        /// 本年发生
        InYear = "IN_YEAR",
        /// 期末存续
        Standing = "STANDING",
        /// 基础库统计
        Register = "REGISTER",
    }
}

/// What shows a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalIndicator {
    pub code: String,
    pub goal: String,
    pub name: String,
    pub unit: String,
    pub personal: bool,
    pub direction: Direction,
    pub measure: Measure,
    pub provenance: String,
}

/// A year of the calendar that targets are set for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Year(i32);

impl Year {
    /// One that the database keeps, given at a field.
    pub fn try_new(year: i32, field: &str) -> Result<Self, Refusal> {
        if (2000..=2100).contains(&year) {
            return Ok(Self(year));
        }
        Err(refuse!(
            Invalid,
            "GOAL_YEAR",
            field: field,
            zh: "年度须在 2000 至 2100 之间",
            en: "a year from 2000 to 2100 is expected",
        ))
    }

    pub const fn get(self) -> i32 {
        self.0
    }

    pub fn first(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 1, 1).unwrap_or(NaiveDate::MIN)
    }

    pub fn last(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 12, 31).unwrap_or(NaiveDate::MAX)
    }

    /// The day of the year that stands for a day: itself, or the nearest.
    pub fn nearest(self, day: NaiveDate) -> NaiveDate {
        day.clamp(self.first(), self.last())
    }

    pub fn is_over(self, today: NaiveDate) -> bool {
        today.year() > self.0
    }

    pub fn has_begun(self, today: NaiveDate) -> bool {
        today.year() >= self.0
    }
}

/// How far a division has come, where it may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    pub direction: Direction,
    pub target: Option<i64>,
    /// None where nobody tells of it, the year has not begun, or it is covered.
    pub actual: Option<i64>,
    /// Whether it is covered because it is small, or would tell a small one.
    pub covered: bool,
}

impl Figure {
    /// The actual number in percent of the target. What is missing, or too much,
    /// is never rounded away. Nothing where there is no number, or none to divide by.
    pub fn progress(&self) -> Option<i64> {
        let (actual, target) = (i128::from(self.actual?), i128::from(self.target?));
        if target == 0 {
            return None;
        }
        let up = match self.direction {
            Direction::More => 0,
            Direction::Less => target - 1,
        };
        i64::try_from((actual * 100 + up) / target).ok()
    }

    /// Whether the target is met.
    pub fn is_met(&self) -> Option<bool> {
        let (actual, target) = (self.actual?, self.target?);
        Some(match self.direction {
            Direction::More => actual >= target,
            Direction::Less => actual <= target,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn figure(direction: Direction, actual: i64, target: i64) -> Figure {
        Figure {
            direction,
            target: Some(target),
            actual: Some(actual),
            covered: false,
        }
    }

    #[test]
    fn progress_never_rounds_what_is_missing_away() {
        for (direction, actual, target, progress, met) in [
            (Direction::More, 0, 3, Some(0), false),
            (Direction::More, 299, 300, Some(99), false),
            (Direction::More, 300, 300, Some(100), true),
            (Direction::More, 450, 300, Some(150), true),
            (Direction::Less, 300, 300, Some(100), true),
            (Direction::Less, 301, 300, Some(101), false),
            (Direction::Less, 0, 300, Some(0), true),
            // Nothing at all is a target, but no percentage of it is.
            (Direction::Less, 0, 0, None, true),
            (Direction::Less, 1, 0, None, false),
            (Direction::More, 0, 0, None, true),
        ] {
            let it = figure(direction, actual, target);
            assert_eq!(
                (it.progress(), it.is_met()),
                (progress, Some(met)),
                "{it:?}"
            );
        }
    }

    #[test]
    fn what_is_not_told_has_neither_progress_nor_an_outcome() {
        let mut it = figure(Direction::More, 3, 10);
        it.actual = None;
        assert_eq!((it.progress(), it.is_met()), (None, None));
        let mut it = figure(Direction::More, 3, 10);
        it.target = None;
        assert_eq!((it.progress(), it.is_met()), (None, None));
    }

    #[test]
    fn a_year_has_its_days() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let year = Year::try_new(2026, "year").unwrap();
        assert_eq!(year.nearest(day("2026-03-02")), day("2026-03-02"));
        assert_eq!(year.nearest(day("2025-12-31")), day("2026-01-01"));
        assert_eq!(year.nearest(day("2027-01-01")), day("2026-12-31"));
        assert!(!year.is_over(day("2026-12-31")) && year.is_over(day("2027-01-01")));
        assert!(!year.has_begun(day("2025-12-31")) && year.has_begun(day("2026-01-01")));
        for odd in [1999, 2101, -1] {
            assert_eq!(Year::try_new(odd, "year").unwrap_err().reason, "GOAL_YEAR");
        }
    }

    proptest! {
        /// A direction turns the outcome, not the number, except at the target itself.
        #[test]
        fn one_of_both_directions_is_met(actual in 0_i64..1000, target in 0_i64..1000) {
            let more = figure(Direction::More, actual, target).is_met().unwrap();
            let less = figure(Direction::Less, actual, target).is_met().unwrap();
            prop_assert_eq!(more && less, actual == target);
            prop_assert!(more || less);
        }

        /// Whole and more is met, less than whole is not; the other way round for less.
        #[test]
        fn a_hundred_percent_is_the_target(actual in 0_i64..5000, target in 1_i64..1000) {
            let it = figure(Direction::More, actual, target);
            prop_assert_eq!(it.progress().unwrap() >= 100, it.is_met().unwrap());
            let it = figure(Direction::Less, actual, target);
            prop_assert_eq!(it.progress().unwrap() <= 100, it.is_met().unwrap());
        }
    }
}
