//! The log of moves from state to state.

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::moves::StateChange;

/// Keeps a move.
pub async fn insert(
    conn: &mut PgConnection,
    (noun, subject): (&'static str, Uuid),
    change: &StateChange,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO state_changes
             (noun, subject_id, from_state, to_state, reason, changed_by, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(noun)
    .bind(subject)
    .bind(&change.from)
    .bind(&change.to)
    .bind(&change.reason)
    .bind(&change.by)
    .bind(change.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The moves of a thing, oldest first.
pub async fn list_of(conn: &mut PgConnection, subject: Uuid) -> Result<Vec<StateChange>> {
    type Row = (String, String, Option<String>, String, DateTime<Utc>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT from_state, to_state, reason, changed_by, changed_at
         FROM state_changes WHERE subject_id = $1 ORDER BY position LIMIT 200",
    )
    .bind(subject)
    .fetch_all(conn)
    .await?;
    let change = |(from, to, reason, by, at)| StateChange {
        from,
        to,
        reason,
        by,
        at,
    };
    Ok(rows.into_iter().map(change).collect())
}
