//! What the needs of residents are watched by.

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::PgConnection;

/// How many needs nobody has looked at in time, and for how many seconds the
/// oldest is overdue.
pub async fn overdue(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(i64, f64)> {
    Ok(sqlx::query_as(
        "SELECT count(*), coalesce(extract(epoch FROM $1 - min(verify_by)), 0)::float8
         FROM needs WHERE state = 'REPORTED' AND verify_by < $1",
    )
    .bind(now)
    .fetch_one(conn)
    .await?)
}
