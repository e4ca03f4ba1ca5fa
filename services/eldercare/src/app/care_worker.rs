//! 护理人员: registered by their provider or by civil affairs.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, china_date, keys::OrganizationId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::care_worker::{CareWorker, CareWorkerId, RegisterCareWorker},
    error::Result,
    state::State,
    store,
};

/// What a care worker is to the policies.
pub(super) fn resource(worker: &CareWorker) -> Resource {
    Resource::new("CareWorker", worker.id)
        .in_division(worker.division_code)
        .owned_by(worker.resident_id.as_uuid())
        .of_organization(worker.organization_id.as_uuid())
}

/// Registers somebody who works for a provider from today on.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: RegisterCareWorker,
) -> Result<CareWorker> {
    const ACTION: &str = "registerCareWorker";
    let provider = super::provider::known(state, caller, ACTION, input.organization_id).await?;
    let before = state.core.answered(caller, ACTION, &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let person = state.residents.living(caller, input.resident_id).await?;
    if !person.verified {
        return Err(super::elder::not_verified());
    }
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let worker = CareWorker {
        id: CareWorkerId::new(&state.core.ids),
        organization_id: provider.organization_id,
        division_code: provider.division_code,
        resident_id: input.resident_id,
        job: input.job,
        started_on: china_date(now),
        ended_on: None,
        end_reason: None,
        registered_by: caller.actor.subject.clone(),
        registered_at: now,
    };
    store::care_worker::insert(&mut tx, &worker)
        .await
        .map_err(|error| error.at("input.residentId"))?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&worker), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(worker).await
}

/// Who leaves, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndCareWorker {
    pub care_worker_id: CareWorkerId,
    pub reason: String,
}

/// Today is their last day: they are planned into no visit after it.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: EndCareWorker,
) -> Result<CareWorker> {
    const ACTION: &str = "endCareWorker";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut worker = store::care_worker::lock(&mut tx, input.care_worker_id)
        .await?
        .ok_or_else(unknown)?;
    let asked = resource(&worker);
    state
        .core
        .authorize_seen(caller, (ACTION, "readCareWorker"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    worker.end(&input.reason, china_date(now))?;
    store::care_worker::end(&mut tx, &worker).await?;
    let entry = audit::Entry::write(caller, ACTION, &asked, now)
        .detail(serde_json::json!({ "reason": input.reason }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(worker).await
}

/// The care workers of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[CareWorkerId],
) -> Result<HashMap<CareWorkerId, CareWorker>> {
    let mut found = store::care_worker::load_many(&mut *state.core.db.read().await?, ids).await?;
    found.retain(|_, worker| {
        let asked = resource(worker);
        state
            .core
            .policies
            .allows(&caller.actor, "readCareWorker", &asked)
    });
    Ok(found)
}

/// A page of the care workers that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    organization: Option<OrganizationId>,
    page: &Page,
) -> Result<Paged<CareWorker>> {
    let actor = &caller.actor;
    let mut scope = actor.scope(super::elder::READERS).or_own(actor);
    if actor.is(Role::OrgManager) {
        scope = scope.or_organization(actor);
    }
    let mut conn = state.core.db.read().await?;
    let rows = store::care_worker::list(&mut conn, &scope, organization, page).await?;
    Ok(page.finish(rows))
}

/// The care worker is not there, or not for this caller.
pub(super) fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CARE_WORKER_NOT_FOUND",
        zh: "没有这位护理人员,或您无权查看",
        en: "there is no such care worker, or they are not for you to see",
    )
    .into()
}
