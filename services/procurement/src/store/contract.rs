//! 合同 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    Fen, Page,
    keys::{
        CommunityId, ContractId, FundId, OrganizationId, ProcurementNeedId, SocialWorkerId,
        TenderId, TraceId,
    },
};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{below, uuids};
use crate::domain::{
    award::AwardId,
    commission::CommissionId,
    contract::{Contract, ContractFilter},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    trace_id: Uuid,
    tender_id: Option<Uuid>,
    award_id: Option<Uuid>,
    commission_id: Option<Uuid>,
    need_id: Uuid,
    fund_id: Uuid,
    organization_id: Option<Uuid>,
    social_worker_id: Option<Uuid>,
    community_id: Uuid,
    division_code: String,
    amount_fen: i64,
    quantity: i64,
    state: String,
    version: i32,
    signed_at: DateTime<Utc>,
    ends_on: NaiveDate,
    archived_until: NaiveDate,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, trace_id, tender_id, award_id, commission_id, need_id, fund_id, organization_id,
         social_worker_id, community_id, division_code, amount_fen, quantity, state, version, signed_at, ends_on, archived_until,
         updated_at"
    };
}

impl TryFrom<Row> for Contract {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("contracts", column, row.id);
        Ok(Self {
            id: ContractId::from_uuid(row.id),
            trace_id: TraceId::from_uuid(row.trace_id),
            tender_id: row.tender_id.map(TenderId::from_uuid),
            award_id: row.award_id.map(AwardId::from_uuid),
            commission_id: row.commission_id.map(CommissionId::from_uuid),
            need_id: ProcurementNeedId::from_uuid(row.need_id),
            fund_id: FundId::from_uuid(row.fund_id),
            organization_id: row.organization_id.map(OrganizationId::from_uuid),
            social_worker_id: row.social_worker_id.map(SocialWorkerId::from_uuid),
            community_id: CommunityId::from_uuid(row.community_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            amount: Fen::new(row.amount_fen),
            quantity: row.quantity,
            state: row.state.parse().map_err(|_| bad("state"))?,
            version: row.version,
            signed_at: row.signed_at,
            ends_on: row.ends_on,
            archived_until: row.archived_until,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new contract; its milestones follow in the transaction.
pub async fn insert(conn: &mut PgConnection, contract: &Contract) -> Result<()> {
    sqlx::query(
        "INSERT INTO contracts (id, trace_id, tender_id, award_id, need_id, fund_id,
             organization_id, community_id, division_code, amount_fen, quantity, state, version,
             signed_at, ends_on, archived_until, updated_at, commission_id, social_worker_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19)",
    )
    .bind(contract.id.as_uuid())
    .bind(contract.trace_id.as_uuid())
    .bind(contract.tender_id.map(|id| id.as_uuid()))
    .bind(contract.award_id.map(|id| id.as_uuid()))
    .bind(contract.need_id.as_uuid())
    .bind(contract.fund_id.as_uuid())
    .bind(contract.organization_id.map(|id| id.as_uuid()))
    .bind(contract.community_id.as_uuid())
    .bind(contract.division_code.as_str())
    .bind(contract.amount.get())
    .bind(contract.quantity)
    .bind(contract.state.as_str())
    .bind(contract.version)
    .bind(contract.signed_at)
    .bind(contract.ends_on)
    .bind(contract.archived_until)
    .bind(contract.updated_at)
    .bind(contract.commission_id.map(|id| id.as_uuid()))
    .bind(contract.social_worker_id.map(|id| id.as_uuid()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the state; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, contract: &mut Contract) -> Result<()> {
    let done = sqlx::query(
        "UPDATE contracts SET state = $3, updated_at = $4, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(contract.id.as_uuid())
    .bind(contract.version)
    .bind(contract.state.as_str())
    .bind(contract.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    contract.version += 1;
    Ok(())
}

/// The contract of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: ContractId) -> Result<Option<Contract>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contracts WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Contract::try_from).transpose()
}

/// Many contracts in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[ContractId],
) -> Result<HashMap<ContractId, Contract>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contracts WHERE id = ANY ($1)"
    ))
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Contract::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of contracts, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &ContractFilter,
    page: &Page,
) -> Result<Vec<Contract>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM contracts WHERE TRUE"));
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    if let Some(organization) = filter.organization_id {
        query
            .push(" AND organization_id = ")
            .push_bind(organization.as_uuid());
    }
    if let Some(day) = filter.overdue_on {
        query
            .push(" AND state = 'PERFORMING' AND prc_runs_until(id) < ")
            .push_bind(day);
    }
    below(&mut query, filter.below.as_ref());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Contract::try_from).collect()
}

/// The contracts of many tenders.
pub async fn load_many_by_tender(
    conn: &mut PgConnection,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Contract>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contracts WHERE tender_id = ANY ($1)"
    ))
    .bind(uuids(tenders))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .filter_map(|row| match Contract::try_from(row) {
            Ok(one) => one.tender_id.map(|tender| Ok((tender, one))),
            Err(error) => Some(Err(error)),
        })
        .collect()
}
