//! 联动目标 in SQL: which there are, and what is counted of a year.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::DivisionCode;
use kit::error::{Error, Result};
use sqlx::PgConnection;

use super::indicator::Part;
use crate::domain::{
    goal::{Goal, GoalIndicator, Year},
    indicator::Parts,
};

#[derive(sqlx::FromRow)]
struct IndicatorRow {
    code: String,
    goal: String,
    name: String,
    unit: String,
    personal: bool,
    direction: String,
    measure: String,
    provenance: String,
}

impl TryFrom<IndicatorRow> for GoalIndicator {
    type Error = Error;

    fn try_from(row: IndicatorRow) -> Result<Self> {
        let bad = |column| Error::inconsistent("goal_indicators", column, &row.code);
        Ok(Self {
            direction: row.direction.parse().map_err(|_| bad("direction"))?,
            measure: row.measure.parse().map_err(|_| bad("measure"))?,
            code: row.code,
            goal: row.goal,
            name: row.name,
            unit: row.unit,
            personal: row.personal,
            provenance: row.provenance,
        })
    }
}

/// The goals, in the order of the plan.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Goal>> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT code, name, source FROM goals ORDER BY place")
            .fetch_all(conn)
            .await?;
    let goal = |(code, name, source)| Goal { code, name, source };
    Ok(rows.into_iter().map(goal).collect())
}

/// What shows them, in their order.
pub async fn indicators(conn: &mut PgConnection) -> Result<Vec<GoalIndicator>> {
    let rows: Vec<IndicatorRow> = sqlx::query_as(
        "SELECT code, goal, name, unit, personal, direction, measure, provenance
         FROM goal_indicators ORDER BY place",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(GoalIndicator::try_from).collect()
}

/// The indicator of a code.
pub async fn find_indicator(conn: &mut PgConnection, code: &str) -> Result<Option<GoalIndicator>> {
    let row: Option<IndicatorRow> = sqlx::query_as(
        "SELECT code, goal, name, unit, personal, direction, measure, provenance
         FROM goal_indicators WHERE code = $1",
    )
    .bind(code)
    .fetch_optional(conn)
    .await?;
    row.map(GoalIndicator::try_from).transpose()
}

/// What each indicator of a year comes to over a division and all below it.
pub async fn sums(
    conn: &mut PgConnection,
    division: &DivisionCode,
    (year, now): (Year, DateTime<Utc>),
) -> Result<HashMap<String, i64>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT code, sum(amount)::bigint FROM goal_counts($1, $2, $3) GROUP BY code",
    )
    .bind(division.prefix())
    .bind(year.get())
    .bind(now)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Some indicators by the divisions directly below some of one province that are
/// in force on the day.
pub async fn parts(
    conn: &mut PgConnection,
    indicators: &[&str],
    parents: &[DivisionCode],
    (year, now): (Year, DateTime<Utc>),
) -> Result<Parts> {
    let Some(widest) = parents.iter().min_by_key(|it| it.prefix().len()) else {
        return Ok(Parts::new());
    };
    let codes: Vec<&str> = parents.iter().map(DivisionCode::as_str).collect();
    let rows: Vec<Part> = sqlx::query_as(
        "SELECT i.code, d.parent_code, d.code, coalesce(sum(c.amount), 0)::bigint
         FROM unnest($1::text[]) AS i (code) CROSS JOIN divisions d
         LEFT JOIN goal_counts($3, $4, $5) c ON c.code = i.code
             AND starts_with(c.division_code, division_prefix(d.code))
         WHERE d.parent_code = ANY ($2) AND d.valid @> $6
         GROUP BY i.code, d.parent_code, d.code ORDER BY d.code",
    )
    .bind(indicators)
    .bind(&codes)
    .bind(widest.prefix())
    .bind(year.get())
    .bind(now)
    .bind(year.nearest(kernel::china_date(now)))
    .fetch_all(conn)
    .await?;
    super::indicator::gather(rows)
}
