//! 志愿者: register, update, train, read.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{IdempotencyKey, Minutes, Page, Paged, china_date, keys::VolunteerId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
    parameters,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        training::{check_not_future, check_title},
        volunteer::{
            NewVolunteer, Volunteer, VolunteerChange, VolunteerFilter, VolunteerTraining,
            VolunteerTrainingId, adult_by,
        },
    },
    error::Result,
    state::State,
    store,
};

/// A volunteer to the policies.
pub(super) fn resource(volunteer: &Volunteer) -> Resource {
    Resource::new("Volunteer", volunteer.id)
        .in_division(volunteer.division_code)
        .owned_by(volunteer.resident_id.as_uuid())
}

/// Somebody volunteers, or staff enter it for them.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: NewVolunteer,
) -> Result<Volunteer> {
    let now = state.core.clock.now();
    let today = china_date(now);
    let new = new.checked(today)?;
    let about = |one: &Volunteer| super::person(one.resident_id, one.division_code);
    let before = state
        .core
        .answered_about(caller, "registerVolunteer", &key, &new, about);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let resident = super::living(state, caller, "registerVolunteer", new.resident_id).await?;
    resident.check_verified()?;
    let division = resident.community_code;
    let community_id = state.communities.of_division(caller, &division).await?;

    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("registerVolunteer", &key, &new, now).await? {
        return Ok(first);
    }
    let adult_age =
        parameters::number(&mut tx, "sw.volunteer.adult_age", Some(&division), today).await?;
    let volunteer = Volunteer {
        id: VolunteerId::new(&state.core.ids),
        resident_id: resident.id,
        community_id,
        division_code: division,
        skills: new.skills,
        trained_from: None,
        insured_until: new.insured_until,
        adult_by: adult_by(resident.age, adult_age, today)?,
        guardian_consent_at: new.guardian_consent.then_some(now),
        active: true,
        demo: resident.demo,
        version: 1,
        registered_at: now,
        updated_at: now,
    };
    store::volunteer::insert(&mut tx, &volunteer).await?;
    let entry = audit::Entry::write(caller, "registerVolunteer", &resource(&volunteer), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(volunteer).await
}

/// What staff have seen of a volunteer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Update {
    pub volunteer_id: VolunteerId,
    pub change: VolunteerChange,
    /// The version the caller saw; none is not compared.
    pub version: Option<i32>,
}

/// Takes over insurance, consent, skills, or that somebody stopped.
pub async fn update(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Update,
) -> Result<Volunteer> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut volunteer = lock(
        state,
        caller,
        &mut tx,
        "updateVolunteer",
        input.volunteer_id,
    )
    .await?;
    if let Some(first) = tx.replay("updateVolunteer", &key, &input, now).await? {
        return Ok(first);
    }
    if input.version.is_some_and(|seen| seen != volunteer.version) {
        return Err(kit::Error::stale().at("input.version"));
    }
    let change = input.change;
    let changed = [
        ("skills", change.skills.is_some()),
        ("insuredUntil", change.insured_until.is_some()),
        ("guardianConsent", change.guardian_consent.is_some()),
        ("active", change.active.is_some()),
    ];
    volunteer.update(change, now)?;
    store::volunteer::update(&mut tx, &mut volunteer).await?;
    let entry = audit::Entry::write(caller, "updateVolunteer", &resource(&volunteer), now).fields(
        changed
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| name),
    );
    audit::append(&mut tx, &entry).await?;
    tx.answer(volunteer).await
}

/// A training a volunteer attended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Train {
    pub volunteer_id: VolunteerId,
    pub topic: String,
    pub on: NaiveDate,
}

/// Records that a volunteer was trained.
pub async fn train(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    mut input: Train,
) -> Result<Volunteer> {
    let now = state.core.clock.now();
    input.topic = check_title(&input.topic, "input.topic")?;
    check_not_future(input.on, china_date(now))?;
    let mut tx = state.core.db.begin(caller).await?;
    let mut volunteer = lock(state, caller, &mut tx, "trainVolunteer", input.volunteer_id).await?;
    if let Some(first) = tx.replay("trainVolunteer", &key, &input, now).await? {
        return Ok(first);
    }
    let training = VolunteerTraining {
        id: VolunteerTrainingId::new(&state.core.ids),
        volunteer_id: volunteer.id,
        topic: input.topic,
        held_on: input.on,
    };
    store::volunteer::insert_training(&mut tx, &training, &caller.actor.subject, now).await?;
    let first_day = volunteer
        .trained_from
        .map_or(input.on, |from| from.min(input.on));
    volunteer.trained_from = Some(first_day);
    let entry = audit::Entry::write(caller, "trainVolunteer", &resource(&volunteer), now)
        .detail(serde_json::json!({ "training_id": training.id }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(volunteer).await
}

/// Locks a volunteer to whom the caller may do this.
pub(super) async fn lock(
    state: &State,
    caller: &Caller,
    tx: &mut Tx,
    action: &str,
    id: VolunteerId,
) -> Result<Volunteer> {
    if caller.actor.is_anonymous() {
        state
            .core
            .authorize(caller, action, &Resource::any("Volunteer"))?;
    }
    let volunteer = store::volunteer::lock(tx, id).await?.ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, action, &resource(&volunteer))?;
    Ok(volunteer)
}

/// The volunteers of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Volunteer>> {
    let mut found = store::volunteer::load_many(&mut *state.core.db.read().await?, ids).await?;
    found.retain(|_, volunteer| readable(state, caller, volunteer));
    Ok(found)
}

pub(super) fn readable(state: &State, caller: &Caller, volunteer: &Volunteer) -> bool {
    state
        .core
        .policies
        .allows(&caller.actor, "readVolunteer", &resource(volunteer))
}

/// The trainings of volunteers the caller has read.
pub async fn load_trainings(
    state: &State,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Vec<VolunteerTraining>>> {
    store::volunteer::load_trainings(&mut *state.core.db.read().await?, ids).await
}

/// The minutes served by volunteers the caller has read.
pub async fn load_totals(
    state: &State,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Minutes>> {
    store::volunteer_record::load_totals(&mut *state.core.db.read().await?, ids).await
}

/// A page of the volunteers that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &VolunteerFilter,
    page: &Page,
) -> Result<Paged<Volunteer>> {
    let scope = caller
        .actor
        .scope(super::VOLUNTEER_READERS)
        .or_own(&caller.actor);
    let rows =
        store::volunteer::list(&mut *state.core.db.read().await?, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The volunteer is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VOLUNTEER_NOT_FOUND",
        zh: "没有这位志愿者,或您无权查看",
        en: "there is no such volunteer, or it is not for you to see",
    )
    .into()
}
