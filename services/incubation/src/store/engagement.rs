//! 承接 in SQL.

use std::collections::HashMap;

use kernel::{
    Fen,
    keys::{CommunityId, ContractId, OrganizationId, TraceId},
};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::engagement::Engagement;

#[derive(sqlx::FromRow)]
struct Row {
    contract_id: Uuid,
    organization_id: Uuid,
    trace_id: Uuid,
    community_id: Option<Uuid>,
    amount_fen: i64,
    signed_at: chrono::DateTime<chrono::Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "contract_id, organization_id, trace_id, community_id, amount_fen, signed_at"
    };
}

impl From<Row> for Engagement {
    fn from(row: Row) -> Self {
        Self {
            contract_id: ContractId::from_uuid(row.contract_id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            trace_id: TraceId::from_uuid(row.trace_id),
            community_id: row.community_id.map(CommunityId::from_uuid),
            amount: Fen::new(row.amount_fen),
            signed_at: row.signed_at,
        }
    }
}

/// Writes a contract once; told again, nothing happens.
pub async fn insert(conn: &mut PgConnection, one: &Engagement) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO engagements
             (contract_id, organization_id, trace_id, community_id, amount_fen, signed_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (contract_id) DO NOTHING",
    )
    .bind(one.contract_id.as_uuid())
    .bind(one.organization_id.as_uuid())
    .bind(one.trace_id.as_uuid())
    .bind(one.community_id.map(|id| id.as_uuid()))
    .bind(one.amount.get())
    .bind(one.signed_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The contracts of many organisations, newest first, in one statement.
pub async fn load_many_of(
    conn: &mut PgConnection,
    organizations: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<Engagement>>> {
    let ids: Vec<Uuid> = organizations.iter().map(OrganizationId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM engagements WHERE organization_id = ANY ($1)
         ORDER BY signed_at DESC, contract_id"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<OrganizationId, Vec<Engagement>> = HashMap::new();
    for one in rows.into_iter().map(Engagement::from) {
        found.entry(one.organization_id).or_default().push(one);
    }
    Ok(found)
}

/// The contracts of many chains, in the order of signing, in one statement.
pub async fn load_many_by_trace(
    conn: &mut PgConnection,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Vec<Engagement>>> {
    let ids: Vec<Uuid> = traces.iter().map(TraceId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM engagements WHERE trace_id = ANY ($1) ORDER BY signed_at, contract_id"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<TraceId, Vec<Engagement>> = HashMap::new();
    for one in rows.into_iter().map(Engagement::from) {
        found.entry(one.trace_id).or_default().push(one);
    }
    Ok(found)
}
