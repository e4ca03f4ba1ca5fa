//! What smartdata told about residents: enough to refuse orders for the dead.

use chrono::{DateTime, Utc};
use kernel::keys::ResidentId;
use kit::error::Result;
use sqlx::PgConnection;

use crate::domain::elder::ResidentStatus;

/// Keeps a resident's standing; an older message changes nothing.
pub async fn keep(
    conn: &mut PgConnection,
    id: ResidentId,
    status: ResidentStatus,
    changed_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO ref_residents AS r (id, status, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET status = $2, changed_at = $3
         WHERE r.changed_at <= $3",
    )
    .bind(id.as_uuid())
    .bind(status.as_str())
    .bind(changed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a resident is known to have died.
pub async fn is_deceased(conn: &mut PgConnection, id: ResidentId) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM ref_residents WHERE id = $1 AND status = 'DECEASED')",
    )
    .bind(id.as_uuid())
    .fetch_one(conn)
    .await?)
}
