//! 社会工作者协会 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Page,
    keys::{OrganizationId, SocialWorkerId},
};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::association::{Association, AssociationId, Membership, MembershipId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    division_code: String,
    name: String,
    purpose: String,
    members: i64,
    dissolved_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    version: i32,
    founded_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT a.id, a.organization_id, a.division_code, a.name, a.purpose,
    a.dissolved_at, a.reason, a.version, a.founded_at,
    (SELECT count(*) FROM memberships m
     WHERE m.association_id = a.id AND m.left_at IS NULL) AS members
    FROM associations a";

impl TryFrom<Row> for Association {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "associations",
            id: row.id,
        };
        Ok(Self {
            id: AssociationId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            division_code: read.word("division_code", &row.division_code)?,
            name: row.name,
            purpose: row.purpose,
            members: row.members,
            dissolved_at: row.dissolved_at,
            reason: row.reason,
            version: row.version,
            founded_at: row.founded_at,
        })
    }
}

/// Writes a new association.
pub async fn insert(conn: &mut PgConnection, new: &Association) -> Result<()> {
    sqlx::query(
        "INSERT INTO associations (id, organization_id, division_code, name, purpose, founded_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.id.as_uuid())
    .bind(new.organization_id.as_uuid())
    .bind(new.division_code.as_str())
    .bind(&new.name)
    .bind(&new.purpose)
    .bind(new.founded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes that an association was dissolved; a version that moved is a conflict.
pub async fn update(conn: &mut PgConnection, association: &mut Association) -> Result<()> {
    let done = sqlx::query(
        "UPDATE associations SET dissolved_at = $3, reason = $4, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(association.id.as_uuid())
    .bind(association.version)
    .bind(association.dissolved_at)
    .bind(&association.reason)
    .execute(conn)
    .await?;
    one(&done)?;
    association.version += 1;
    Ok(())
}

/// Whether a division has an association.
pub async fn stands(conn: &mut PgConnection, division: &DivisionCode) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM associations
         WHERE division_code = $1 AND dissolved_at IS NULL)",
    )
    .bind(division.as_str())
    .fetch_one(conn)
    .await?)
}

/// An association, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: AssociationId) -> Result<Option<Association>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE a.id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE OF a");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(Association::try_from).transpose()
}

/// Many associations.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[AssociationId],
) -> Result<HashMap<AssociationId, Association>> {
    let ids: Vec<Uuid> = ids.iter().map(AssociationId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE a.id = ANY (").push_bind(ids).push(")");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter()
        .map(|row| Association::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of associations that stand, newest first.
pub async fn list(
    conn: &mut PgConnection,
    division: Option<&DivisionCode>,
    page: &Page,
) -> Result<Vec<Association>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query.push(" WHERE a.dissolved_at IS NULL");
    super::push_within(&mut query, "a.division_code", division);
    super::push_page(&mut query, "a.id", page)?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Association::try_from).collect()
}

#[derive(sqlx::FromRow)]
struct MembershipRow {
    id: Uuid,
    association_id: Uuid,
    social_worker_id: Uuid,
    joined_at: DateTime<Utc>,
    left_at: Option<DateTime<Utc>>,
}

impl From<MembershipRow> for Membership {
    fn from(row: MembershipRow) -> Self {
        Self {
            id: MembershipId::from_uuid(row.id),
            association_id: AssociationId::from_uuid(row.association_id),
            social_worker_id: SocialWorkerId::from_uuid(row.social_worker_id),
            joined_at: row.joined_at,
            left_at: row.left_at,
        }
    }
}

/// Somebody joins.
pub async fn join(conn: &mut PgConnection, membership: &Membership) -> Result<()> {
    sqlx::query(
        "INSERT INTO memberships (id, association_id, social_worker_id, joined_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(membership.id.as_uuid())
    .bind(membership.association_id.as_uuid())
    .bind(membership.social_worker_id.as_uuid())
    .bind(membership.joined_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Somebody leaves.
pub async fn leave(conn: &mut PgConnection, membership: &Membership) -> Result<()> {
    let done = sqlx::query("UPDATE memberships SET left_at = $2 WHERE id = $1 AND left_at IS NULL")
        .bind(membership.id.as_uuid())
        .bind(membership.left_at)
        .execute(conn)
        .await?;
    one(&done)
}

/// The standing membership of somebody, locked.
pub async fn lock_membership(
    conn: &mut PgConnection,
    association: AssociationId,
    worker: SocialWorkerId,
) -> Result<Option<Membership>> {
    let row: Option<MembershipRow> = sqlx::query_as(
        "SELECT id, association_id, social_worker_id, joined_at, left_at FROM memberships
         WHERE association_id = $1 AND social_worker_id = $2 AND left_at IS NULL FOR UPDATE",
    )
    .bind(association.as_uuid())
    .bind(worker.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// A page of the members of an association, newest first.
pub async fn list_members(
    conn: &mut PgConnection,
    association: AssociationId,
    page: &Page,
) -> Result<Vec<Membership>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(
        "SELECT id, association_id, social_worker_id, joined_at, left_at FROM memberships
         WHERE left_at IS NULL AND association_id = ",
    );
    query.push_bind(association.as_uuid());
    super::push_page(&mut query, "id", page)?;
    let rows: Vec<MembershipRow> = query.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
