//! 预约: asked for by the elder or staff, confirmed as places are there, in the
//! order of asking.

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Page, Paged, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    events,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::{elder, facility, slot};
use crate::{
    domain::{
        booking::{Booking, BookingFilter, BookingId, BookingState},
        slot::SlotId,
    },
    error::Result,
    state::State,
    store,
};

fn resource(booking: &Booking) -> Resource {
    Resource::new("Booking", booking.id)
        .in_division(booking.division_code)
        .owned_by(booking.elder_id.as_uuid())
        .of_organization(booking.organization_id.map(|id| id.as_uuid()))
}

/// Who asks for a place in which slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BookSlot {
    pub slot_id: SlotId,
    pub elder_id: ResidentId,
}

/// Books a place, or a place in the line where none is left.
pub async fn book(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: BookSlot,
) -> Result<Booking> {
    const ACTION: &str = "bookSlot";
    let elder = elder::known(state, caller, ACTION, input.elder_id).await?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    if store::resident::is_deceased(&mut tx, input.elder_id).await? {
        return Err(super::resident::deceased());
    }
    let slot = store::slot::lock(&mut tx, input.slot_id)
        .await?
        .ok_or_else(slot::unknown)?;
    slot.check_before(now)
        .map_err(|refusal| kit::Error::from(refusal).at("input.slotId"))?;
    let facility = store::facility::load_many(&mut tx, &[slot.facility_id])
        .await?
        .remove(&slot.facility_id)
        .ok_or_else(facility::unknown)?;
    let own = caller.actor.resident_id == Some(input.elder_id.as_uuid());
    let booking = Booking {
        id: BookingId::new(&state.core.ids),
        slot_id: slot.id,
        elder_id: elder.resident_id,
        division_code: elder.division_code,
        organization_id: facility.organization_id,
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        state: BookingState::Waiting,
        cancel_reason: None,
        channel: caller.channel.as_str().to_owned(),
        assisted_by: caller
            .assisted_by
            .clone()
            .or_else(|| (!own).then(|| caller.actor.subject.clone())),
        version: 1,
        asked_at: now,
        booked_at: None,
        updated_at: now,
    };
    store::booking::insert(&mut tx, &booking)
        .await
        .map_err(|error| error.at("input.slotId"))?;
    promote(&mut tx, slot.id, now).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&booking), now);
    audit::append(&mut tx, &entry).await?;
    let booking = store::booking::find(&mut tx, booking.id)
        .await?
        .ok_or_else(unknown)?;
    tx.answer(booking).await
}

/// Those who wait longest take the places that are left; whoever is elsewhere
/// at that time keeps waiting.
async fn promote(conn: &mut PgConnection, id: SlotId, now: DateTime<Utc>) -> Result<()> {
    loop {
        let slots = store::slot::load_many(conn, &[id]).await?;
        if slots.get(&id).is_none_or(|slot| slot.vacancy() < 1) {
            return Ok(());
        }
        let Some(mut next) = store::booking::lock_next_waiting(conn, id).await? else {
            return Ok(());
        };
        next.confirm(now)?;
        store::booking::update(conn, &mut next).await?;
        events::append(conn, &told(&next)).await?;
    }
}

/// Which booking, and why it is given up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelBooking {
    pub booking_id: BookingId,
    pub reason: String,
}

/// Gives a place back, or leaves the line; the next in line moves up.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: CancelBooking,
) -> Result<Booking> {
    const ACTION: &str = "cancelBooking";
    let operation = (ACTION, key);
    step(
        state,
        caller,
        operation,
        input.booking_id,
        &input,
        |booking, now| Ok(booking.cancel(&input.reason, now)?),
    )
    .await
}

/// Which booking, and whether they came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordAttendance {
    pub booking_id: BookingId,
    pub attended: bool,
}

