//! 作废的上门服务 in SQL: noted once, for good.

use chrono::{DateTime, Utc};
use kernel::keys::VisitId;
use kit::error::Result;
use sqlx::PgConnection;

/// Notes that a visit is void; whether that was news.
pub async fn insert(conn: &mut PgConnection, visit: VisitId, at: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO voided_visits (visit_id, voided_at) VALUES ($1, $2)
         ON CONFLICT (visit_id) DO NOTHING",
    )
    .bind(visit.as_uuid())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a visit is void.
pub async fn is_noted(conn: &mut PgConnection, visit: VisitId) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM voided_visits WHERE visit_id = $1)")
            .bind(visit.as_uuid())
            .fetch_one(conn)
            .await?,
    )
}
