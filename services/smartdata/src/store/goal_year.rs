//! 年度结账 in SQL. The database itself counts what a closed year came to.

use chrono::{DateTime, Utc};
use kernel::DivisionCode;
use kit::error::Result;
use sqlx::PgConnection;

use crate::domain::{goal::Year, goal_year::GoalYear};

/// Closes a year; what it came to is written with it.
pub async fn insert(conn: &mut PgConnection, closed: &GoalYear, by: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO goal_years (division_code, year, closed_by, closed_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(closed.division_code.as_str())
    .bind(closed.year)
    .bind(by)
    .bind(closed.closed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// When the city of a division closed a year.
pub async fn find_closed_at(
    conn: &mut PgConnection,
    city: &DivisionCode,
    year: Year,
) -> Result<Option<DateTime<Utc>>> {
    let found = sqlx::query_scalar(
        "SELECT closed_at FROM goal_years WHERE division_code = $1 AND year = $2",
    )
    .bind(city.as_str())
    .bind(year.get())
    .fetch_optional(conn)
    .await?;
    Ok(found)
}
