//! 合同变更 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::keys::ContractId;
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::variation::{Variation, VariationId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contract_id: Uuid,
    content: String,
    reason: String,
    new_ends_on: Option<NaiveDate>,
    proposed_side: String,
    proposed_by: String,
    proposed_at: DateTime<Utc>,
    state: String,
    plan_version: Option<i32>,
    note: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, contract_id, content, reason, new_ends_on, proposed_side, proposed_by, proposed_at,
         state, plan_version, note, decided_by, decided_at"
    };
}

impl TryFrom<Row> for Variation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("contract_variations", column, row.id);
        Ok(Self {
            id: VariationId::from_uuid(row.id),
            contract_id: ContractId::from_uuid(row.contract_id),
            content: row.content,
            reason: row.reason,
            new_ends_on: row.new_ends_on,
            proposed_side: row
                .proposed_side
                .parse()
                .map_err(|_| bad("proposed_side"))?,
            proposed_by: row.proposed_by,
            proposed_at: row.proposed_at,
            state: row.state.parse().map_err(|_| bad("state"))?,
            plan_version: row.plan_version,
            note: row.note,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
        })
    }
}

/// Writes what is proposed.
pub async fn insert(conn: &mut PgConnection, one: &Variation) -> Result<()> {
    sqlx::query(
        "INSERT INTO contract_variations (id, contract_id, content, reason, new_ends_on,
             proposed_side, proposed_by, proposed_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(one.id.as_uuid())
    .bind(one.contract_id.as_uuid())
    .bind(&one.content)
    .bind(&one.reason)
    .bind(one.new_ends_on)
    .bind(one.proposed_side.as_str())
    .bind(&one.proposed_by)
    .bind(one.proposed_at)
    .bind(one.state.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the decision, once.
pub async fn decide(conn: &mut PgConnection, one: &Variation) -> Result<()> {
    let done = sqlx::query(
        "UPDATE contract_variations SET state = $2, plan_version = $3, note = $4, decided_by = $5,
             decided_at = $6
         WHERE id = $1 AND state = 'PROPOSED'",
    )
    .bind(one.id.as_uuid())
    .bind(one.state.as_str())
    .bind(one.plan_version)
    .bind(&one.note)
    .bind(&one.decided_by)
    .bind(one.decided_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// The variation of an id.
pub async fn find(conn: &mut PgConnection, id: VariationId) -> Result<Option<Variation>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contract_variations WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Variation::try_from).transpose()
}

/// The variations of many contracts, oldest first.
pub async fn load_many_by_contract(
    conn: &mut PgConnection,
    contracts: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Variation>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contract_variations WHERE contract_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(contracts))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<Variation>> = rows.into_iter().map(Variation::try_from).collect();
    Ok(grouped(found?, |one| one.contract_id))
}
