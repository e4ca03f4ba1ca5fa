//! 网格事件 in SQL.

pub mod deferral;
pub mod notice;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{GridCode, keys::ResidentId};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    event::{Event, EventId},
    patrol_task::PatrolTaskId,
};

pub use list::*;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    number: String,
    class_code: String,
    source: String,
    division_code: String,
    grid_code: Option<String>,
    location: String,
    description: String,
    resident_id: Option<Uuid>,
    external_reference: Option<String>,
    patrol_task_id: Option<Uuid>,
    reported_by: String,
    channel: String,
    assisted_by: Option<String>,
    state: String,
    handler_subject: Option<String>,
    handler_name: Option<String>,
    outcome: Option<String>,
    merged_into: Option<Uuid>,
    reworks: i32,
    reported_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    step_due_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    verified_by: Option<String>,
    stars: Option<i32>,
    rating_note: Option<String>,
    version: i32,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, number, class_code, source, division_code, grid_code, location, description,
         resident_id, external_reference, patrol_task_id, reported_by, channel, assisted_by,
         state, handler_subject, handler_name, outcome, merged_into, reworks, reported_at,
         due_at, step_due_at, closed_at, verified_by, stars, rating_note, version, updated_at"
    };
}

mod list;

impl TryFrom<Row> for Event {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("events", column, row.id);
        Ok(Self {
            id: EventId::from_uuid(row.id),
            number: row.number,
            class_code: row.class_code,
            source: row.source.parse().map_err(|_| bad("source"))?,
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            grid_code: row
                .grid_code
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| bad("grid_code"))?,
            location: row.location,
            description: row.description,
            resident_id: row.resident_id.map(ResidentId::from_uuid),
            external_reference: row.external_reference,
            patrol_task_id: row.patrol_task_id.map(PatrolTaskId::from_uuid),
            reported_by: row.reported_by,
            channel: row.channel,
            assisted_by: row.assisted_by,
            state: row.state.parse().map_err(|_| bad("state"))?,
            handler_subject: row.handler_subject,
            handler_name: row.handler_name,
            outcome: row.outcome,
            merged_into: row.merged_into.map(EventId::from_uuid),
            reworks: row.reworks,
            reported_at: row.reported_at,
            due_at: row.due_at,
            step_due_at: row.step_due_at,
            closed_at: row.closed_at,
            verified_by: row.verified_by,
            stars: row.stars,
            rating_note: row.rating_note,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new one.
pub async fn insert(conn: &mut PgConnection, event: &Event) -> Result<()> {
    sqlx::query(
        "INSERT INTO events (id, number, class_code, source, division_code, grid_code, location, description,
             resident_id, external_reference, patrol_task_id, reported_by, channel, assisted_by,
             state, handler_subject, handler_name, outcome, merged_into, reworks, reported_at,
             due_at, step_due_at, closed_at, verified_by, stars, rating_note, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)",
    )
    .bind(event.id.as_uuid())
    .bind(&event.number)
    .bind(&event.class_code)
    .bind(event.source.as_str())
    .bind(event.division_code.as_str())
    .bind(event.grid_code.as_ref().map(GridCode::as_str))
    .bind(&event.location)
    .bind(&event.description)
    .bind(event.resident_id.map(|id| id.as_uuid()))
    .bind(&event.external_reference)
    .bind(event.patrol_task_id.map(|id| id.as_uuid()))
    .bind(&event.reported_by)
    .bind(&event.channel)
    .bind(&event.assisted_by)
    .bind(event.state.as_str())
    .bind(&event.handler_subject)
    .bind(&event.handler_name)
    .bind(&event.outcome)
    .bind(event.merged_into.map(|id| id.as_uuid()))
    .bind(event.reworks)
    .bind(event.reported_at)
    .bind(event.due_at)
    .bind(event.step_due_at)
    .bind(event.closed_at)
    .bind(&event.verified_by)
    .bind(event.stars)
    .bind(&event.rating_note)
    .bind(event.version)
    .bind(event.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, event: &mut Event) -> Result<()> {
    let done = sqlx::query(
        "UPDATE events SET state = $3, handler_subject = $4, handler_name = $5, outcome = $6,
             merged_into = $7, reworks = $8, due_at = $9, step_due_at = $10, closed_at =
             $11, verified_by = $12, stars = $13, rating_note = $14, updated_at = $15,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(event.id.as_uuid())
    .bind(event.version)
    .bind(event.state.as_str())
    .bind(&event.handler_subject)
    .bind(&event.handler_name)
    .bind(&event.outcome)
    .bind(event.merged_into.map(|id| id.as_uuid()))
    .bind(event.reworks)
    .bind(event.due_at)
    .bind(event.step_due_at)
    .bind(event.closed_at)
    .bind(&event.verified_by)
    .bind(event.stars)
    .bind(&event.rating_note)
    .bind(event.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    event.version += 1;
    Ok(())
}

/// The one of an id, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: EventId) -> Result<Option<Event>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM events WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Event::try_from).transpose()
}

/// Many in one statement; those that do not exist are left out.
pub async fn load_many(
    conn: &mut PgConnection,
    ids: &[EventId],
) -> Result<HashMap<EventId, Event>> {
    let ids: Vec<Uuid> = ids.iter().map(EventId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM events WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Event::try_from(row).map(|it| (it.id, it)))
        .collect()
}

/// The residents whose reports were merged into an event.
pub async fn merged_reporters(conn: &mut PgConnection, id: EventId) -> Result<Vec<ResidentId>> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT resident_id FROM events
         WHERE merged_into = $1 AND resident_id IS NOT NULL",
    )
    .bind(id.as_uuid())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ResidentId::from_uuid).collect())
}

/// The event of a number.
pub async fn find_by_number(conn: &mut PgConnection, number: &str) -> Result<Option<Event>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM events WHERE number = $1"
    ))
    .bind(number)
    .fetch_optional(conn)
    .await?;
    row.map(Event::try_from).transpose()
}

/// The next place in the sequence of numbers.
pub async fn next_serial(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT nextval('event_numbers')")
        .fetch_one(conn)
        .await?)
}
