//! 办理过程 in SQL: append and read, nothing else.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::event::{EventId, EventState, Step};

#[derive(sqlx::FromRow)]
struct Row {
    event_id: Uuid,
    version: i32,
    from_state: Option<String>,
    to_state: String,
    at: DateTime<Utc>,
    actor: String,
    actor_name: Option<String>,
    note: Option<String>,
    channel: String,
    due_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Step {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("event_steps", column, row.event_id);
        Ok(Self {
            event_id: EventId::from_uuid(row.event_id),
            version: row.version,
            from_state: row
                .from_state
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| bad("from_state"))?,
            to_state: row.to_state.parse().map_err(|_| bad("to_state"))?,
            at: row.at,
            actor: row.actor,
            actor_name: row.actor_name,
            note: row.note,
            channel: row.channel,
            due_at: row.due_at,
        })
    }
}

/// Writes a move.
pub async fn insert(conn: &mut PgConnection, step: &Step) -> Result<()> {
    sqlx::query(
        "INSERT INTO event_steps (event_id, version, from_state, to_state, at, actor, actor_name,
             note, channel, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(step.event_id.as_uuid())
    .bind(step.version)
    .bind(step.from_state.map(EventState::as_str))
    .bind(step.to_state.as_str())
    .bind(step.at)
    .bind(&step.actor)
    .bind(&step.actor_name)
    .bind(&step.note)
    .bind(&step.channel)
    .bind(step.due_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whoever gave an event to its handler last.
pub async fn last_dispatcher(conn: &mut PgConnection, id: EventId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT actor FROM event_steps
         WHERE event_id = $1 AND to_state = 'DISPATCHED' AND from_state <> 'DISPATCHED'
         ORDER BY version DESC LIMIT 1",
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?)
}

/// The moves of events, in their order.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[EventId],
) -> Result<HashMap<EventId, Vec<Step>>> {
    let ids: Vec<Uuid> = ids.iter().map(EventId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT event_id, version, from_state, to_state, at, actor, actor_name, note, channel,
             due_at
         FROM event_steps WHERE event_id = ANY ($1) ORDER BY event_id, version",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut steps: HashMap<EventId, Vec<Step>> = HashMap::new();
    for row in rows {
        let step = Step::try_from(row)?;
        steps.entry(step.event_id).or_default().push(step);
    }
    Ok(steps)
}
