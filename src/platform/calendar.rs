//! A development platform counts working days in years whose notice nobody has
//! imported yet: with the holidays that the law names, and no swapped days. An
//! import of the real notice replaces them.

use anyhow::{Context as _, Result};
use chrono::{DateTime, NaiveDate, Utc};
use kit::calendar::{self, Day, Year};
use sqlx::{Connection as _, PgConnection};

const SOURCE: &str = "示范日历:仅列《全国年节及纪念日放假办法》的节日,无调休,不得用于正式办理";

const YEARS: [(i32, &str); 5] = [
    (2027, include_str!("../demo/calendar/2027.csv")),
    (2028, include_str!("../demo/calendar/2028.csv")),
    (2029, include_str!("../demo/calendar/2029.csv")),
    (2030, include_str!("../demo/calendar/2030.csv")),
    (2031, include_str!("../demo/calendar/2031.csv")),
];

#[derive(serde::Deserialize)]
struct Row {
    day: NaiveDate,
    working: bool,
    name: String,
}

/// Reads the days of a year from CSV: `day,working,name`.
pub fn read(year: i32, source: &str, text: &str) -> Result<Year> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let days = reader.deserialize().map(|row: Result<Row, _>| {
        let row = row.context("每行应为 day,working,name / a row is day,working,name")?;
        Ok(Day {
            day: row.day,
            working: row.working,
            name: row.name,
        })
    });
    Year::try_new(year, source, days.collect::<Result<_>>()?)
}

/// Imports the years that a database does not have.
pub async fn ensure(owner_url: &str, database: &str, now: DateTime<Utc>) -> Result<()> {
    let mut url = url::Url::parse(owner_url)?;
    url.set_path(database);
    let mut owner = PgConnection::connect(url.as_str()).await?;
    let failed = |error: kit::Error| anyhow::anyhow!("{error:?}");
    let known = calendar::years(&mut owner).await.map_err(failed)?;
    for (year, text) in YEARS.iter().filter(|(year, _)| !known.contains(year)) {
        let year = read(*year, SOURCE, text)?;
        calendar::import(&mut owner, &year, now)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_year_of_the_demonstration_is_whole() {
        for (year, text) in YEARS {
            let read = read(year, SOURCE, text).unwrap();
            // What the law names for everybody, from 2025 on.
            assert_eq!(read.days().len(), 13, "{year}");
        }
    }

    #[test]
    fn a_row_that_is_none_is_refused() {
        for text in [
            "day,working,name\n2027-02-30,false,x\n",
            "day,name\n2027-01-01,x\n",
        ] {
            let error = format!("{:#}", read(2027, "x", text).unwrap_err());
            assert!(error.contains("day,working,name"), "{error}");
        }
    }
}
