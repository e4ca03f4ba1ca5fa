//! 指标 in SQL: what is counted, and sums over divisions.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::DivisionCode;
use kit::error::{Error, Result};
use sqlx::PgConnection;

use crate::domain::indicator::{Indicator, Parts};

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    name: String,
    unit: String,
    personal: bool,
    provenance: String,
}

/// All indicators, in the order of their codes.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Indicator>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT code, name, unit, personal, provenance FROM indicators ORDER BY code",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Indicator {
            code: row.code,
            name: row.name,
            unit: row.unit,
            personal: row.personal,
            provenance: row.provenance,
        })
        .collect())
}

/// The sum of each indicator over a division and all below it, on a day, where
/// elders are of an age.
pub async fn sums(
    conn: &mut PgConnection,
    division: &DivisionCode,
    (today, elder_age): (NaiveDate, i32),
) -> Result<HashMap<String, i64>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT code, sum(amount)::bigint FROM indicator_counts($1, $2)
         WHERE community_code LIKE $3 GROUP BY code",
    )
    .bind(today)
    .bind(elder_age)
    .bind(format!("{}%", division.prefix()))
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().collect())
}

/// What an indicator (first) comes to in a division (third) of another (second).
pub(super) type Part = (String, String, String, i64);

/// Some indicators by the divisions directly below some that are in force.
pub async fn parts(
    conn: &mut PgConnection,
    indicators: &[&str],
    parents: &[DivisionCode],
    (today, elder_age): (NaiveDate, i32),
) -> Result<Parts> {
    let codes: Vec<&str> = parents.iter().map(DivisionCode::as_str).collect();
    let rows: Vec<Part> = sqlx::query_as(
        "SELECT i.code, d.parent_code, d.code, coalesce(sum(c.amount), 0)::bigint
         FROM unnest($3::text[]) AS i (code) CROSS JOIN divisions d
         LEFT JOIN indicator_counts($1, $2) c ON c.code = i.code
             AND starts_with(c.community_code, division_prefix(d.code))
         WHERE d.parent_code = ANY ($4) AND d.valid @> $1
         GROUP BY i.code, d.parent_code, d.code ORDER BY d.code",
    )
    .bind(today)
    .bind(elder_age)
    .bind(indicators)
    .bind(&codes)
    .fetch_all(conn)
    .await?;
    gather(rows)
}

/// The same by indicator and division above.
pub(super) fn gather(rows: Vec<Part>) -> Result<Parts> {
    let read = |code: &str| -> Result<DivisionCode> {
        code.parse()
            .map_err(|_| Error::inconsistent("divisions", "code", code))
    };
    let mut found = Parts::new();
    for (indicator, above, division, amount) in rows {
        let key = (indicator, read(&above)?);
        let part = (read(&division)?, amount);
        found.entry(key).or_default().push(part);
    }
    Ok(found)
}
