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

/// How many things of each sort are late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Late {
    pub tasks: i64,
    pub admissions: i64,
    pub rectifications: i64,
    pub joint_actions: i64,
    /// Reports of visits that were made.
    pub study_reports: i64,
    pub study_measures: i64,
}

/// How many of each should have been done by now.
pub async fn late(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Late> {
    Ok(sqlx::query_as(
        "SELECT (SELECT count(*) FROM task_assignments
                 WHERE ended_at IS NULL AND due_on < china_day($1)) AS tasks,
                (SELECT count(*) FROM admission_applications
                 WHERE state = 'REVIEW' AND review_by < $1) AS admissions,
                (SELECT count(*) FROM rectification_items
                 WHERE done_at IS NULL AND due_on < china_day($1)) AS rectifications,
                (SELECT count(*) FROM joint_actions
                 WHERE done_at IS NULL AND due_on < china_day($1)) AS joint_actions,
                (SELECT count(*) FROM study_visits
                 WHERE state = 'MADE' AND report_by < china_day($1)) AS study_reports,
                (SELECT count(*) FROM study_measures
                 WHERE state = 'OPEN' AND due_on < china_day($1)) AS study_measures",
    )
    .bind(now)
    .fetch_one(conn)
    .await?)
}
