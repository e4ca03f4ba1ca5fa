//! 时段 in SQL. Places are counted by bookings, through the triggers of the
//! schema; this file never writes a count.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Direction, Page};
use kit::error::{Error, Result};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    facility::{FacilityId, RoomId},
    slot::{Slot, SlotFilter, SlotId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    room_id: Uuid,
    facility_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    capacity: i32,
    booked: i32,
    waiting: i32,
    state: String,
    cancel_reason: Option<String>,
    version: i32,
    opened_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, room_id, facility_id, starts_at, ends_at, capacity, booked, waiting, state,
         cancel_reason, version, opened_at, updated_at"
    };
}

impl TryFrom<Row> for Slot {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: SlotId::from_uuid(row.id),
            room_id: RoomId::from_uuid(row.room_id),
            facility_id: FacilityId::from_uuid(row.facility_id),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            capacity: row.capacity,
            booked: row.booked,
            waiting: row.waiting,
            state: row
                .state
                .parse()
                .map_err(|_| Error::inconsistent("slots", "state", row.id))?,
            cancel_reason: row.cancel_reason,
            version: row.version,
            opened_at: row.opened_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new slot; one that overlaps, or is too large, is refused by the
/// database.
pub async fn insert(conn: &mut PgConnection, slot: &Slot) -> Result<()> {
    sqlx::query(
        "INSERT INTO slots (id, room_id, facility_id, starts_at, ends_at, capacity, state,
             version, opened_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(slot.id.as_uuid())
    .bind(slot.room_id.as_uuid())
    .bind(slot.facility_id.as_uuid())
    .bind(slot.starts_at)
    .bind(slot.ends_at)
    .bind(slot.capacity)
    .bind(slot.state.as_str())
    .bind(slot.version)
    .bind(slot.opened_at)
    .bind(slot.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, slot: &mut Slot) -> Result<()> {
    let done = sqlx::query(
        "UPDATE slots SET state = $3, cancel_reason = $4, updated_at = $5, version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(slot.id.as_uuid())
    .bind(slot.version)
    .bind(slot.state.as_str())
    .bind(&slot.cancel_reason)
    .bind(slot.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    slot.version += 1;
    Ok(())
}

/// A slot, locked until the end of the transaction.
pub async fn lock(conn: &mut PgConnection, id: SlotId) -> Result<Option<Slot>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM slots WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Slot::try_from).transpose()
}

/// Many slots in one statement; those that do not exist are left out.
pub async fn load_many(conn: &mut PgConnection, ids: &[SlotId]) -> Result<HashMap<SlotId, Slot>> {
    let ids: Vec<Uuid> = ids.iter().map(SlotId::as_uuid).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM slots WHERE id = ANY ($1)"
    ))
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Slot::try_from(row).map(|one| (one.id, one)))
        .collect()
}

/// A page of slots, those first that begin first.
pub async fn list(conn: &mut PgConnection, filter: &SlotFilter, page: &Page) -> Result<Vec<Slot>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM slots WHERE true"));
    if let Some(facility) = filter.facility {
        query
            .push(" AND facility_id = ")
            .push_bind(facility.as_uuid());
    }
    if let Some(kind) = filter.kind {
        query
            .push(" AND room_id IN (SELECT r.id FROM rooms r WHERE r.kind = ")
            .push_bind(kind.as_str())
            .push(")");
    }
    if let Some(below) = filter.below {
        query
            .push(" AND facility_id IN (SELECT f.id FROM facilities f WHERE f.division_code LIKE ")
            .push_bind(format!("{}%", below.prefix()))
            .push(")");
    }
    if let Some(from) = filter.from {
        query.push(" AND starts_at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" AND starts_at < ").push_bind(until);
    }
    if filter.vacant {
        query.push(" AND state = 'OPEN' AND booked < capacity");
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" > ", " ORDER BY starts_at, id"),
        Direction::Backward => (" < ", " ORDER BY starts_at DESC, id DESC"),
    };
    if let Some((starts, id)) = page.keys::<(DateTime<Utc>, Uuid)>()? {
        query
            .push(" AND (starts_at, id)")
            .push(compare)
            .push("(")
            .push_bind(starts)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Slot::try_from).collect()
}
