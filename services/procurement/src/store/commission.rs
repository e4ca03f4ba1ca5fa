//! 特定委托 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen, Page,
    keys::{
        CommunityId, ContractId, FundId, OrganizationId, ProcurementNeedId, SocialWorkerId, TraceId,
    },
};
use kit::{
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{below, grouped, uuids};
use crate::domain::{
    commission::{
        Commission, CommissionFilter, CommissionId, CommissionObjection, CommissionObjectionId,
        Commissioned,
    },
    criterion::PlannedMilestone,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    trace_id: Uuid,
    need_id: Uuid,
    community_id: Uuid,
    division_code: String,
    fund_id: Uuid,
    organization_id: Option<Uuid>,
    social_worker_id: Option<Uuid>,
    title: String,
    ground: String,
    reasons: String,
    continues_id: Option<Uuid>,
    amount_fen: i64,
    state: String,
    version: i32,
    published_by: String,
    published_at: DateTime<Utc>,
    objections_until: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    ended_reason: Option<String>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, trace_id, need_id, community_id, division_code, fund_id, organization_id,
         social_worker_id, title, ground, reasons, continues_id, amount_fen, state, version,
         published_by, published_at, objections_until, ended_at, ended_reason, updated_at"
    };
}

impl TryFrom<Row> for Commission {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("commissions", column, row.id);
        let organization = row.organization_id.map(OrganizationId::from_uuid);
        let worker = row.social_worker_id.map(SocialWorkerId::from_uuid);
        Ok(Self {
            id: CommissionId::from_uuid(row.id),
            trace_id: TraceId::from_uuid(row.trace_id),
            need_id: ProcurementNeedId::from_uuid(row.need_id),
            community_id: CommunityId::from_uuid(row.community_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            fund_id: FundId::from_uuid(row.fund_id),
            supplier: Commissioned::try_new(organization, worker)
                .map_err(|_| bad("organization_id"))?,
            title: row.title,
            ground: row.ground.parse().map_err(|_| bad("ground"))?,
            reasons: row.reasons,
            continues_id: row.continues_id.map(ContractId::from_uuid),
            amount: Fen::new(row.amount_fen),
            state: row.state.parse().map_err(|_| bad("state"))?,
            version: row.version,
            published_by: row.published_by,
            published_at: row.published_at,
            objections_until: row.objections_until,
            ended_at: row.ended_at,
            ended_reason: row.ended_reason,
            updated_at: row.updated_at,
        })
    }
}

/// Writes what is on show, and what it will pay for.
pub async fn insert(
    conn: &mut PgConnection,
    one: &Commission,
    plan: &[PlannedMilestone],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO commissions (id, trace_id, need_id, community_id, division_code, fund_id,
             organization_id, social_worker_id, title, ground, reasons, continues_id, amount_fen,
             state, version, published_by, published_at, objections_until, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19)",
    )
    .bind(one.id.as_uuid())
    .bind(one.trace_id.as_uuid())
    .bind(one.need_id.as_uuid())
    .bind(one.community_id.as_uuid())
    .bind(one.division_code.as_str())
    .bind(one.fund_id.as_uuid())
    .bind(one.supplier.organization().map(|id| id.as_uuid()))
    .bind(one.supplier.social_worker().map(|id| id.as_uuid()))
    .bind(&one.title)
    .bind(one.ground.as_str())
    .bind(&one.reasons)
    .bind(one.continues_id.map(|id| id.as_uuid()))
    .bind(one.amount.get())
    .bind(one.state.as_str())
    .bind(one.version)
    .bind(&one.published_by)
    .bind(one.published_at)
    .bind(one.objections_until)
    .bind(one.updated_at)
    .execute(&mut *conn)
    .await?;
    for (seq, planned) in (0_i32..).zip(plan) {
        sqlx::query(
            "INSERT INTO commission_milestones (commission_id, seq, title, units, percent)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(one.id.as_uuid())
        .bind(seq)
        .bind(&planned.title)
        .bind(planned.units)
        .bind(planned.percent)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes the state; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut Commission) -> Result<()> {
    let done = sqlx::query(
        "UPDATE commissions SET state = $3, ended_at = $4, ended_reason = $5, updated_at = $6,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(one.state.as_str())
    .bind(one.ended_at)
    .bind(&one.ended_reason)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

/// The commission of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: CommissionId) -> Result<Option<Commission>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM commissions WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Commission::try_from).transpose()
}

/// Many commissions; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[CommissionId],
) -> Result<HashMap<CommissionId, Commission>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM commissions WHERE id = ANY ($1)"
    ))
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Commission::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of commissions, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &CommissionFilter,
    page: &Page,
) -> Result<Vec<Commission>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM commissions WHERE TRUE"
    ));
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    below(&mut query, filter.below.as_ref());
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Commission::try_from).collect()
}

