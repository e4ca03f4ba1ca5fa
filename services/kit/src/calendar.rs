//! The working-day calendar in force, from rows.

use chrono::NaiveDate;
use kernel::WorkCalendar;
use sqlx::PgConnection;

use crate::error::{Error, Result};

/// Loads all exceptions; a few dozen rows a year.
pub async fn load(conn: &mut PgConnection) -> Result<WorkCalendar> {
    let rows: Vec<(NaiveDate, bool)> =
        sqlx::query_as("SELECT day, working FROM calendar_days ORDER BY day")
            .fetch_all(conn)
            .await?;
    WorkCalendar::from_rows(rows).map_err(Error::internal)
}
