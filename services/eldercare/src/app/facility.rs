//! 养老服务设施: opened by the community or civil affairs, known to all.

use std::collections::HashMap;

use kernel::{DivisionCode, IdempotencyKey, Page, Paged, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
};

use crate::{
    domain::facility::{AddRoom, Facility, FacilityId, OpenFacility, Room, RoomId},
    error::Result,
    state::State,
    store,
};

/// What a facility is to the policies.
pub(super) fn resource(facility: &Facility) -> Resource {
    Resource::new("Facility", facility.id)
        .in_division(facility.division_code)
        .of_organization(facility.organization_id.map(|id| id.as_uuid()))
}

/// Opens a facility.
pub async fn open(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: OpenFacility,
) -> Result<Facility> {
    const ACTION: &str = "openFacility";
    let asked = Resource::any("Facility").in_division(input.division_code);
    state.core.authorize(caller, ACTION, &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let input = input.check()?;
    let facility = Facility {
        id: FacilityId::new(&state.core.ids),
        organization_id: input.organization_id,
        division_code: input.division_code,
        name: input.name,
        capacity: input.capacity,
        rooms: Vec::new(),
        opened_by: caller.actor.subject.clone(),
        opened_at: now,
    };
    store::facility::insert(&mut tx, &facility)
        .await
        .map_err(|error| error.at("input.name"))?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&facility), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(facility).await
}

/// Adds a room to a facility.
pub async fn add_room(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: AddRoom,
) -> Result<Facility> {
    const ACTION: &str = "addRoom";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut facility = store::facility::load_many(&mut tx, &[input.facility_id])
        .await?
        .remove(&input.facility_id)
        .ok_or_else(unknown)?;
    let asked = resource(&facility);
    state.core.authorize(caller, ACTION, &asked)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let input = input.check()?;
    let room = Room {
        id: RoomId::new(&state.core.ids),
        facility_id: facility.id,
        kind: input.kind,
        name: input.name,
        capacity: input.capacity,
        added_at: now,
    };
    store::facility::insert_room(&mut tx, &room)
        .await
        .map_err(|error| error.at("input.name"))?;
    facility.rooms.push(room);
    let entry = audit::Entry::write(caller, ACTION, &asked, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(facility).await
}

/// Facilities are public.
pub async fn load_many(state: &State, ids: &[FacilityId]) -> Result<HashMap<FacilityId, Facility>> {
    store::facility::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of facilities.
pub async fn list(
    state: &State,
    below: Option<DivisionCode>,
    page: &Page,
) -> Result<Paged<Facility>> {
    let rows = store::facility::list(&mut *state.core.db.read().await?, below, page).await?;
    Ok(page.finish(rows))
}

/// There is no such facility.
pub(super) fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "FACILITY_NOT_FOUND",
        zh: "没有这个设施",
        en: "there is no such facility",
    )
    .into()
}