/// What was added to a contract so far.
pub async fn added(conn: &mut PgConnection, contract: ContractId) -> Result<Fen> {
    let fen: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(amount_fen), 0)::bigint FROM commissions
         WHERE continues_id = $1 AND state <> 'CANCELLED'",
    )
    .bind(contract.as_uuid())
    .fetch_one(conn)
    .await?;
    Ok(Fen::new(fen))
}

/// What a commission will pay for.
pub async fn plan(conn: &mut PgConnection, id: CommissionId) -> Result<Vec<PlannedMilestone>> {
    let rows: Vec<(String, i64, i32)> = sqlx::query_as(
        "SELECT title, units, percent FROM commission_milestones
         WHERE commission_id = $1 ORDER BY seq",
    )
    .bind(id.as_uuid())
    .fetch_all(conn)
    .await?;
    let planned = |(title, units, percent)| PlannedMilestone {
        title,
        units,
        percent,
    };
    Ok(rows.into_iter().map(planned).collect())
}

#[derive(sqlx::FromRow)]
struct ObjectionRow {
    id: Uuid,
    commission_id: Uuid,
    text: String,
    raised_by: String,
    raised_at: DateTime<Utc>,
    upheld: Option<bool>,
    answer: Option<String>,
    answered_by: Option<String>,
    answered_at: Option<DateTime<Utc>>,
}

impl From<ObjectionRow> for CommissionObjection {
    fn from(row: ObjectionRow) -> Self {
        Self {
            id: CommissionObjectionId::from_uuid(row.id),
            commission_id: CommissionId::from_uuid(row.commission_id),
            text: row.text,
            raised_by: row.raised_by,
            raised_at: row.raised_at,
            upheld: row.upheld,
            answer: row.answer,
            answered_by: row.answered_by,
            answered_at: row.answered_at,
        }
    }
}

/// Writes an objection.
pub async fn insert_objection(conn: &mut PgConnection, one: &CommissionObjection) -> Result<()> {
    sqlx::query(
        "INSERT INTO commission_objections (id, commission_id, text, raised_by, raised_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(one.id.as_uuid())
    .bind(one.commission_id.as_uuid())
    .bind(&one.text)
    .bind(&one.raised_by)
    .bind(one.raised_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the answer to an objection, once.
pub async fn answer_objection(conn: &mut PgConnection, one: &CommissionObjection) -> Result<()> {
    let done = sqlx::query(
        "UPDATE commission_objections SET upheld = $2, answer = $3, answered_by = $4,
             answered_at = $5
         WHERE id = $1 AND answer IS NULL",
    )
    .bind(one.id.as_uuid())
    .bind(one.upheld)
    .bind(&one.answer)
    .bind(&one.answered_by)
    .bind(one.answered_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// The columns of [`ObjectionRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! objection_columns {
    () => {
        "id, commission_id, text, raised_by, raised_at, upheld, answer, answered_by, answered_at"
    };
}

/// The objection of an id.
pub async fn find_objection(
    conn: &mut PgConnection,
    id: CommissionObjectionId,
) -> Result<Option<CommissionObjection>> {
    let row: Option<ObjectionRow> = sqlx::query_as(concat!(
        "SELECT ",
        objection_columns!(),
        " FROM commission_objections WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(CommissionObjection::from))
}

/// The objections to many commissions, oldest first.
pub async fn objections(
    conn: &mut PgConnection,
    ids: &[CommissionId],
) -> Result<HashMap<CommissionId, Vec<CommissionObjection>>> {
    let rows: Vec<ObjectionRow> = sqlx::query_as(concat!(
        "SELECT ",
        objection_columns!(),
        " FROM commission_objections WHERE commission_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    let found = rows.into_iter().map(CommissionObjection::from);
    Ok(grouped(found, |one| one.commission_id))
}
