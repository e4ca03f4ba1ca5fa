//! 督导与评估 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::keys::{ContractId, ExpertId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::monitoring::{Monitoring, MonitoringId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contract_id: Uuid,
    kind: String,
    visited_on: NaiveDate,
    score: Option<i32>,
    findings: String,
    red_flag: bool,
    monitor_id: Uuid,
    recorded_at: DateTime<Utc>,
}

impl TryFrom<Row> for Monitoring {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |_| Error::inconsistent("contract_monitorings", "kind", row.id);
        Ok(Self {
            id: MonitoringId::from_uuid(row.id),
            contract_id: ContractId::from_uuid(row.contract_id),
            kind: row.kind.parse().map_err(bad)?,
            visited_on: row.visited_on,
            score: row.score,
            findings: row.findings,
            red_flag: row.red_flag,
            monitor_id: ExpertId::from_uuid(row.monitor_id),
            recorded_at: row.recorded_at,
        })
    }
}

/// Writes what was found.
pub async fn insert(conn: &mut PgConnection, one: &Monitoring) -> Result<()> {
    sqlx::query(
        "INSERT INTO contract_monitorings
             (id, contract_id, kind, visited_on, score, findings, red_flag, monitor_id, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(one.id.as_uuid())
    .bind(one.contract_id.as_uuid())
    .bind(one.kind.as_str())
    .bind(one.visited_on)
    .bind(one.score)
    .bind(&one.findings)
    .bind(one.red_flag)
    .bind(one.monitor_id.as_uuid())
    .bind(one.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What was found under many contracts, oldest first.
pub async fn load_many_by_contract(
    conn: &mut PgConnection,
    contracts: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Monitoring>>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, contract_id, kind, visited_on, score, findings, red_flag, monitor_id,
                recorded_at
         FROM contract_monitorings WHERE contract_id = ANY ($1) ORDER BY id",
    )
    .bind(uuids(contracts))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<Monitoring>> = rows.into_iter().map(Monitoring::try_from).collect();
    Ok(grouped(found?, |one| one.contract_id))
}

/// Whether an expert sat on the panel of a contract, now or before.
pub async fn sat_on_panel(
    conn: &mut PgConnection,
    contract: ContractId,
    expert: ExpertId,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM contracts c JOIN panel_members m ON m.tender_id = c.tender_id
         WHERE c.id = $1 AND m.expert_id = $2)",
    )
    .bind(contract.as_uuid())
    .bind(expert.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// Whether an expert is tied to the contractor, or of the buyer.
pub async fn is_tied(
    conn: &mut PgConnection,
    contract: ContractId,
    expert: ExpertId,
    on: NaiveDate,
) -> Result<bool> {
    Ok(
        sqlx::query_scalar("SELECT prc_tied_to_contractor($1, $2, $3)")
            .bind(contract.as_uuid())
            .bind(expert.as_uuid())
            .bind(on)
            .fetch_one(conn)
            .await?,
    )
}
