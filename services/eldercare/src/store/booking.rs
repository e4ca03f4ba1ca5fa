//! 预约 in SQL.

use chrono::{DateTime, Utc};
use kernel::{
    Page,
    keys::{OrganizationId, ResidentId},
};
use kit::{
    auth::{Columns, Scope},
    error::{Error, Result},
    record,
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{
    booking::{Booking, BookingFilter, BookingId},
    slot::SlotId,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    slot_id: Uuid,
    elder_id: Uuid,
    division_code: String,
    organization_id: Option<Uuid>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    state: String,
    cancel_reason: Option<String>,
    channel: String,
    assisted_by: Option<String>,
    version: i32,
    asked_at: DateTime<Utc>,
    booked_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "id, slot_id, elder_id, division_code, organization_id, starts_at, ends_at, state,
         cancel_reason, channel, assisted_by, version, asked_at, booked_at, updated_at"
    };
}

impl TryFrom<Row> for Booking {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("bookings", column, row.id);
        Ok(Self {
            id: BookingId::from_uuid(row.id),
            slot_id: SlotId::from_uuid(row.slot_id),
            elder_id: ResidentId::from_uuid(row.elder_id),
            division_code: row
                .division_code
                .parse()
                .map_err(|_| bad("division_code"))?,
            organization_id: row.organization_id.map(OrganizationId::from_uuid),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            state: row.state.parse().map_err(|_| bad("state"))?,
            cancel_reason: row.cancel_reason,
            channel: row.channel,
            assisted_by: row.assisted_by,
            version: row.version,
            asked_at: row.asked_at,
            booked_at: row.booked_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new booking, at the end of the line.
pub async fn insert(conn: &mut PgConnection, booking: &Booking) -> Result<()> {
    sqlx::query(
        "INSERT INTO bookings (id, slot_id, elder_id, division_code, organization_id, starts_at,
             ends_at, state, channel, assisted_by, version, asked_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(booking.id.as_uuid())
    .bind(booking.slot_id.as_uuid())
    .bind(booking.elder_id.as_uuid())
    .bind(booking.division_code.as_str())
    .bind(booking.organization_id.map(|id| id.as_uuid()))
    .bind(booking.starts_at)
    .bind(booking.ends_at)
    .bind(booking.state.as_str())
    .bind(&booking.channel)
    .bind(&booking.assisted_by)
    .bind(booking.version)
    .bind(booking.asked_at)
    .bind(booking.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what may change; a version that moved meanwhile is a conflict.
pub async fn update(conn: &mut PgConnection, booking: &mut Booking) -> Result<()> {
    let done = sqlx::query(
        "UPDATE bookings SET state = $3, cancel_reason = $4, booked_at = $5, updated_at = $6,
             version = version + 1
         WHERE id = $1 AND version = $2",
    )
    .bind(booking.id.as_uuid())
    .bind(booking.version)
    .bind(booking.state.as_str())
    .bind(&booking.cancel_reason)
    .bind(booking.booked_at)
    .bind(booking.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() != 1 {
        return Err(Error::stale());
    }
    booking.version += 1;
    Ok(())
}

/// One booking.
pub async fn find(conn: &mut PgConnection, id: BookingId) -> Result<Option<Booking>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM bookings WHERE id = $1"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Booking::try_from).transpose()
}

/// A booking, locked until the end of the transaction; its slot is locked first.
pub async fn lock(conn: &mut PgConnection, id: BookingId) -> Result<Option<Booking>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM bookings WHERE id = $1 FOR UPDATE"
    ))
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Booking::try_from).transpose()
}

/// Whoever waits longest for a slot and is nowhere else at that time, locked.
pub async fn lock_next_waiting(conn: &mut PgConnection, slot: SlotId) -> Result<Option<Booking>> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM bookings b WHERE slot_id = $1 AND state = 'WAITING' AND NOT EXISTS (
             SELECT 1 FROM bookings o WHERE o.elder_id = b.elder_id AND o.during && b.during
             AND o.state IN ('BOOKED', 'ATTENDED'))
         ORDER BY queue LIMIT 1 FOR UPDATE"
    ))
    .bind(slot.as_uuid())
    .fetch_optional(conn)
    .await?;
    row.map(Booking::try_from).transpose()
}

/// All that is open of a slot, locked.
pub async fn lock_open_of_slot(conn: &mut PgConnection, slot: SlotId) -> Result<Vec<Booking>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM bookings WHERE slot_id = $1 AND state IN ('WAITING', 'BOOKED')
         ORDER BY queue FOR UPDATE"
    ))
    .bind(slot.as_uuid())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Booking::try_from).collect()
}

/// What an elder has booked or waits for from an instant on.
pub async fn list_open_of_elder(
    conn: &mut PgConnection,
    elder: ResidentId,
    from: DateTime<Utc>,
) -> Result<Vec<Booking>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM bookings WHERE elder_id = $1 AND state IN ('WAITING', 'BOOKED')
           AND starts_at > $2 ORDER BY id"
    ))
    .bind(elder.as_uuid())
    .bind(from)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Booking::try_from).collect()
}

/// How many wait for a slot before this booking; none where it does not wait.
pub async fn ahead(conn: &mut PgConnection, id: BookingId) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM bookings o
                 WHERE o.slot_id = b.slot_id AND o.state = 'WAITING' AND o.queue < b.queue)
         FROM bookings b WHERE b.id = $1 AND b.state = 'WAITING'",
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await?)
}

/// A page of bookings, newest first, within what the caller may see.
pub async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &BookingFilter,
    page: &Page,
) -> Result<Vec<Booking>> {
    let mut query: QueryBuilder<Postgres> =
        QueryBuilder::new(concat!("SELECT ", columns!(), " FROM bookings WHERE true"));
    let columns = Columns {
        division: "division_code",
        resident: Some("elder_id"),
        organization: Some("organization_id"),
    };
    scope.push_with(&mut query, &columns);
    if let Some(slot) = filter.slot {
        query.push(" AND slot_id = ").push_bind(slot.as_uuid());
    }
    if let Some(elder) = filter.elder {
        query.push(" AND elder_id = ").push_bind(elder.as_uuid());
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state.as_str());
    }
    record::newest_first(&mut query, page, "id")?;
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(Booking::try_from).collect()
}
