//! 延期 in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::event::{Deferral, DeferralId, EventId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    event_id: Uuid,
    reason: String,
    until: DateTime<Utc>,
    asked_by: String,
    asked_at: DateTime<Utc>,
    approved: Option<bool>,
    note: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<DateTime<Utc>>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, event_id, reason, until, asked_by, asked_at, approved, note, decided_by, decided_at"
    };
}

impl From<Row> for Deferral {
    fn from(row: Row) -> Self {
        Self {
            id: DeferralId::from_uuid(row.id),
            event_id: EventId::from_uuid(row.event_id),
            reason: row.reason,
            until: row.until,
            asked_by: row.asked_by,
            asked_at: row.asked_at,
            approved: row.approved,
            note: row.note,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
        }
    }
}

/// Writes what was asked.
pub async fn insert(conn: &mut PgConnection, deferral: &Deferral) -> Result<()> {
    sqlx::query(
        "INSERT INTO event_deferrals (id, event_id, reason, until, asked_by, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(deferral.id.as_uuid())
    .bind(deferral.event_id.as_uuid())
    .bind(&deferral.reason)
    .bind(deferral.until)
    .bind(&deferral.asked_by)
    .bind(deferral.asked_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what was decided, once.
pub async fn decide(conn: &mut PgConnection, deferral: &Deferral) -> Result<()> {
    let done = sqlx::query(
        "UPDATE event_deferrals SET approved = $2, note = $3, decided_by = $4, decided_at = $5
         WHERE id = $1 AND decided_at IS NULL",
    )
    .bind(deferral.id.as_uuid())
    .bind(deferral.approved)
    .bind(&deferral.note)
    .bind(&deferral.decided_by)
    .bind(deferral.decided_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    Ok(())
}

/// The one that waits for a decision.
pub async fn find_open(conn: &mut PgConnection, event: EventId) -> Result<Option<Deferral>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM event_deferrals WHERE event_id = $1 AND decided_at IS NULL FOR UPDATE"
    ))
    .bind(event.as_uuid())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Deferral::from))
}

/// The deferrals of events, in the order they were asked for.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[EventId],
) -> Result<HashMap<EventId, Vec<Deferral>>> {
    let ids: Vec<Uuid> = ids.iter().map(EventId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM event_deferrals WHERE event_id = ANY ($1) ORDER BY event_id, id"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<EventId, Vec<Deferral>> = HashMap::new();
    for row in rows {
        let deferral = Deferral::from(row);
        found.entry(deferral.event_id).or_default().push(deferral);
    }
    Ok(found)
}
