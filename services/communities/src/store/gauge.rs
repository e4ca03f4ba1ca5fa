//! What operations watch: what should have been done by now.

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

/// How many tasks, reviews of admissions, things to be put right and actions of
/// joint meetings are late.
pub async fn late(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(i64, i64, i64, i64)> {
    Ok(sqlx::query_as(
        "SELECT (SELECT count(*) FROM task_assignments
                 WHERE ended_at IS NULL AND due_on < china_day($1)),
                (SELECT count(*) FROM admission_applications
                 WHERE state = 'REVIEW' AND review_by < $1),
                (SELECT count(*) FROM rectification_items
                 WHERE done_at IS NULL AND due_on < china_day($1)),
                (SELECT count(*) FROM joint_actions
                 WHERE done_at IS NULL AND due_on < china_day($1))",
    )
    .bind(now)
    .fetch_one(conn)
    .await?)
}
