//! The working-day calendar in force, from rows, and the yearly notice that
//! becomes rows.

mod year;

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use kernel::{WorkCalendar, china_date};
use sqlx::{Connection as _, PgConnection};

pub use self::year::{Day, Year};
use crate::{
    error::{Error, Result},
    gauges::Measured,
};

/// Loads all exceptions; a few dozen rows a year. A term that reaches into a
/// year whose notice was not loaded is refused by the calendar.
pub async fn load(conn: &mut PgConnection) -> Result<WorkCalendar> {
    let rows: Vec<(NaiveDate, bool)> =
        sqlx::query_as("SELECT day, working FROM calendar_days ORDER BY day")
            .fetch_all(&mut *conn)
            .await?;
    let calendar = WorkCalendar::from_rows(rows).map_err(Error::internal)?;
    Ok(calendar.of_years(years(conn).await?))
}

/// The years that were loaded.
pub async fn years(conn: &mut PgConnection) -> Result<BTreeSet<i32>> {
    let years: Vec<i32> = sqlx::query_scalar("SELECT year FROM calendar_years")
        .fetch_all(conn)
        .await?;
    Ok(years.into_iter().collect())
}

/// Writes the notice of a year as the owner of the database, in place of what
/// an earlier one said of it. Terms that were reckoned before stay as they are.
pub async fn import(conn: &mut PgConnection, year: &Year, now: DateTime<Utc>) -> Result<()> {
    let mut tx = conn.begin().await?;
    sqlx::query("DELETE FROM calendar_days WHERE extract(year FROM day) = $1")
        .bind(year.year())
        .execute(&mut *tx)
        .await?;
    for day in year.days() {
        // The last days of the year before may be part of a notice.
        sqlx::query(
            "INSERT INTO calendar_days (day, working, name, source) VALUES ($1, $2, $3, $4)
             ON CONFLICT (day) DO UPDATE
             SET working = excluded.working, name = excluded.name, source = excluded.source",
        )
        .bind(day.day)
        .bind(day.working)
        .bind(&day.name)
        .bind(year.source())
        .execute(&mut *tx)
        .await?;
    }
    sqlx::query(
        "INSERT INTO calendar_years (year, source, loaded_at) VALUES ($1, $2, $3)
         ON CONFLICT (year) DO UPDATE
         SET source = excluded.source, loaded_at = excluded.loaded_at",
    )
    .bind(year.year())
    .bind(year.source())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// How many days are left until terms can no longer be counted: operators hear
/// of it before a citizen does.
pub fn measure(conn: &mut PgConnection, now: DateTime<Utc>) -> Measured<'_> {
    Box::pin(async move {
        let left = days_left(&years(conn).await?, china_date(now));
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        Ok(vec![("kit.calendar.days_left", left as f64)])
    })
}

/// The days from `today` to the first of January of the first year that was
/// not loaded; zero where this year is missing already.
fn days_left(years: &BTreeSet<i32>, today: NaiveDate) -> i64 {
    let mut missing = today.year();
    while years.contains(&missing) {
        missing += 1;
    }
    NaiveDate::from_ymd_opt(missing, 1, 1)
        .map_or(i64::MAX, |first| (first - today).num_days().max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_left_until_the_first_year_that_was_not_loaded() {
        let day = |text: &str| text.parse().unwrap();
        let years = BTreeSet::from([2025, 2026, 2028]);
        assert_eq!(days_left(&years, day("2026-12-31")), 1);
        assert_eq!(days_left(&years, day("2025-12-31")), 366);
        assert_eq!(days_left(&years, day("2027-06-01")), 0);
        assert_eq!(days_left(&BTreeSet::new(), day("2026-01-01")), 0);
    }
}
