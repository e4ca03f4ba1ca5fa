//! 志愿者加入服务组织: join, leave, read.

use std::collections::HashMap;

use kernel::{
    IdempotencyKey, china_date,
    keys::{OrganizationId, VolunteerId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource},
};
use serde::{Deserialize, Serialize};

use super::volunteer;
use crate::{
    domain::placement::{Placement, PlacementId, check_joining},
    error::Result,
    state::State,
    store,
};

/// Who joins which organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    pub volunteer_id: VolunteerId,
    pub organization_id: OrganizationId,
}

/// A volunteer joins an organisation, or staff enter it for them. From then on
/// it may ask whether they can be assigned.
pub async fn place(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Place,
) -> Result<Placement> {
    const ACTION: &str = "placeVolunteer";
    caller.signed_in(ACTION)?;
    let found = {
        let mut conn = state.core.db.read().await?;
        store::volunteer::load_many(&mut conn, &[input.volunteer_id]).await?
    };
    let seen = found
        .get(&input.volunteer_id)
        .ok_or_else(volunteer::unknown)?;
    let asked = volunteer::resource(seen);
    state.core.authorize_seen(
        caller,
        (ACTION, "readVolunteer"),
        &asked,
        volunteer::unknown,
    )?;
    if let Some(first) = state.core.answered(caller, ACTION, &key, &input).await? {
        return Ok(first);
    }
    state
        .organizations
        .check_registered(caller, input.organization_id)
        .await
        .map_err(|error| error.at("input.organizationId"))?;

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let volunteer = store::volunteer::lock(&mut tx, input.volunteer_id)
        .await?
        .ok_or_else(volunteer::unknown)?;
    check_joining(&volunteer, china_date(now))?;
    if store::placement::stands(&mut tx, volunteer.id, input.organization_id).await? {
        return Err(refuse!(
            AlreadyExists,
            "PLACEMENT_EXISTS",
            field: "input.organizationId",
            zh: "该志愿者已在此组织服务",
            en: "this volunteer serves with the organisation already",
        )
        .into());
    }
    let placement = Placement {
        id: PlacementId::new(&state.core.ids),
        volunteer_id: volunteer.id,
        organization_id: input.organization_id,
        placed_at: now,
        ended_at: None,
    };
    store::placement::insert(&mut tx, &placement, &caller.actor.subject).await?;
    let entry = audit::Entry::write(caller, ACTION, &asked, now)
        .detail(serde_json::json!({ "organization_id": input.organization_id }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(placement).await
}

/// A volunteer leaves an organisation: by their own word, by staff, or by the
/// organisation itself. No reason is asked for.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: PlacementId,
) -> Result<Placement> {
    const ACTION: &str = "endPlacement";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut placement = store::placement::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let volunteer = store::volunteer::load_many(&mut tx, &[placement.volunteer_id])
        .await?
        .remove(&placement.volunteer_id)
        .ok_or_else(unknown)?;
    let asked = of(&placement, volunteer::resource(&volunteer));
    state
        .core
        .authorize_seen(caller, (ACTION, "readVolunteer"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &id, now).await? {
        return Ok(first);
    }
    placement.end(now)?;
    store::placement::end(&mut tx, &placement, &caller.actor.subject).await?;
    let entry = audit::Entry::write(caller, ACTION, &asked, now)
        .detail(serde_json::json!({ "organization_id": placement.organization_id }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(placement).await
}

fn of(placement: &Placement, resource: Resource) -> Resource {
    resource.of_organization(placement.organization_id.as_uuid())
}

/// The placements of volunteers the caller has read.
pub async fn load_many_of(
    state: &State,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Vec<Placement>>> {
    store::placement::load_many_of(&mut *state.core.db.read().await?, ids).await
}

fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "PLACEMENT_NOT_FOUND",
        zh: "没有这项志愿者加入组织的记录,或您无权处理",
        en: "there is no such placement, or it is not for you",
    )
    .into()
}
