//! 公用办公桌, booked without overlap, and 下沉一线, day by day.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Page, Paged, keys::CommunityId};
use kit::{
    auth::{Caller, Resource},
    record::Wanted,
};
use serde::Serialize;
use serde_json::json;

use super::ask::{self, Ask, Only, Subject as _, first, subject};
use crate::{
    domain::{
        desk::{Desk, DeskBooking, DeskBookingId, DeskId, FieldTime, FieldTimeLog, check_minutes},
        premises::{Premises, PremisesId, check_period},
        words::check_words,
    },
    error::{Error, Result},
    state::State,
    store,
};

subject!(
    Desk,
    "Desk",
    "DESK_NOT_FOUND",
    "没有这张办公桌",
    "there is no such desk"
);
subject!(
    DeskBooking,
    "Desk",
    "DESK_BOOKING_NOT_FOUND",
    "没有这项预订",
    "there is no such booking"
);
subject!(
    FieldTimeLog,
    "Desk",
    "FIELD_TIME_NOT_FOUND",
    "没有这条记录",
    "there is no such record"
);

/// A desk to be shared.
#[derive(Clone, Debug, Serialize)]
pub struct Add {
    pub premises_id: PremisesId,
    pub label: String,
}

/// Adds a desk to premises.
pub async fn add(ask: &Ask<'_>, input: Add) -> Result<Desk> {
    let start = ask.lock::<Premises, _>("managePremises", input.premises_id, &input);
    let (mut open, premises) = first!(start.await?);
    let desk = Desk {
        id: open.id(),
        premises_id: premises.id,
        community_id: premises.community_id,
        division_code: premises.division_code,
        label: check_words("input.label", &input.label, 50)?,
    };
    open.insert(&desk).await.map_err(|error| {
        ask::said(
            error,
            "DESK_LABEL",
            "input.label",
            "已有同名办公桌",
            "there is a desk of this label",
        )
    })?;
    open.done(&premises.resource(), json!({ "desk": desk.label }), desk)
        .await
}

/// A desk for some hours.
#[derive(Clone, Debug, Serialize)]
pub struct Book {
    pub desk_id: DeskId,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// Books a desk for oneself.
pub async fn book(ask: &Ask<'_>, input: Book) -> Result<DeskBooking> {
    let desk: Desk = ask::get(ask.state, input.desk_id).await?;
    let mut open = first!(ask.open("bookDesk", &input, &desk.resource()).await?);
    if input.starts_at < open.now || input.ends_at <= input.starts_at {
        return Err(Error::invalid(
            "input.endsAt",
            "DESK_BOOKING_PERIOD",
            "预订须在将来,且结束晚于开始",
            "a booking begins in the future and ends after that",
        ));
    }
    let booking = DeskBooking {
        id: open.id(),
        desk_id: desk.id,
        community_id: desk.community_id,
        division_code: desk.division_code,
        booked_by: open.actor(),
        starts_at: input.starts_at,
        ends_at: input.ends_at,
        created_at: open.now,
        cancelled_at: None,
        version: 1,
    };
    open.insert(&booking).await.map_err(|error| {
        let error = ask::said(
            error,
            "DESK_BOOKED",
            "input.startsAt",
            "该办公桌在此时间已被预订",
            "the desk is taken at that time",
        );
        ask::said(
            error,
            "DESK_BOOKED_BY",
            "input.startsAt",
            "您在此时间已预订另一张办公桌",
            "you have another desk at that time",
        )
    })?;
    open.finish(booking).await
}

/// Cancels one's own booking.
pub async fn cancel(ask: &Ask<'_>, input: Only<DeskBookingId>) -> Result<DeskBooking> {
    let start = ask.lock::<DeskBooking, _>("bookDesk", input.id, &input);
    let (mut open, mut booking) = first!(start.await?);
    if booking.booked_by != open.actor() {
        return Err(Error::refused(
            "DESK_BOOKING_OF_OTHER",
            "只能取消自己的预订",
            "one cancels one's own booking",
        ));
    }
    if booking.cancelled_at.is_some() {
        return Err(Error::refused(
            "DESK_BOOKING_CANCELLED",
            "该预订已经取消",
            "the booking is cancelled already",
        ));
    }
    booking.cancelled_at = Some(open.now);
    open.update(&mut booking).await?;
    open.finish(booking).await
}

/// One's own day.
#[derive(Clone, Debug, Serialize)]
pub struct Log {
    pub community_id: CommunityId,
    pub day: NaiveDate,
    pub field_minutes: i32,
    pub total_minutes: i32,
    pub note: Option<String>,
}

/// Records one's own day, once.
pub async fn log(ask: &Ask<'_>, input: Log) -> Result<FieldTimeLog> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("Desk").in_division(community.division_code);
    let mut open = first!(ask.open("bookDesk", &input, &place).await?);
    check_minutes(input.field_minutes, input.total_minutes)?;
    if input.day > open.today() {
        return Err(Error::invalid(
            "input.day",
            "DATE_IN_FUTURE",
            "不能登记将来的日期",
            "the day is still to come",
        ));
    }
    let note = input.note.as_deref();
    let record = FieldTimeLog {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        staff: open.actor(),
        day: input.day,
        field_minutes: input.field_minutes,
        total_minutes: input.total_minutes,
        note: note
            .map(|note| check_words("input.note", note, 500))
            .transpose()?,
        recorded_at: open.now,
    };
    open.insert(&record).await.map_err(|error| {
        ask::said(
            error,
            "FIELD_TIME_DAY",
            "input.day",
            "这一天已经登记",
            "the day is recorded already",
        )
    })?;
    open.finish(record).await
}

/// Which bookings.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub desk_id: Option<DeskId>,
    pub community_id: Option<CommunityId>,
    pub division_code: Option<DivisionCode>,
    /// Only those that end after this instant and are not cancelled.
    pub after: Option<DateTime<Utc>>,
}

/// A page of bookings, so that one sees which desks are free.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<DeskBooking>> {
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("desk_id", filter.desk_id)
        .is("community_id", filter.community_id)
        .that("cancelled_at IS NULL AND ends_at > ", filter.after);
    ask::list(state, wanted, page).await
}

/// How much of the working time was among residents, within days.
pub async fn field_time(
    state: &State,
    community: CommunityId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<FieldTime> {
    check_period("until", from, until)?;
    let mut conn = state.core.db.read().await?;
    store::desk::field_time(&mut conn, community, (from, until)).await
}
