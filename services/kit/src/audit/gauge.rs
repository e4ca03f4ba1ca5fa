//! How long the log has been without a signature.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::gauges::Measured;

/// The age of the oldest entry that no checkpoint covers; zero where all are.
pub fn measure(conn: &mut PgConnection, now: DateTime<Utc>) -> Measured<'_> {
    Box::pin(async move {
        let unsigned: f64 = sqlx::query_scalar(
            "SELECT coalesce(extract(epoch FROM $1 - (
                 SELECT l.at FROM kit.audit_log l
                 WHERE l.seq > (SELECT coalesce(max(c.seq), 0) FROM kit.audit_checkpoints c)
                 ORDER BY l.seq LIMIT 1)), 0)::float8",
        )
        .bind(now)
        .fetch_one(conn)
        .await?;
        Ok(vec![("kit.audit.unsigned_seconds", unsigned.max(0.0))])
    })
}