/// Records who came, once the slot has begun.
pub async fn attend(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: RecordAttendance,
) -> Result<Booking> {
    const ACTION: &str = "recordAttendance";
    let operation = (ACTION, key);
    step(
        state,
        caller,
        operation,
        input.booking_id,
        &input,
        |booking, now| Ok(booking.attend(input.attended, now)?),
    )
    .await
}

async fn step(
    state: &State,
    caller: &Caller,
    (action, key): (&'static str, IdempotencyKey),
    id: BookingId,
    input: &impl Serialize,
    change: impl FnOnce(&mut Booking, DateTime<Utc>) -> Result<()>,
) -> Result<Booking> {
    caller.signed_in(action)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let known = store::booking::find(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    // The slot before its bookings, as where somebody books.
    store::slot::lock(&mut tx, known.slot_id)
        .await?
        .ok_or_else(slot::unknown)?;
    let mut booking = store::booking::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let asked = resource(&booking);
    state
        .core
        .authorize_seen(caller, (action, "readBooking"), &asked, unknown)?;
    if let Some(first) = tx.replay(action, &key, input, now).await? {
        return Ok(first);
    }
    change(&mut booking, now)?;
    store::booking::update(&mut tx, &mut booking).await?;
    events::append(&mut tx, &told(&booking)).await?;
    if booking.state == BookingState::Cancelled {
        promote(&mut tx, booking.slot_id, now).await?;
    }
    let entry = audit::Entry::write(caller, action, &asked, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(booking).await
}

/// The elder has died: their places go to others.
pub(super) async fn end(
    conn: &mut PgConnection,
    elder: ResidentId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    for known in store::booking::list_open_of_elder(conn, elder, now).await? {
        store::slot::lock(conn, known.slot_id).await?;
        let Some(mut booking) = store::booking::lock(conn, known.id).await? else {
            continue;
        };
        booking.cancel(reason, now)?;
        store::booking::update(conn, &mut booking).await?;
        events::append(conn, &told(&booking)).await?;
        promote(conn, booking.slot_id, now).await?;
    }
    Ok(())
}

/// What the others are told of a booking.
pub(super) fn told(booking: &Booking) -> events::NewEvent {
    events::NewEvent {
        subject: match booking.state {
            BookingState::Waiting => "eldercare.booking.waiting",
            BookingState::Booked => "eldercare.booking.booked",
            BookingState::Cancelled => "eldercare.booking.cancelled",
            BookingState::Attended => "eldercare.booking.attended",
            BookingState::Absent => "eldercare.booking.absent",
        },
        aggregate: "booking",
        aggregate_id: booking.id.as_uuid(),
        trace_id: None,
        at: booking.updated_at,
        data: json!({
            "booking_id": booking.id,
            "slot_id": booking.slot_id,
            "elder_resident_id": booking.elder_id,
            "division_code": booking.division_code,
            "starts_at": booking.starts_at,
        }),
    }
}

/// A booking, where the caller may read it.
pub async fn find(state: &State, caller: &Caller, id: BookingId) -> Result<Option<Booking>> {
    let found = store::booking::find(&mut *state.core.db.read().await?, id).await?;
    Ok(found.filter(|booking| {
        let of = resource(booking);
        state
            .core
            .policies
            .allows(&caller.actor, "readBooking", &of)
    }))
}

/// How many wait before a booking that the caller has been shown.
pub async fn ahead(state: &State, id: BookingId) -> Result<Option<i64>> {
    store::booking::ahead(&mut *state.core.db.read().await?, id).await
}

/// A page of the bookings that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &BookingFilter,
    page: &Page,
) -> Result<Paged<Booking>> {
    let actor = &caller.actor;
    let mut scope = actor.scope(elder::READERS).or_own(actor);
    if actor.is(Role::OrgManager) {
        scope = scope.or_organization(actor);
    }
    let mut conn = state.core.db.read().await?;
    let rows = store::booking::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The booking is not there, or not for this caller.
fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "BOOKING_NOT_FOUND",
        zh: "没有这项预约,或您无权处理",
        en: "there is no such booking, or it is not for you",
    )
    .into()
}
