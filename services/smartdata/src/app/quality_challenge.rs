//! 数据质量异议: raise, check, conclude, read.

use std::collections::HashMap;

use kernel::{
    IdempotencyKey, Page, Paged,
    keys::{OrganizationId, ResidentId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
};
use serde::{Deserialize, Serialize};

use super::{data_resource, department, term};
use crate::{
    domain::{
        data_resource::{DataField, DataResourceId},
        quality_challenge::{QualityChallenge, QualityChallengeId, QualityChallengeState},
        share_grant::ShareGrantId,
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::quality_challenge::ChallengeFilter;

fn resource(caller: &Caller, it: &QualityChallenge) -> Resource {
    let about = Resource::new("QualityChallenge", it.id)
        .in_division(it.division_code)
        .owned_by(it.resident_id.as_ref().map(ResidentId::as_uuid));
    department::sides(
        about,
        caller,
        it.provider_organization_id,
        it.consumer_organization_id,
    )
}

/// Which field of which data is wrong, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raise {
    pub resource_id: DataResourceId,
    pub field: DataField,
    pub statement: String,
    /// The grant a department read it through; none for one's own data.
    pub grant_id: Option<ShareGrantId>,
}

/// A department that read the data, or the resident it is about, says that it
/// is wrong.
pub async fn raise(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Raise,
) -> Result<QualityChallengeId> {
    const ACTION: &str = "raiseQualityChallenge";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let entry = store::data_resource::load_many(&mut tx, &[input.resource_id])
        .await?
        .remove(&input.resource_id)
        .ok_or_else(|| data_resource::unknown().at("input.resourceId"))?;
    let consumer: Option<OrganizationId> = match input.grant_id {
        Some(id) => store::share_grant::load_many(&mut tx, &[id])
            .await?
            .remove(&id)
            .filter(|grant| grant.resource_id == entry.id)
            .map(|grant| grant.consumer_organization_id),
        None => None,
    };
    let own = caller
        .actor
        .resident_id
        .filter(|_| input.grant_id.is_none() && entry.dataset.is_personal())
        .map(ResidentId::from_uuid);
    let asked = Resource::any("QualityChallenge")
        .in_division(entry.division_code)
        .owned_by(own.as_ref().map(ResidentId::as_uuid));
    let asked = department::sides(asked, caller, entry.provider_organization_id, consumer);
    state.core.authorize(caller, ACTION, &asked)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    if let Some(me) = own
        && store::resident::find(&mut tx, me).await?.is_none()
    {
        return Err(super::resident::unknown());
    }
    if !entry.fields.contains(&input.field) {
        return Err(refuse!(
            Invalid,
            "SHARE_FIELDS",
            field: "input.field",
            zh: "该数据没有这一项",
            en: "this data has no such field",
        )
        .into());
    }
    let division = entry.division_code;
    let due_at = term::until(&mut tx, "scd.share.quality_check", Some(&division), now).await?;
    let challenge = QualityChallenge {
        id: QualityChallengeId::new(&state.core.ids),
        resource_id: entry.id,
        division_code: division,
        provider_organization_id: entry.provider_organization_id,
        consumer_organization_id: consumer,
        resident_id: own,
        field: input.field,
        statement: text::words(&input.statement, "input.statement", 1000)?,
        state: QualityChallengeState::Raised,
        finding: None,
        raised_by: caller.actor.subject.clone(),
        raised_at: now,
        due_at,
        checked_by: None,
        concluded_at: None,
        version: 1,
        updated_at: now,
    };
    store::quality_challenge::insert(&mut tx, &challenge).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(caller, &challenge), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(challenge.id).await
}

/// The provider looks into it.
pub async fn start_check(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: QualityChallengeId,
) -> Result<QualityChallengeId> {
    let action = "startQualityCheck";
    step(state, caller, (action, &key), id, &id, None).await
}

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conclude {
    pub challenge_id: QualityChallengeId,
    pub corrected: bool,
    pub finding: String,
}

/// The provider says what was found.
pub async fn conclude(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Conclude,
) -> Result<QualityChallengeId> {
    let finding = text::words(&input.finding, "input.finding", 1000)?;
    let found = Some((input.corrected, finding));
    let (action, id) = ("concludeQualityCheck", input.challenge_id);
    step(state, caller, (action, &key), id, &input, found).await
}

async fn step(
    state: &State,
    caller: &Caller,
    (action, key): (&'static str, &IdempotencyKey),
    id: QualityChallengeId,
    input: &impl Serialize,
    found: Option<(bool, String)>,
) -> Result<QualityChallengeId> {
    caller.signed_in(action)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut challenge = store::quality_challenge::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(caller, &challenge);
    state
        .core
        .authorize_seen(caller, (action, "readQualityChallenge"), &about, unknown)?;
    if let Some(first) = tx.replay(action, key, input, now).await? {
        return Ok(first);
    }
    match found {
        None => challenge.start_check(&caller.actor.subject, now)?,
        Some(found) => challenge.conclude(found, now)?,
    }
    store::quality_challenge::update(&mut tx, &mut challenge).await?;
    audit::append(&mut tx, &audit::Entry::write(caller, action, &about, now)).await?;
    tx.answer(id).await
}

/// The challenges of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[QualityChallengeId],
) -> Result<HashMap<QualityChallengeId, QualityChallenge>> {
    let mut conn = state.core.db.read().await?;
    let mut found = store::quality_challenge::load_many(&mut conn, ids).await?;
    found.retain(|_, it| {
        let about = resource(caller, it);
        state
            .core
            .policies
            .allows(&caller.actor, "readQualityChallenge", &about)
    });
    Ok(found)
}

/// A page of the challenges that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &ChallengeFilter,
    page: &Page,
) -> Result<Paged<QualityChallenge>> {
    let mut scope = department::scope(caller);
    if caller.actor.is(Role::Resident) {
        scope = scope.or_own(&caller.actor);
    }
    let mut conn = state.core.db.read().await?;
    let rows = store::quality_challenge::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The challenge is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CHALLENGE_NOT_FOUND",
        zh: "没有这份异议,或您无权查看",
        en: "there is no such challenge, or it is not for you to see",
    )
    .into()
}
