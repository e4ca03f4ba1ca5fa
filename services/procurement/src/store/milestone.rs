//! 合同节点与服务对象签字 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen,
    keys::{ContractId, MilestoneId, OrganizationId, ResidentId},
};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::milestone::{Milestone, Signature};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contract_id: Uuid,
    seq: i32,
    title: String,
    units: i64,
    percent: i32,
    amount_fen: i64,
    state: String,
    version: i32,
    note: Option<String>,
    delivered_units: Option<i64>,
    submitted_at: Option<DateTime<Utc>>,
    accepted_at: Option<DateTime<Utc>>,
    accepted_by: Option<String>,
    accepted_by_organization: Option<Uuid>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, contract_id, seq, title, units, percent, amount_fen, state, version, note,
         delivered_units, submitted_at, accepted_at, accepted_by, accepted_by_organization,
         updated_at"
    };
}

impl TryFrom<Row> for Milestone {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |_| Error::inconsistent("milestones", "state", row.id);
        Ok(Self {
            id: MilestoneId::from_uuid(row.id),
            contract_id: ContractId::from_uuid(row.contract_id),
            seq: row.seq,
            state: row.state.parse().map_err(bad)?,
            title: row.title,
            units: row.units,
            percent: row.percent,
            amount: Fen::new(row.amount_fen),
            version: row.version,
            note: row.note,
            delivered_units: row.delivered_units,
            submitted_at: row.submitted_at,
            accepted_at: row.accepted_at,
            accepted_by: row.accepted_by,
            accepted_by_organization: row.accepted_by_organization.map(OrganizationId::from_uuid),
            updated_at: row.updated_at,
        })
    }
}

/// Writes the milestones of a new contract.
pub async fn insert_all(conn: &mut PgConnection, milestones: &[Milestone]) -> Result<()> {
    for one in milestones {
        sqlx::query(
            "INSERT INTO milestones (id, contract_id, seq, title, units, percent, amount_fen,
                 state, version, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(one.id.as_uuid())
        .bind(one.contract_id.as_uuid())
        .bind(one.seq)
        .bind(&one.title)
        .bind(one.units)
        .bind(one.percent)
        .bind(one.amount.get())
        .bind(one.state.as_str())
        .bind(one.version)
        .bind(one.updated_at)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, milestone: &mut Milestone) -> Result<()> {
    let done = sqlx::query(
        "UPDATE milestones SET state = $3, note = $4, delivered_units = $5, submitted_at = $6,
             accepted_at = $7, accepted_by = $8, accepted_by_organization = $9, updated_at = $10,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(milestone.id.as_uuid())
    .bind(milestone.version)
    .bind(milestone.state.as_str())
    .bind(&milestone.note)
    .bind(milestone.delivered_units)
    .bind(milestone.submitted_at)
    .bind(milestone.accepted_at)
    .bind(&milestone.accepted_by)
    .bind(milestone.accepted_by_organization.map(|id| id.as_uuid()))
    .bind(milestone.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    milestone.version += 1;
    Ok(())
}

/// The milestone of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: MilestoneId) -> Result<Option<Milestone>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM milestones WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Milestone::try_from).transpose()
}

/// Many milestones in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[MilestoneId],
) -> Result<HashMap<MilestoneId, Milestone>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM milestones WHERE id = ANY ($1)"
    ))
    .bind(uuids(ids))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Milestone::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// The milestones of many contracts, in their order.
pub async fn load_many_by_contract(
    conn: &mut PgConnection,
    contracts: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Milestone>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM milestones WHERE contract_id = ANY ($1) ORDER BY seq"
    ))
    .bind(uuids(contracts))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<Milestone>> = rows.into_iter().map(Milestone::try_from).collect();
    Ok(grouped(found?, |one| one.contract_id))
}

/// Writes a recipient's signature; a second one of a person is refused by the key as well.
pub async fn insert_signature(conn: &mut PgConnection, signature: &Signature) -> Result<()> {
    sqlx::query(
        "INSERT INTO acceptance_signatures
             (milestone_id, resident_id, satisfied, comment, entered_by, on_paper, signed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(signature.milestone_id.as_uuid())
    .bind(signature.resident_id.as_uuid())
    .bind(signature.satisfied)
    .bind(&signature.comment)
    .bind(&signature.entered_by)
    .bind(signature.on_paper)
    .bind(signature.signed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a recipient has signed for a milestone.
pub async fn has_signed(
    conn: &mut PgConnection,
    milestone: MilestoneId,
    resident: ResidentId,
) -> Result<bool> {
    let signed = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM acceptance_signatures
         WHERE milestone_id = $1 AND resident_id = $2)",
    )
    .bind(milestone.as_uuid())
    .bind(resident.as_uuid())
    .fetch_one(conn)
    .await?;
    Ok(signed)
}

#[derive(sqlx::FromRow)]
struct SignatureRow {
    milestone_id: Uuid,
    resident_id: Uuid,
    satisfied: bool,
    comment: Option<String>,
    entered_by: String,
    on_paper: bool,
    signed_at: DateTime<Utc>,
}

/// The columns of [`SignatureRow`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! signature_columns {
    () => {
        "milestone_id, resident_id, satisfied, comment, entered_by, on_paper, signed_at"
    };
}

/// The signatures under many milestones, oldest first.
pub async fn load_signatures(
    conn: &mut PgConnection,
    milestones: &[MilestoneId],
) -> Result<HashMap<MilestoneId, Vec<Signature>>> {
    let rows: Vec<SignatureRow> = sqlx::query_as(concat!(
        "SELECT ",
        signature_columns!(),
        " FROM acceptance_signatures WHERE milestone_id = ANY ($1)
         ORDER BY signed_at, resident_id"
    ))
    .bind(uuids(milestones))
    .fetch_all(conn)
    .await?;
    let signatures = rows.into_iter().map(|row| Signature {
        milestone_id: MilestoneId::from_uuid(row.milestone_id),
        resident_id: ResidentId::from_uuid(row.resident_id),
        satisfied: row.satisfied,
        comment: row.comment,
        entered_by: row.entered_by,
        on_paper: row.on_paper,
        signed_at: row.signed_at,
    });
    Ok(grouped(signatures, |one| one.milestone_id))
}
