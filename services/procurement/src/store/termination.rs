//! 合同终止 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Fen, keys::ContractId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::termination::{Answer, Termination, TerminationId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contract_id: Uuid,
    ground: String,
    reason: String,
    document: Option<String>,
    proposed_side: String,
    proposed_by: String,
    proposed_at: DateTime<Utc>,
    answer_by: DateTime<Utc>,
    state: String,
    version: i32,
    agreed: Option<bool>,
    statement: Option<String>,
    answered_by: Option<String>,
    answered_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    released_fen: Option<i64>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, contract_id, ground, reason, document, proposed_side, proposed_by, proposed_at,
         answer_by, state, version, agreed, statement, answered_by, answered_at, ended_at,
         released_fen, updated_at"
    };
}

impl TryFrom<Row> for Termination {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("contract_terminations", column, row.id);
        let answer = match (row.agreed, row.answered_by, row.answered_at) {
            (Some(agreed), Some(by), Some(at)) => Some(Answer {
                agreed,
                statement: row.statement,
                by,
                at,
            }),
            _ => None,
        };
        Ok(Self {
            id: TerminationId::from_uuid(row.id),
            contract_id: ContractId::from_uuid(row.contract_id),
            ground: row.ground.parse().map_err(|_| bad("ground"))?,
            reason: row.reason,
            document: row.document,
            proposed_side: row
                .proposed_side
                .parse()
                .map_err(|_| bad("proposed_side"))?,
            proposed_by: row.proposed_by,
            proposed_at: row.proposed_at,
            answer_by: row.answer_by,
            state: row.state.parse().map_err(|_| bad("state"))?,
            version: row.version,
            answer,
            ended_at: row.ended_at,
            released: row.released_fen.map(Fen::new),
            updated_at: row.updated_at,
        })
    }
}

/// Writes what was proposed.
pub async fn insert(conn: &mut PgConnection, one: &Termination) -> Result<()> {
    sqlx::query(
        "INSERT INTO contract_terminations (id, contract_id, ground, reason, document,
             proposed_side, proposed_by, proposed_at, answer_by, state, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(one.id.as_uuid())
    .bind(one.contract_id.as_uuid())
    .bind(one.ground.as_str())
    .bind(&one.reason)
    .bind(&one.document)
    .bind(one.proposed_side.as_str())
    .bind(&one.proposed_by)
    .bind(one.proposed_at)
    .bind(one.answer_by)
    .bind(one.state.as_str())
    .bind(one.version)
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes answer and state; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut Termination) -> Result<()> {
    let answer = one.answer.as_ref();
    let done = sqlx::query(
        "UPDATE contract_terminations SET state = $3, agreed = $4, statement = $5,
             answered_by = $6, answered_at = $7, ended_at = $8, released_fen = $9,
             updated_at = $10, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(one.state.as_str())
    .bind(answer.map(|answer| answer.agreed))
    .bind(answer.and_then(|answer| answer.statement.as_deref()))
    .bind(answer.map(|answer| answer.by.as_str()))
    .bind(answer.map(|answer| answer.at))
    .bind(one.ended_at)
    .bind(one.released.map(Fen::get))
    .bind(one.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

/// The termination of an id.
pub async fn find(conn: &mut PgConnection, id: TerminationId) -> Result<Option<Termination>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contract_terminations WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Termination::try_from).transpose()
}

/// The terminations of many contracts, oldest first.
pub async fn load_many_by_contract(
    conn: &mut PgConnection,
    contracts: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Termination>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM contract_terminations WHERE contract_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(contracts))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<Termination>> = rows.into_iter().map(Termination::try_from).collect();
    Ok(grouped(found?, |one| one.contract_id))
}
