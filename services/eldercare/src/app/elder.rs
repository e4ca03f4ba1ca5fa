//! 服务对象: register, change, read.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, china_date, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    parameters,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    domain::elder::{Elder, ElderCategory, ElderFilter, RegisterElder, check_age},
    error::Result,
    state::State,
    store,
};

/// Who may read elders of a division they work for.
pub(super) const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// What an elder is to the policies.
pub fn resource(elder: &Elder) -> Resource {
    Resource::new("Elder", elder.resident_id)
        .in_division(elder.division_code)
        .owned_by(elder.resident_id.as_uuid())
}

/// Registers a resident as an elder, with an account for their minutes.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: RegisterElder,
) -> Result<Elder> {
    let before = state
        .core
        .answered_about(caller, "registerElder", &key, &input, resource);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let resident = state.residents.living(caller, input.resident_id).await?;
    let asked = Resource::new("Elder", resident.id)
        .in_division(resident.community_code)
        .owned_by(resident.id.as_uuid());
    state.core.authorize(caller, "registerElder", &asked)?;
    if !resident.verified {
        return Err(not_verified());
    }
    let now = state.core.clock.now();
    let today = china_date(now);
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("registerElder", &key, &input, now).await? {
        return Ok(first);
    }
    let division = Some(&resident.community_code);
    check_age(
        resident.age,
        parameters::number(&mut tx, "ec.elder.min_age", division, today).await?,
    )?;
    let elder = Elder {
        resident_id: resident.id,
        category: input.category,
        lives_alone: input.lives_alone,
        division_code: resident.community_code,
        demo: resident.demo,
        version: 1,
        registered_at: now,
        updated_at: now,
    };
    store::elder::insert(&mut tx, &elder).await?;
    super::credit::open(
        state,
        &mut tx,
        elder.resident_id,
        Some(elder.division_code),
        now,
    )
    .await?;
    let entry = audit::Entry::write(caller, "registerElder", &resource(&elder), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(elder).await
}

/// What may change about an elder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpdateElder {
    pub resident_id: ResidentId,
    pub category: ElderCategory,
    pub lives_alone: bool,
    pub version: i32,
}

/// Changes the facts that rules of price look at.
pub async fn update(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: UpdateElder,
) -> Result<Elder> {
    caller.signed_in("updateElder")?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut elder = store::elder::lock(&mut tx, input.resident_id)
        .await?
        .ok_or_else(unknown)?;
    authorize(state, caller, "updateElder", &elder)?;
    if let Some(first) = tx.replay("updateElder", &key, &input, now).await? {
        return Ok(first);
    }
    if elder.version != input.version {
        return Err(kit::Error::stale().at("input.version"));
    }
    elder.category = input.category;
    elder.lives_alone = input.lives_alone;
    elder.updated_at = now;
    store::elder::update(&mut tx, &mut elder).await?;
    super::contact::evaluate(&mut tx, &elder, now).await?;
    let entry = audit::Entry::write(caller, "updateElder", &resource(&elder), now)
        .fields(["category", "livesAlone"]);
    audit::append(&mut tx, &entry).await?;
    tx.answer(elder).await
}

/// An elder to whom the caller may do this; nobody in particular is refused
/// before anything is looked up.
pub(super) async fn known(
    state: &State,
    caller: &Caller,
    action: &str,
    id: ResidentId,
) -> Result<Elder> {
    caller.signed_in(action)?;
    let elder = store::elder::find(&mut *state.core.db.read().await?, id)
        .await?
        .ok_or_else(unknown)?;
    authorize(state, caller, action, &elder)?;
    Ok(elder)
}

/// Whether the caller may do this to an elder they know of.
pub(super) fn authorize(state: &State, caller: &Caller, action: &str, elder: &Elder) -> Result<()> {
    let asked = resource(elder);
    state
        .core
        .authorize_seen(caller, (action, "readElder"), &asked, unknown)
}

/// Whether the caller is a registered relative of the elder.
pub(super) async fn is_relative(
    conn: &mut PgConnection,
    caller: &Caller,
    elder: ResidentId,
) -> Result<bool> {
    match caller.actor.resident_id.map(ResidentId::from_uuid) {
        Some(person) => store::relation::are_relatives(conn, person, elder).await,
        None => Ok(false),
    }
}

/// The elders of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ResidentId],
) -> Result<HashMap<ResidentId, Elder>> {
    let mut elders = store::elder::load_many(&mut *state.core.db.read().await?, ids).await?;
    elders.retain(|_, elder| {
        state
            .core
            .policies
            .allows(&caller.actor, "readElder", &resource(elder))
    });
    Ok(elders)
}

/// A page of the elders that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &ElderFilter,
    page: &Page,
) -> Result<Paged<Elder>> {
    let scope = caller.actor.scope(READERS).or_own(&caller.actor);
    let rows = store::elder::list(&mut *state.core.db.read().await?, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// Nobody is registered whose identity is not known.
pub(super) fn not_verified() -> kit::Error {
    refuse!(
        Refused,
        "RESIDENT_NOT_VERIFIED",
        field: "input.residentId",
        zh: "该居民尚未实名核验",
        en: "the identity of this resident has not been verified",
    )
    .into()
}

/// The elder is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "ELDER_NOT_FOUND",
        zh: "没有这位服务对象的档案,或您无权查看",
        en: "there is no such elder, or they are not for you to see",
    )
    .into()
}
