//! 创投申报 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Fen,
    keys::{CommunityId, OrganizationId, ResidentId, SocialWorkerId},
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::{
    venture_application::{VentureApplication, VentureApplicationId},
    venture_round::VentureRoundId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    round_id: Uuid,
    organization_id: Uuid,
    legal_person: bool,
    community_id: Uuid,
    social_worker_id: Uuid,
    title: String,
    plan: String,
    elder_care: bool,
    beneficiaries: i32,
    requested_fen: i64,
    state: String,
    version: i32,
    finding: Option<String>,
    visited_on: Option<NaiveDate>,
    submitted_by: String,
    submitted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, round_id, organization_id, legal_person, community_id, social_worker_id, title, plan,
         elder_care, beneficiaries, requested_fen, state, version, finding, visited_on,
         submitted_by, submitted_at, updated_at"
    };
}

impl TryFrom<Row> for VentureApplication {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |_| Error::inconsistent("venture_applications", "state", row.id);
        Ok(Self {
            id: VentureApplicationId::from_uuid(row.id),
            round_id: VentureRoundId::from_uuid(row.round_id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            legal_person: row.legal_person,
            community_id: CommunityId::from_uuid(row.community_id),
            social_worker_id: SocialWorkerId::from_uuid(row.social_worker_id),
            title: row.title,
            plan: row.plan,
            elder_care: row.elder_care,
            beneficiaries: row.beneficiaries,
            requested: Fen::new(row.requested_fen),
            state: row.state.parse().map_err(bad)?,
            version: row.version,
            finding: row.finding,
            visited_on: row.visited_on,
            submitted_by: row.submitted_by,
            submitted_at: row.submitted_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new application, and who stands behind it.
pub async fn insert(
    conn: &mut PgConnection,
    one: &VentureApplication,
    controllers: &[ResidentId],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO venture_applications (id, round_id, organization_id, legal_person,
             community_id, social_worker_id, title, plan, elder_care, beneficiaries,
             requested_fen, state, version, submitted_by, submitted_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(one.id.as_uuid())
    .bind(one.round_id.as_uuid())
    .bind(one.organization_id.as_uuid())
    .bind(one.legal_person)
    .bind(one.community_id.as_uuid())
    .bind(one.social_worker_id.as_uuid())
    .bind(&one.title)
    .bind(&one.plan)
    .bind(one.elder_care)
    .bind(one.beneficiaries)
    .bind(one.requested.get())
    .bind(one.state.as_str())
    .bind(one.version)
    .bind(&one.submitted_by)
    .bind(one.submitted_at)
    .bind(one.updated_at)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO venture_controllers (application_id, resident_id)
         SELECT DISTINCT $1::uuid, one FROM unnest($2::uuid[]) AS one",
    )
    .bind(one.id.as_uuid())
    .bind(uuids(controllers))
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut VentureApplication) -> Result<()> {
    let done = sqlx::query(
        "UPDATE venture_applications SET state = $3, finding = $4, visited_on = $5,
             updated_at = $6, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(one.state.as_str())
    .bind(&one.finding)
    .bind(one.visited_on)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

/// Many applications; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[VentureApplicationId],
) -> Result<HashMap<VentureApplicationId, VentureApplication>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM venture_applications WHERE id = ANY ($1)"
    ))
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| VentureApplication::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// The applications to many rounds, in the order they came.
pub async fn load_many_by_round(
    conn: &mut PgConnection,
    rounds: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureApplication>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM venture_applications WHERE round_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(rounds))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<VentureApplication>> =
        rows.into_iter().map(VentureApplication::try_from).collect();
    Ok(grouped(found?, |one| one.round_id))
}

/// How many applications came for communities between two instants, without those
/// taken back.
pub async fn count_by_community(
    conn: &mut PgConnection,
    communities: &[CommunityId],
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<HashMap<CommunityId, i64>> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT community_id, count(*) FROM venture_applications
         WHERE community_id = ANY ($1) AND submitted_at >= $2 AND submitted_at < $3
           AND state <> 'WITHDRAWN'
         GROUP BY community_id",
    )
    .bind(uuids(communities))
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await?;
    let counted = |(id, n)| (CommunityId::from_uuid(id), n);
    Ok(rows.into_iter().map(counted).collect())
}
