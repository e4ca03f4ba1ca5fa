//! 公示异议 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{grouped, uuids};
use crate::domain::{
    venture_application::VentureApplicationId,
    venture_objection::{VentureObjection, VentureObjectionId},
    venture_round::VentureRoundId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    round_id: Uuid,
    application_id: Option<Uuid>,
    text: String,
    raised_by: String,
    raised_at: DateTime<Utc>,
    state: String,
    version: i32,
    answer: Option<String>,
    answered_by: Option<String>,
    answered_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, round_id, application_id, text, raised_by, raised_at, state, version, answer,
         answered_by, answered_at"
    };
}

impl TryFrom<Row> for VentureObjection {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |_| Error::inconsistent("venture_objections", "state", row.id);
        Ok(Self {
            id: VentureObjectionId::from_uuid(row.id),
            round_id: VentureRoundId::from_uuid(row.round_id),
            application_id: row.application_id.map(VentureApplicationId::from_uuid),
            text: row.text,
            raised_by: row.raised_by,
            raised_at: row.raised_at,
            state: row.state.parse().map_err(bad)?,
            version: row.version,
            answer: row.answer,
            answered_by: row.answered_by,
            answered_at: row.answered_at,
        })
    }
}

/// Writes a new objection.
pub async fn insert(conn: &mut PgConnection, one: &VentureObjection) -> Result<()> {
    sqlx::query(
        "INSERT INTO venture_objections
             (id, round_id, application_id, text, raised_by, raised_at, state, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(one.id.as_uuid())
    .bind(one.round_id.as_uuid())
    .bind(one.application_id.map(|id| id.as_uuid()))
    .bind(&one.text)
    .bind(&one.raised_by)
    .bind(one.raised_at)
    .bind(one.state.as_str())
    .bind(one.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the answer; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, one: &mut VentureObjection) -> Result<()> {
    let done = sqlx::query(
        "UPDATE venture_objections SET state = $3, answer = $4, answered_by = $5,
             answered_at = $6, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(one.id.as_uuid())
    .bind(one.version)
    .bind(one.state.as_str())
    .bind(&one.answer)
    .bind(&one.answered_by)
    .bind(one.answered_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    one.version += 1;
    Ok(())
}

/// The objection of an id.
pub async fn find(
    conn: &mut PgConnection,
    id: VentureObjectionId,
) -> Result<Option<VentureObjection>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM venture_objections WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(VentureObjection::try_from).transpose()
}

/// The objections to many rounds, oldest first.
pub async fn load_many_by_round(
    conn: &mut PgConnection,
    rounds: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureObjection>>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM venture_objections WHERE round_id = ANY ($1) ORDER BY id"
    ))
    .bind(uuids(rounds))
    .fetch_all(conn)
    .await?;
    let found: Result<Vec<VentureObjection>> =
        rows.into_iter().map(VentureObjection::try_from).collect();
    Ok(grouped(found?, |one| one.round_id))
}
