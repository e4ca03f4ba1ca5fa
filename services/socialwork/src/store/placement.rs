//! 志愿者加入服务组织 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::{OrganizationId, VolunteerId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::placement::{Placement, PlacementId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    volunteer_id: Uuid,
    organization_id: Uuid,
    placed_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Row> for Placement {
    fn from(row: Row) -> Self {
        Self {
            id: PlacementId::from_uuid(row.id),
            volunteer_id: VolunteerId::from_uuid(row.volunteer_id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            placed_at: row.placed_at,
            ended_at: row.ended_at,
        }
    }
}

/// Writes a new placement.
pub async fn insert(conn: &mut PgConnection, placement: &Placement, by: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO placements (id, volunteer_id, organization_id, placed_by, placed_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(placement.id.as_uuid())
    .bind(placement.volunteer_id.as_uuid())
    .bind(placement.organization_id.as_uuid())
    .bind(by)
    .bind(placement.placed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the end of a placement.
pub async fn end(conn: &mut PgConnection, placement: &Placement, by: &str) -> Result<()> {
    let done = sqlx::query(
        "UPDATE placements SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(placement.id.as_uuid())
    .bind(placement.ended_at)
    .bind(by)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// A placement, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: PlacementId) -> Result<Option<Placement>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, volunteer_id, organization_id, placed_at, ended_at FROM placements
         WHERE id = $1 FOR UPDATE",
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// Whether a volunteer serves with an organisation.
pub async fn stands(
    conn: &mut PgConnection,
    volunteer: VolunteerId,
    organization: OrganizationId,
) -> Result<bool> {
    let stands = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM placements
         WHERE volunteer_id = $1 AND organization_id = $2 AND ended_at IS NULL)",
    )
    .bind(volunteer.as_uuid())
    .bind(organization.as_uuid())
    .fetch_one(conn)
    .await?;
    Ok(stands)
}

/// The placements of many volunteers, those that ended included, newest first.
pub async fn load_many_of(
    conn: &mut PgConnection,
    volunteers: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Vec<Placement>>> {
    let ids: Vec<Uuid> = volunteers.iter().map(VolunteerId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, volunteer_id, organization_id, placed_at, ended_at FROM placements
         WHERE volunteer_id = ANY ($1) ORDER BY id DESC",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<VolunteerId, Vec<Placement>> = HashMap::new();
    for placement in rows.into_iter().map(Placement::from) {
        found
            .entry(placement.volunteer_id)
            .or_default()
            .push(placement);
    }
    Ok(found)
}
