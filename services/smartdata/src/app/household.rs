//! 户: register, admit a member, read.

use std::collections::HashMap;

use kernel::{IdempotencyKey, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        household::{Household, HouseholdId, Member, NewHousehold, Relation},
        resident::Resident,
    },
    error::Result,
    state::State,
    store,
};

fn resource(id: Option<HouseholdId>, household: &Household) -> Resource {
    Resource::new("Household", id.map(|id| id.to_string()).unwrap_or_default())
        .in_division(household.community_code)
        .with("demo", household.demo)
}

/// Registers a household with its head.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: NewHousehold,
) -> Result<Household> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let community = store::division::find(&mut tx, &new.community_code).await?;
    let asked = Resource::any("Household")
        .in_division(new.community_code)
        .with(
            "demo",
            new.demo || community.as_ref().is_some_and(|it| it.demo),
        );
    state.core.authorize(caller, "registerHousehold", &asked)?;
    if let Some(first) = tx.replay("registerHousehold", &key, &new, now).await? {
        return Ok(first);
    }
    let id = HouseholdId::new(&state.core.ids);
    let household = Household::try_new(id, &new, community.as_ref(), now)?;
    if let Some(code) = &household.grid_code
        && store::grid::find_by_code(&mut tx, code).await?.is_none()
    {
        return Err(super::grid::unknown("input.gridCode"));
    }
    store::household::insert(&mut tx, &household).await?;
    let head = lock_member(&mut tx, new.head, "input.headResidentId").await?;
    let member = household.admit(&head, Relation::Head, "input.headResidentId", now)?;
    store::household::insert_member(&mut tx, &member)
        .await
        .map_err(place)?;
    let entry = audit::Entry::write(
        caller,
        "registerHousehold",
        &resource(Some(id), &household),
        now,
    )
    .subject(new.head);
    audit::append(&mut tx, &entry).await?;
    tx.answer(household).await
}

/// Who joins which household.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddMember {
    pub household_id: HouseholdId,
    pub resident_id: ResidentId,
    pub relation: Relation,
}

/// A resident joins a household.
pub async fn add_member(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: AddMember,
) -> Result<Household> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let household = store::household::lock(&mut tx, input.household_id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(Some(household.id), &household);
    state.core.authorize(caller, "addHouseholdMember", &about)?;
    if let Some(first) = tx.replay("addHouseholdMember", &key, &input, now).await? {
        return Ok(first);
    }
    let resident = lock_member(&mut tx, input.resident_id, "input.residentId").await?;
    let member = household.admit(&resident, input.relation, "input.residentId", now)?;
    store::household::insert_member(&mut tx, &member)
        .await
        .map_err(place)?;
    let entry =
        audit::Entry::write(caller, "addHouseholdMember", &about, now).subject(input.resident_id);
    audit::append(&mut tx, &entry).await?;
    tx.answer(household).await
}

async fn lock_member(tx: &mut Tx, id: ResidentId, field: &str) -> Result<Resident> {
    store::resident::lock(tx, id)
        .await?
        .ok_or_else(|| super::resident::unknown().at(field))
}

/// Says in words which of the two rules about members was hit.
fn place(error: kit::Error) -> kit::Error {
    match error.reason() {
        "RESIDENT_IN_HOUSEHOLD" => refuse!(
            AlreadyExists,
            "RESIDENT_IN_HOUSEHOLD",
            zh: "该居民已在一户之内,请先办理迁出",
            en: "this resident belongs to a household already",
        )
        .into(),
        "HOUSEHOLD_HAS_HEAD" => refuse!(
            AlreadyExists,
            "HOUSEHOLD_HAS_HEAD",
            field: "input.relation",
            zh: "该户已有户主",
            en: "this household has a head already",
        )
        .into(),
        _ => error,
    }
}

/// A household with those who live in it.
#[derive(Clone, Debug)]
pub struct Inhabited {
    pub household: Household,
    pub members: Vec<Member>,
}

/// The households that the caller may read: staff of the division, and those
/// who live in them.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[HouseholdId],
) -> Result<HashMap<HouseholdId, Inhabited>> {
    let mut conn = state.core.db.read().await?;
    let households = store::household::load_many(&mut conn, ids).await?;
    let mut members = store::household::load_members(&mut conn, ids).await?;
    let me = caller.actor.resident_id.map(ResidentId::from_uuid);
    Ok(households
        .into_iter()
        .map(|(id, household)| {
            let members = members.remove(&id).unwrap_or_default();
            (id, Inhabited { household, members })
        })
        .filter(|(id, it)| {
            let mine = me.filter(|me| it.members.iter().any(|member| member.resident_id == *me));
            let about =
                resource(Some(*id), &it.household).owned_by(mine.as_ref().map(ResidentId::as_uuid));
            state
                .core
                .policies
                .allows(&caller.actor, "readHousehold", &about)
        })
        .collect())
}

/// The household each resident lives in; who may read it is asked when it is
/// loaded.
pub async fn of_residents(
    state: &State,
    residents: &[ResidentId],
) -> Result<HashMap<ResidentId, HouseholdId>> {
    store::household::load_of_residents(&mut *state.core.db.read().await?, residents).await
}

/// The household is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "HOUSEHOLD_NOT_FOUND",
        zh: "没有这一户,或您无权查看",
        en: "there is no such household, or it is not for you to see",
    )
    .into()
}
