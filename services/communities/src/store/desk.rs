//! 公用办公桌 and 下沉一线 in SQL.

use chrono::NaiveDate;
use kernel::keys::CommunityId;
use kit::{
    error::Result,
    record::{ids, part, record},
};
use sqlx::PgConnection;

use crate::domain::{
    desk::{Desk, DeskBooking, DeskBookingId, DeskId, FieldTime, FieldTimeLog, FieldTimeLogId},
    premises::PremisesId,
};

ids!(DeskId, DeskBookingId, FieldTimeLogId);
record!(
    Desk,
    DeskId,
    "desks",
    [id, premises_id, community_id, division_code, label]
);
part!(Desk, premises_id: PremisesId);
record!(
    DeskBooking,
    DeskBookingId,
    "desk_bookings",
    [
        id,
        desk_id,
        community_id,
        division_code,
        booked_by,
        starts_at,
        ends_at,
        created_at
    ],
    [cancelled_at]
);
record!(
    FieldTimeLog,
    FieldTimeLogId,
    "field_time_logs",
    [
        id,
        community_id,
        division_code,
        staff,
        day,
        field_minutes,
        total_minutes,
        note,
        recorded_at
    ]
);

/// The time of a community's staff among residents, within days.
pub async fn field_time(
    conn: &mut PgConnection,
    community: CommunityId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<FieldTime> {
    let (days, field_minutes, total_minutes) = sqlx::query_as(
        "SELECT count(*), coalesce(sum(field_minutes), 0), coalesce(sum(total_minutes), 0)
         FROM field_time_logs WHERE community_id = $1 AND day >= $2 AND day < $3",
    )
    .bind(community.as_uuid())
    .bind(from)
    .bind(until)
    .fetch_one(conn)
    .await?;
    Ok(FieldTime {
        days,
        field_minutes,
        total_minutes,
    })
}
