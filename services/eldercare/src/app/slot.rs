//! 时段: opened and cancelled by whoever runs the facility, known to all.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, refuse};
use kit::{audit, auth::Caller, events};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::facility;
use crate::{
    domain::slot::{OpenSlot, Slot, SlotFilter, SlotId, SlotState},
    error::Result,
    state::State,
    store,
};

/// Opens a slot of a room.
pub async fn open(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: OpenSlot,
) -> Result<Slot> {
    const ACTION: &str = "openSlot";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let facility = store::facility::find_of_room(&mut tx, input.room_id)
        .await?
        .ok_or_else(unknown_room)?;
    let asked = facility::resource(&facility);
    state.core.authorize(caller, ACTION, &asked)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    input.check(now)?;
    let slot = Slot {
        id: SlotId::new(&state.core.ids),
        room_id: input.room_id,
        facility_id: facility.id,
        starts_at: input.starts_at,
        ends_at: input.ends_at,
        capacity: input.capacity,
        booked: 0,
        waiting: 0,
        state: SlotState::Open,
        cancel_reason: None,
        version: 1,
        opened_at: now,
        updated_at: now,
    };
    store::slot::insert(&mut tx, &slot).await.map_err(|error| {
        let field = match error.reason() {
            "SLOT_OVERLAP" => "input.startsAt",
            _ => "input.capacity",
        };
        error.at(field)
    })?;
    let entry =
        audit::Entry::write(caller, ACTION, &asked, now).detail(json!({ "slot_id": slot.id }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(slot).await
}

/// Which slot does not take place, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelSlot {
    pub slot_id: SlotId,
    pub reason: String,
}

/// Cancels a slot, and with it all its bookings.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: CancelSlot,
) -> Result<Slot> {
    const ACTION: &str = "cancelSlot";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let slot = store::slot::lock(&mut tx, input.slot_id)
        .await?
        .ok_or_else(unknown)?;
    let facility = store::facility::load_many(&mut tx, &[slot.facility_id])
        .await?
        .remove(&slot.facility_id)
        .ok_or_else(facility::unknown)?;
    let asked = facility::resource(&facility);
    state.core.authorize(caller, ACTION, &asked)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let mut cancelled = slot;
    cancelled.cancel(&input.reason, now)?;
    for mut booking in store::booking::lock_open_of_slot(&mut tx, cancelled.id).await? {
        booking.cancel(&input.reason, now)?;
        store::booking::update(&mut tx, &mut booking).await?;
        events::append(&mut tx, &super::booking::told(&booking)).await?;
    }
    store::slot::update(&mut tx, &mut cancelled).await?;
    (cancelled.booked, cancelled.waiting) = (0, 0);
    let entry = audit::Entry::write(caller, ACTION, &asked, now)
        .detail(json!({ "slot_id": cancelled.id, "reason": input.reason }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(cancelled).await
}

/// Slots are public: how many places there are, not whose.
pub async fn load_many(state: &State, ids: &[SlotId]) -> Result<HashMap<SlotId, Slot>> {
    store::slot::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of slots, those first that begin first.
pub async fn list(state: &State, filter: &SlotFilter, page: &Page) -> Result<Paged<Slot>> {
    let rows = store::slot::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

fn unknown_room() -> kit::Error {
    refuse!(
        NotFound,
        "ROOM_NOT_FOUND",
        field: "input.roomId",
        zh: "没有这个房间",
        en: "there is no such room",
    )
    .into()
}

/// There is no such slot.
pub(super) fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "SLOT_NOT_FOUND",
        field: "input.slotId",
        zh: "没有这个时段",
        en: "there is no such slot",
    )
    .into()
}
