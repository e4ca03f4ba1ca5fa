//! The log of moves from state to state.

use std::collections::HashMap;

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

/// The moves of each, oldest first; the first two hundred.
pub async fn histories(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<StateChange>>> {
    type Row = (Uuid, String, String, Option<String>, String, DateTime<Utc>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT m.subject_id, m.from_state, m.to_state, m.reason, m.changed_by, m.changed_at
         FROM (SELECT DISTINCT unnest($1::uuid[]) AS id) AS thing
         CROSS JOIN LATERAL (SELECT * FROM state_changes
             WHERE subject_id = thing.id ORDER BY position LIMIT 200) AS m
         ORDER BY m.position",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<Uuid, Vec<StateChange>> = HashMap::new();
    for (id, from, to, reason, by, at) in rows {
        let change = StateChange {
            from,
            to,
            reason,
            by,
            at,
        };
        found.entry(id).or_default().push(change);
    }
    Ok(found)
}
