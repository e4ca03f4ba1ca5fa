//! The log of the states that things have been in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::moves::Change;

/// Which states each has been in, oldest first; the first two hundred.
pub async fn histories(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Change>>> {
    let rows: Vec<(Uuid, String, DateTime<Utc>)> = sqlx::query_as(
        "SELECT h.subject_id, h.state, h.at
         FROM (SELECT DISTINCT unnest($1::uuid[]) AS id) AS thing
         CROSS JOIN LATERAL (SELECT id, subject_id, state, at FROM state_history
             WHERE subject_id = thing.id ORDER BY id LIMIT 200) AS h
         ORDER BY h.id",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<Uuid, Vec<Change>> = HashMap::new();
    for (id, state, at) in rows {
        found.entry(id).or_default().push(Change { state, at });
    }
    Ok(found)
}
