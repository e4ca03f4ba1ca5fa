//! 督导 in SQL: sessions, and the ledger of hours.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{china_date, keys::SocialWorkerId};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Reading, one};
use crate::domain::supervision::{
    Supervision, SupervisionId, SupervisionSession, SupervisionSessionId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    supervision_id: Uuid,
    supervisee_id: Uuid,
    method: String,
    topic: String,
    state: String,
    planned_at: DateTime<Utc>,
    makes_up: Option<Uuid>,
    held_from: Option<DateTime<Utc>>,
    held_to: Option<DateTime<Utc>>,
    missed_reason: Option<String>,
    returned_reason: Option<String>,
    supervisor_confirmed_at: Option<DateTime<Utc>>,
    supervisee_confirmed_at: Option<DateTime<Utc>>,
    version: i32,
    updated_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT id, supervision_id, supervisee_id, method, topic, state, planned_at,
    makes_up, held_from, held_to, missed_reason, returned_reason, supervisor_confirmed_at,
    supervisee_confirmed_at, version, updated_at FROM supervision_sessions";

impl TryFrom<Row> for SupervisionSession {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let read = Reading {
            table: "supervision_sessions",
            id: row.id,
        };
        Ok(Self {
            id: SupervisionSessionId::from_uuid(row.id),
            supervision_id: SupervisionId::from_uuid(row.supervision_id),
            supervisee_id: SocialWorkerId::from_uuid(row.supervisee_id),
            method: read.word("method", &row.method)?,
            topic: row.topic,
            state: read.word("state", &row.state)?,
            planned_at: row.planned_at,
            makes_up: row.makes_up.map(SupervisionSessionId::from_uuid),
            held_from: row.held_from,
            held_to: row.held_to,
            missed_reason: row.missed_reason,
            returned_reason: row.returned_reason,
            supervisor_confirmed_at: row.supervisor_confirmed_at,
            supervisee_confirmed_at: row.supervisee_confirmed_at,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new session.
pub async fn insert(conn: &mut PgConnection, session: &SupervisionSession) -> Result<()> {
    sqlx::query(
        "INSERT INTO supervision_sessions (id, supervision_id, supervisee_id, method, topic, state,
             planned_at, makes_up, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
    )
    .bind(session.id.as_uuid())
    .bind(session.supervision_id.as_uuid())
    .bind(session.supervisee_id.as_uuid())
    .bind(session.method.as_str())
    .bind(&session.topic)
    .bind(session.state.as_str())
    .bind(session.planned_at)
    .bind(session.makes_up.map(|id| id.as_uuid()))
    .bind(session.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes where a session stands, and its sealed record where it is given.
pub async fn update(
    conn: &mut PgConnection,
    session: &mut SupervisionSession,
    record: Option<&[u8]>,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE supervision_sessions SET state = $3, held_from = $4, held_to = $5,
             missed_reason = $6, returned_reason = $7, supervisor_confirmed_at = $8,
             supervisee_confirmed_at = $9, record_enc = coalesce($10, record_enc), updated_at = $11,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(session.id.as_uuid())
    .bind(session.version)
    .bind(session.state.as_str())
    .bind(session.held_from)
    .bind(session.held_to)
    .bind(&session.missed_reason)
    .bind(&session.returned_reason)
    .bind(session.supervisor_confirmed_at)
    .bind(session.supervisee_confirmed_at)
    .bind(record)
    .bind(session.updated_at)
    .execute(conn)
    .await?;
    one(&done)?;
    session.version += 1;
    Ok(())
}

/// Puts a session both confirmed into the ledger.
pub async fn count(
    conn: &mut PgConnection,
    supervision: &Supervision,
    session: &SupervisionSession,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO supervision_hours (session_id, supervisor_id, supervisee_id, division_code,
             held_on, minutes, counted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(session.id.as_uuid())
    .bind(supervision.supervisor_id.as_uuid())
    .bind(supervision.supervisee_id.as_uuid())
    .bind(supervision.division_code.as_str())
    .bind(session.held_from.map(china_date))
    .bind(session.minutes().and_then(|it| i32::try_from(it).ok()))
    .bind(session.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A session, locked until the end of the transaction.
pub async fn lock(
    conn: &mut PgConnection,
    id: SupervisionSessionId,
) -> Result<Option<SupervisionSession>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE id = ")
        .push_bind(id.as_uuid())
        .push(" FOR UPDATE");
    let row: Option<Row> = query.build_query_as().fetch_optional(conn).await?;
    row.map(SupervisionSession::try_from).transpose()
}

/// The sealed record of a session.
pub async fn find_record(
    conn: &mut PgConnection,
    id: SupervisionSessionId,
) -> Result<Option<Vec<u8>>> {
    Ok(
        sqlx::query_scalar("SELECT record_enc FROM supervision_sessions WHERE id = $1")
            .bind(id.as_uuid())
            .fetch_one(conn)
            .await?,
    )
}

/// The sessions of many supervisions, newest first.
pub async fn load_many_of(
    conn: &mut PgConnection,
    ids: &[SupervisionId],
) -> Result<HashMap<SupervisionId, Vec<SupervisionSession>>> {
    let ids: Vec<Uuid> = ids.iter().map(SupervisionId::as_uuid).collect();
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(SELECT);
    query
        .push(" WHERE supervision_id = ANY (")
        .push_bind(ids)
        .push(") ORDER BY planned_at DESC");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    let mut found: HashMap<SupervisionId, Vec<SupervisionSession>> = HashMap::new();
    for row in rows {
        let session = SupervisionSession::try_from(row)?;
        found
            .entry(session.supervision_id)
            .or_default()
            .push(session);
    }
    Ok(found)
}
