//! Organisations that are no more, in SQL.

use chrono::{DateTime, Utc};
use kernel::keys::OrganizationId;
use kit::error::Result;
use sqlx::PgConnection;

/// Remembers that an organisation is no more; it is told more than once, and the first time stays.
pub async fn keep(
    conn: &mut PgConnection,
    organization: OrganizationId,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO former_organizations (organization_id, ended_at) VALUES ($1, $2)
         ON CONFLICT DO NOTHING",
    )
    .bind(organization.as_uuid())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}
