//! 自治议题 in SQL; what residents say about one is in `voices`.

mod voices;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Page,
    keys::{CommunityId, NeedId, ProcurementNeedId, ProposalId, ResidentId, TraceId},
};
use kit::{
    error::{Error, Result},
    record::newest_first,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{project::ProjectRoute, proposal::Proposal};

pub use voices::{insert_objection, insert_second, resolve_objection};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    need_id: Uuid,
    trace_id: Uuid,
    community_id: Uuid,
    division_code: String,
    title: String,
    body: String,
    raised_by: String,
    raised_by_resident: Option<Uuid>,
    seconds: i32,
    state: String,
    route: Option<String>,
    procurement_need_id: Option<Uuid>,
    decided_at: Option<DateTime<Utc>>,
    published_at: Option<DateTime<Utc>>,
    objection_until: Option<DateTime<Utc>>,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, need_id, trace_id, community_id, division_code, title, body, raised_by,
         raised_by_resident, seconds, state, route, procurement_need_id, decided_at,
         published_at, objection_until, version, created_at, updated_at"
    };
}

impl TryFrom<Row> for Proposal {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("proposals", column, row.id);
        Ok(Self {
            id: ProposalId::from_uuid(row.id),
            need_id: NeedId::from_uuid(row.need_id),
            trace_id: TraceId::from_uuid(row.trace_id),
            community_id: CommunityId::from_uuid(row.community_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            state: row.state.parse().map_err(|_| bad("state"))?,
            route: row
                .route
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| bad("route"))?,
            procurement_need_id: row.procurement_need_id.map(ProcurementNeedId::from_uuid),
            title: row.title,
            body: row.body,
            raised_by: row.raised_by,
            raised_by_resident: row.raised_by_resident.map(ResidentId::from_uuid),
            seconds: row.seconds,
            decided_at: row.decided_at,
            published_at: row.published_at,
            objection_until: row.objection_until,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new proposal.
pub async fn insert(conn: &mut PgConnection, proposal: &Proposal) -> Result<()> {
    sqlx::query(
        "INSERT INTO proposals (id, need_id, trace_id, community_id, division_code, title, body,
             raised_by, raised_by_resident, seconds, state, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(proposal.id.as_uuid())
    .bind(proposal.need_id.as_uuid())
    .bind(proposal.trace_id.as_uuid())
    .bind(proposal.community_id.as_uuid())
    .bind(proposal.division_code.as_str())
    .bind(&proposal.title)
    .bind(&proposal.body)
    .bind(&proposal.raised_by)
    .bind(proposal.raised_by_resident.map(|id| id.as_uuid()))
    .bind(proposal.seconds)
    .bind(proposal.state.as_str())
    .bind(proposal.version)
    .bind(proposal.created_at)
    .bind(proposal.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, proposal: &mut Proposal) -> Result<()> {
    let done = sqlx::query(
        "UPDATE proposals SET seconds = $3, state = $4, route = $5, procurement_need_id = $6,
             decided_at = $7, published_at = $8, objection_until = $9, updated_at = $10,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(proposal.id.as_uuid())
    .bind(proposal.version)
    .bind(proposal.seconds)
    .bind(proposal.state.as_str())
    .bind(proposal.route.map(ProjectRoute::as_str))
    .bind(proposal.procurement_need_id.map(|id| id.as_uuid()))
    .bind(proposal.decided_at)
    .bind(proposal.published_at)
    .bind(proposal.objection_until)
    .bind(proposal.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    proposal.version += 1;
    Ok(())
}

/// The proposal of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ProposalId) -> Result<Option<Proposal>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM proposals WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Proposal::try_from).transpose()
}

/// The newest proposal of a chain, locked.
pub async fn lock_by_trace(conn: &mut PgConnection, trace: TraceId) -> Result<Option<Proposal>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM proposals WHERE trace_id = $1 ORDER BY id DESC LIMIT 1 FOR UPDATE"
    ))
    .bind(trace.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Proposal::try_from).transpose()
}

/// The newest proposal of each chain.
pub async fn load_by_trace(
    conn: &mut PgConnection,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Proposal>> {
    let traces: Vec<Uuid> = traces.iter().map(TraceId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT DISTINCT ON (trace_id) ",
        columns!(),
        " FROM proposals WHERE trace_id = ANY ($1)
         ORDER BY trace_id, id DESC"
    ))
    .bind(&traces)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Proposal::try_from(row).map(|found| (found.trace_id, found)))
        .collect()
}

/// Many proposals in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ProposalId],
) -> Result<HashMap<ProposalId, Proposal>> {
    let ids: Vec<Uuid> = ids.iter().map(ProposalId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM proposals WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Proposal::try_from(row).map(|found| (found.id, found)))
        .collect()
}

/// A page of a community's proposals, newest first.
pub async fn list(
    conn: &mut PgConnection,
    community: CommunityId,
    page: &Page,
) -> Result<Vec<Proposal>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM proposals WHERE community_id = "
    ));
    query.push_bind(community.as_uuid());
    newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Proposal::try_from).collect()
}
