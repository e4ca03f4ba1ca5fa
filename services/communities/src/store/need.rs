//! 需求 in SQL.

use std::collections::HashMap;

use kernel::{
    Page,
    keys::{CommunityId, NeedId, ResidentId, TraceId},
};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
    record::newest_first,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::need::{Need, NeedFilter};

/// Who may see which rows of a list: staff by division, residents their own.
const COLUMNS: Columns = Columns {
    division: "division_code",
    resident: Some("reported_by"),
    organization: None,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    trace_id: Uuid,
    community_id: Uuid,
    division_code: String,
    grid_code: Option<String>,
    category: String,
    description: String,
    for_elders: bool,
    reported_by: Uuid,
    channel: String,
    assisted_by: Option<String>,
    refusal_reason: Option<String>,
    verify_by: Option<chrono::DateTime<chrono::Utc>>,
    state: String,
    version: i32,
    reported_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, trace_id, community_id, division_code, grid_code, category, description, for_elders,
         reported_by, channel, assisted_by, refusal_reason, verify_by, state, version,
         reported_at, updated_at"
    };
}

impl TryFrom<Row> for Need {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("needs", column, row.id);
        Ok(Self {
            id: NeedId::from_uuid(row.id),
            trace_id: TraceId::from_uuid(row.trace_id),
            community_id: CommunityId::from_uuid(row.community_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            category: row.category.parse().map_err(|_| bad("category"))?,
            state: row.state.parse().map_err(|_| bad("state"))?,
            reported_by: ResidentId::from_uuid(row.reported_by),
            grid_code: row.grid_code,
            description: row.description,
            for_elders: row.for_elders,
            channel: row.channel,
            assisted_by: row.assisted_by,
            refusal_reason: row.refusal_reason,
            verify_by: row.verify_by,
            version: row.version,
            reported_at: row.reported_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new need.
pub async fn insert(conn: &mut PgConnection, need: &Need) -> Result<()> {
    sqlx::query(
        "INSERT INTO needs (id, trace_id, community_id, division_code, grid_code, category,
             description, for_elders, reported_by, channel, assisted_by, state, version,
             reported_at, updated_at, verify_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(need.id.as_uuid())
    .bind(need.trace_id.as_uuid())
    .bind(need.community_id.as_uuid())
    .bind(need.division_code.as_str())
    .bind(&need.grid_code)
    .bind(need.category.as_str())
    .bind(&need.description)
    .bind(need.for_elders)
    .bind(need.reported_by.as_uuid())
    .bind(&need.channel)
    .bind(&need.assisted_by)
    .bind(need.state.as_str())
    .bind(need.version)
    .bind(need.reported_at)
    .bind(need.updated_at)
    .bind(need.verify_by)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the state; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, need: &mut Need) -> Result<()> {
    let done = sqlx::query(
        "UPDATE needs SET state = $3, version = version + 1, updated_at = $4, refusal_reason = $5
         WHERE id = $1 AND version = $2",
    )
    .bind(need.id.as_uuid())
    .bind(need.version)
    .bind(need.state.as_str())
    .bind(need.updated_at)
    .bind(&need.refusal_reason)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    need.version += 1;
    Ok(())
}

/// The need of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: NeedId) -> Result<Option<Need>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM needs WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Need::try_from).transpose()
}

/// The needs that began chains.
pub async fn load_by_trace(
    conn: &mut PgConnection,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Need>> {
    let traces: Vec<Uuid> = traces.iter().map(TraceId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM needs WHERE trace_id = ANY ($1)"
    ))
    .bind(&traces)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Need::try_from(row).map(|need| (need.trace_id, need)))
        .collect()
}

/// Many needs in one statement; those that do not exist are left out.
pub async fn load_many(conn: &mut PgConnection, ids: &[NeedId]) -> Result<HashMap<NeedId, Need>> {
    let ids: Vec<Uuid> = ids.iter().map(NeedId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM needs WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Need::try_from(row).map(|need| (need.id, need)))
        .collect()
}

/// A page of needs, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &NeedFilter,
    page: &Page,
) -> Result<Vec<Need>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM needs WHERE true"));
    scope.push_with(&mut query, &COLUMNS);
    if let Some(community) = filter.community {
        query
            .push(" AND community_id = ")
            .push_bind(community.as_uuid());
    }
    if let Some(at) = filter.overdue_at {
        query
            .push(" AND state = 'REPORTED' AND verify_by < ")
            .push_bind(at);
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Need::try_from).collect()
}
