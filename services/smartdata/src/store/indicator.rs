//! 指标 in SQL: what is counted, and sums over divisions.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::DivisionCode;
use kit::error::{Error, Result};
use sqlx::PgConnection;

use crate::domain::indicator::Indicator;

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

/// One indicator by the divisions directly below one that are in force.
pub async fn parts(
    conn: &mut PgConnection,
    code: &str,
    division: &DivisionCode,
    (today, elder_age): (NaiveDate, i32),
) -> Result<Vec<(DivisionCode, i64)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT d.code, coalesce(sum(c.amount), 0)::bigint
         FROM divisions d
         LEFT JOIN indicator_counts($1, $2) c ON c.code = $3
             AND left(c.community_code, length(rtrim(d.code, '0'))) = rtrim(d.code, '0')
         WHERE d.parent_code = $4 AND d.valid @> $1
         GROUP BY d.code ORDER BY d.code",
    )
    .bind(today)
    .bind(elder_age)
    .bind(code)
    .bind(division.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(code, amount)| {
            let division = code
                .parse()
                .map_err(|_| Error::inconsistent("divisions", "code", &code))?;
            Ok((division, amount))
        })
        .collect()
}
