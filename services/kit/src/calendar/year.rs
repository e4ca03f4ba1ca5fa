//! The notice of one year: which days are off, and which weekend days are
//! worked in exchange (国务院办公厅关于某年部分节假日安排的通知).

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use chrono::{Datelike as _, NaiveDate, Weekday};

/// Holidays that fall on the same day each year (全国年节及纪念日放假办法): a notice
/// without one of them was cut short, or is that of another year.
const FIXED: [(u32, u32); 5] = [(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)];

/// One day that differs from the ordinary week, or is named for its holiday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub day: NaiveDate,
    pub working: bool,
    pub name: String,
}

/// The notice of a year, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Year {
    number: i32,
    source: String,
    days: Vec<Day>,
}

impl Year {
    /// Judges a notice; what is wrong is said with its day.
    pub fn try_new(year: i32, source: &str, days: Vec<Day>) -> Result<Self> {
        let source = source.trim();
        ensure!(
            (1950..=2200).contains(&year),
            "年份应在 1950 至 2200 之间 / the year lies between 1950 and 2200"
        );
        ensure!(
            (1..=200).contains(&source.chars().count()),
            "须写明通知名称(1 至 200 字) / name the notice, in 1 to 200 characters"
        );
        let mut seen = BTreeSet::new();
        for one in &days {
            let day = one.day;
            // A notice may reach into the last weeks of the year before.
            let before = day.year() == year - 1 && day.month() == 12;
            ensure!(
                day.year() == year || before,
                "{day} 不属于 {year} 年 / {day} is not of the year {year}"
            );
            ensure!(seen.insert(day), "{day} 出现两次 / {day} is named twice");
            let name = one.name.trim().chars().count();
            ensure!(
                (1..=50).contains(&name),
                "{day} 须有 1 至 50 字的名称 / {day} needs a name of 1 to 50 characters"
            );
            let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            ensure!(
                weekend || !one.working,
                "{day} 不是周末,无须标为上班 / {day} is no weekend day: it is worked anyway"
            );
        }
        for (month, day) in FIXED {
            let off = |one: &&Day| {
                let on = one.day;
                !one.working && (on.year(), on.month(), on.day()) == (year, month, day)
            };
            ensure!(
                days.iter().any(|one| off(&one)),
                "缺少法定节假日 {year}-{month:02}-{day:02} / the statutory holiday {year}-{month:02}-{day:02} is missing"
            );
        }
        Ok(Self {
            number: year,
            source: source.to_owned(),
            days,
        })
    }

    /// Which year.
    pub fn year(&self) -> i32 {
        self.number
    }

    /// The notice it comes from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its days.
    pub fn days(&self) -> &[Day] {
        &self.days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off(text: &str) -> Day {
        Day {
            day: text.parse().unwrap(),
            working: false,
            name: "节日".into(),
        }
    }

    fn least() -> Vec<Day> {
        [
            "2027-01-01",
            "2027-05-01",
            "2027-10-01",
            "2027-10-02",
            "2027-10-03",
        ]
        .map(off)
        .to_vec()
    }

    #[test]
    fn a_notice_is_taken_whole_or_not_at_all() {
        let take = |days: Vec<Day>| Year::try_new(2027, "通知", days);
        take(least()).unwrap();
        let mut whole = least();
        // A Saturday worked in exchange, and the last day of the year before.
        whole.push(Day {
            working: true,
            ..off("2027-10-09")
        });
        whole.push(off("2026-12-31"));
        take(whole.clone()).unwrap();

        for (day, told) in [
            (off("2028-01-01"), "2028-01-01 is not of the year 2027"),
            (off("2026-11-30"), "2026-11-30 is not of the year 2027"),
            (off("2027-05-01"), "2027-05-01 is named twice"),
            (
                Day {
                    working: true,
                    ..off("2027-10-08")
                },
                "2027-10-08 is no weekend day",
            ),
            (
                Day {
                    name: " ".into(),
                    ..off("2027-10-04")
                },
                "2027-10-04 needs a name",
            ),
        ] {
            let mut days = whole.clone();
            days.push(day);
            let error = take(days).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let mut cut = least();
        cut.pop();
        let error = take(cut).unwrap_err().to_string();
        assert!(error.contains("2027-10-03 is missing"), "{error}");
        assert!(Year::try_new(2027, " ", least()).is_err());
        assert!(Year::try_new(3027, "通知", least()).is_err());
    }
}
