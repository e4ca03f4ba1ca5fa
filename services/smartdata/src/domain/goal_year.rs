//! 年度结账 (A7): a city closes a year after it is over; what it came to stays.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Level, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::goal::Year;

/// A year that a city closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalYear {
    pub division_code: DivisionCode,
    pub year: i32,
    pub closed_at: DateTime<Utc>,
}

impl GoalYear {
    /// Closes a year of a city.
    pub fn close(
        division_code: DivisionCode,
        year: Year,
        (today, now): (NaiveDate, DateTime<Utc>),
    ) -> Result<Self, Refusal> {
        if division_code.level() != Level::City {
            return Err(refuse!(
                Invalid,
                "GOAL_YEAR_CITY",
                field: "input.divisionCode",
                zh: "年度由地级市结账,区县、乡镇街道、社区随市一并结账",
                en: "a city closes its year, with all that lies in it",
            ));
        }
        if !year.is_over(today) {
            let last = year.last();
            return Err(refuse!(
                Refused,
                "GOAL_YEAR_NOT_OVER",
                field: "input.year",
                zh: "该年度到 {last} 才结束,尚不能结账",
                en: "this year lasts until {last} and cannot be closed yet",
            ));
        }
        Ok(Self {
            division_code,
            year: year.get(),
            closed_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_city_closes_only_what_is_over() {
        let close = |code: &str, today: &str| {
            let now = format!("{today}T01:00:00Z").parse().unwrap();
            let code = DivisionCode::try_new(code).unwrap();
            let year = Year::try_new(2026, "input.year").unwrap();
            GoalYear::close(code, year, (today.parse().unwrap(), now)).map_err(|it| it.reason)
        };
        assert!(close("230100000000", "2027-01-01").is_ok());
        for code in ["230000000000", "230103000000", "230103001001"] {
            assert_eq!(close(code, "2027-01-01").unwrap_err(), "GOAL_YEAR_CITY");
        }
        let early = close("230100000000", "2026-12-31");
        assert_eq!(early.unwrap_err(), "GOAL_YEAR_NOT_OVER");
    }
}
