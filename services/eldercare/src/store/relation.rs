//! 亲属关系 in SQL.

use std::collections::HashMap;

use kernel::keys::ResidentId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::relation::{Kinship, Relation, RelationId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    resident_id: Uuid,
    relative_id: Uuid,
    relation: String,
    evidence: String,
    verified_by: String,
    verified_at: chrono::DateTime<chrono::Utc>,
    ended_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, resident_id, relative_id, relation, evidence, verified_by, verified_at, ended_at"
    };
}

impl TryFrom<Row> for Relation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: RelationId::from_uuid(row.id),
            resident_id: ResidentId::from_uuid(row.resident_id),
            relative_id: ResidentId::from_uuid(row.relative_id),
            kinship: row
                .relation
                .parse()
                .map_err(|_| Error::inconsistent("relations", "relation", row.id))?,
            evidence: row.evidence,
            verified_by: row.verified_by,
            verified_at: row.verified_at,
        })
    }
}

/// Writes a verified relation.
pub async fn insert(conn: &mut PgConnection, relation: &Relation) -> Result<()> {
    sqlx::query(
        "INSERT INTO relations
             (id, resident_id, relative_id, relation, evidence, verified_by, verified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(relation.id.as_uuid())
    .bind(relation.resident_id.as_uuid())
    .bind(relation.relative_id.as_uuid())
    .bind(relation.kinship.as_str())
    .bind(&relation.evidence)
    .bind(&relation.verified_by)
    .bind(relation.verified_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A relation, locked until the end of the transaction, and whether it stands.
pub async fn lock(conn: &mut PgConnection, id: RelationId) -> Result<Option<(Relation, bool)>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM relations WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let stands = row.ended_at.is_none();
    Ok(Some((Relation::try_from(row)?, stands)))
}

/// Writes the end of a relation.
pub async fn end(
    conn: &mut PgConnection,
    id: RelationId,
    (reason, by): (&str, &str),
    at: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE relations SET end_reason = $2, ended_by = $3, ended_at = $4
         WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(id.as_uuid())
    .bind(reason)
    .bind(by)
    .bind(at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// Whether `relative` is the resident's `kinship`, as staff verified.
pub async fn exists(
    conn: &mut PgConnection,
    resident: ResidentId,
    relative: ResidentId,
    kinship: Kinship,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM relations
         WHERE resident_id = $1 AND relative_id = $2 AND relation = $3 AND ended_at IS NULL)",
    )
    .bind(resident.as_uuid())
    .bind(relative.as_uuid())
    .bind(kinship.as_str())
    .fetch_one(conn)
    .await?)
}

/// Whether the two are relatives, whichever way it was registered.
pub async fn are_relatives(
    conn: &mut PgConnection,
    one: ResidentId,
    other: ResidentId,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM relations
         WHERE (resident_id, relative_id) IN (($1, $2), ($2, $1)) AND ended_at IS NULL)",
    )
    .bind(one.as_uuid())
    .bind(other.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// The relations of many residents, in one statement.
pub async fn load_many(
    conn: &mut PgConnection,
    residents: &[ResidentId],
) -> Result<HashMap<ResidentId, Vec<Relation>>> {
    let ids: Vec<Uuid> = residents.iter().map(ResidentId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM relations WHERE resident_id = ANY ($1) AND ended_at IS NULL ORDER BY id"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<ResidentId, Vec<Relation>> = HashMap::new();
    for row in rows {
        let relation = Relation::try_from(row)?;
        found
            .entry(relation.resident_id)
            .or_default()
            .push(relation);
    }
    Ok(found)
}
