//! 社会工作者: register, renew, end, read.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    DivisionCode, IdempotencyKey, Minutes, Page, Paged, china_date,
    keys::{CommunityId, SocialWorkerId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    db::Tx,
    events, parameters,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::social_worker::{
        NewSocialWorker, Registration, Served, SocialWorker, SocialWorkerFilter,
        SocialWorkerSource, not_registered,
    },
    error::Result,
    state::State,
    store::{self, social_worker::SealedCertificate},
};

/// A social worker to the policies, in one of the communities they serve.
fn in_community(worker: &SocialWorker, division: DivisionCode) -> Resource {
    Resource::new("SocialWorker", worker.id)
        .in_division(division)
        .owned_by(worker.resident_id.as_uuid())
        .of_organization(worker.employer.map(|id| id.as_uuid()))
}

/// A social worker to the policies, at home.
pub(super) fn resource(worker: &SocialWorker) -> Resource {
    Resource::new("SocialWorker", worker.id)
        .in_division(
            worker
                .communities
                .first()
                .map(|served| served.division_code),
        )
        .owned_by(worker.resident_id.as_uuid())
        .of_organization(worker.employer.map(|id| id.as_uuid()))
}

/// Whether the caller may read what they did, and for whom.
pub(super) fn check_service(state: &State, caller: &Caller, worker: &SocialWorker) -> Result<()> {
    let mut answer = Err(unknown());
    for served in &worker.communities {
        let of = in_community(worker, served.division_code);
        answer = state.core.authorize(caller, "readService", &of);
        if answer.is_ok() {
            break;
        }
    }
    answer
}

/// Whether the caller may read them, from any community they serve.
pub(super) fn readable(state: &State, caller: &Caller, worker: &SocialWorker) -> bool {
    worker.communities.iter().any(|served| {
        let of = in_community(worker, served.division_code);
        state
            .core
            .policies
            .allows(&caller.actor, "readSocialWorker", &of)
    })
}

/// Registers a social worker from one of the three sources.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    new: NewSocialWorker,
) -> Result<SocialWorker> {
    let now = state.core.clock.now();
    let today = china_date(now);
    let new = new.checked(today)?;
    let before = state
        .core
        .answered_about(caller, "registerSocialWorker", &key, &new, resource);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let communities = served(state, caller, &new.community_ids).await?;
    let home = communities
        .first()
        .map(|one| one.division_code)
        .ok_or_else(unknown)?;
    let resident = state.residents.living(caller, new.resident_id).await?;
    resident.check_verified()?;
    if let Some(employer) = new.employer {
        state
            .organizations
            .check_registered(caller, employer)
            .await
            .map_err(|error| error.at("input.employerOrganizationId"))?;
    }

    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("registerSocialWorker", &key, &new, now).await? {
        return Ok(first);
    }
    let exam_passed_on = evidence(&mut tx, &new, &home, today).await?;
    let registration = match new.registered_from {
        Some(from) => Some(current_cycle(&mut tx, from, &home, today).await?),
        None => None,
    };
    let sealed = new
        .certificate_no
        .as_deref()
        .map(|number| SealedCertificate {
            encrypted: state
                .core
                .pii
                .encrypt_text("social_workers.certificate_no", number),
            index: state
                .core
                .pii
                .blind_index("social_worker_certificate", number),
        });
    let worker = SocialWorker {
        id: SocialWorkerId::new(&state.core.ids),
        resident_id: resident.id,
        source: new.source,
        grade: new.grade,
        certificate_tail: new.certificate_no.as_deref().map(tail),
        registration,
        employer: new.employer,
        exam_passed_on,
        communities,
        active: true,
        demo: resident.demo,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::social_worker::insert(&mut tx, &worker, &home, sealed.as_ref()).await?;
    tell(&mut tx, &worker).await?;
    let entry = audit::Entry::write(caller, "registerSocialWorker", &resource(&worker), now)
        .detail(serde_json::json!({ "source": worker.source }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(worker).await
}

/// The communities somebody is to serve; the caller must answer for each.
async fn served(state: &State, caller: &Caller, ids: &[CommunityId]) -> Result<Vec<Served>> {
    if caller.actor.is_anonymous() {
        let any = Resource::any("SocialWorker");
        state.core.authorize(caller, "registerSocialWorker", &any)?;
    }
    let mut communities = Vec::with_capacity(ids.len());
    for &community_id in ids {
        let division_code = state.communities.division(caller, community_id).await?;
        let of = Resource::any("SocialWorker").in_division(division_code);
        state.core.authorize(caller, "registerSocialWorker", &of)?;
        communities.push(Served {
            community_id,
            division_code,
        });
    }
    Ok(communities)
}

/// What the hours ledger and the examination say about the third source.
async fn evidence(
    tx: &mut Tx,
    new: &NewSocialWorker,
    home: &DivisionCode,
    today: NaiveDate,
) -> Result<Option<NaiveDate>> {
    if new.source != SocialWorkerSource::MunicipalExam {
        return Ok(None);
    }
    let hours = parameters::number(tx, "sw.municipal.training_hours", Some(home), today).await?;
    let earned = store::training::earned(tx, new.resident_id, None, today).await?;
    let pass = store::exam::find_pass(tx, new.resident_id, new.exam_passed_on).await?;
    new.check_municipal(earned, Minutes::from_hours(hours)?, pass.is_some())?;
    Ok(pass)
}

/// The cycle a first registration is in; one that is over entitles to nothing.
async fn current_cycle(
    tx: &mut Tx,
    from: NaiveDate,
    home: &DivisionCode,
    today: NaiveDate,
) -> Result<Registration> {
    let years = parameters::number(tx, "sw.registration.cycle_years", Some(home), from).await?;
    let cycle = Registration::cycle(from, years)?;
    if cycle.covers(today) {
        return Ok(cycle);
    }
    let to = cycle.to;
    Err(refuse!(
        Refused,
        "REGISTRATION_EXPIRED",
        field: "input.registeredFrom",
        zh: "该登记已于 {to} 到期",
        en: "this registration ran out on {to}",
    )
    .into())
}

/// The last four characters; a number has at least six.
fn tail(number: &str) -> String {
    let start = number.len().saturating_sub(4);
    number.get(start..).unwrap_or_default().to_owned()
}

/// Whose cycle is renewed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Renew {
    pub social_worker_id: SocialWorkerId,
}

/// Enters the next cycle, where enough was learnt in this one.
pub async fn renew(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Renew,
) -> Result<SocialWorker> {
    let now = state.core.clock.now();
    let today = china_date(now);
    let mut tx = state.core.db.begin(caller).await?;
    let mut worker = lock(
        state,
        caller,
        &mut tx,
        "renewRegistration",
        input.social_worker_id,
    )
    .await?;
    if let Some(first) = tx.replay("renewRegistration", &key, &input, now).await? {
        return Ok(first);
    }
    let home = worker
        .communities
        .first()
        .map(|served| served.division_code);
    let (cycle, parameter) = worker
        .registration
        .zip(worker.grade.cpd_parameter())
        .ok_or_else(not_registered)?;
    let hours = parameters::number(&mut tx, parameter, home.as_ref(), today).await?;
    let next = cycle.to.succ_opt().unwrap_or(cycle.to).max(today);
    let years =
        parameters::number(&mut tx, "sw.registration.cycle_years", home.as_ref(), next).await?;
    let earned =
        store::training::earned(&mut tx, worker.resident_id, Some(cycle.from), cycle.to).await?;
    worker.renew(years, earned, Minutes::from_hours(hours)?, today, now)?;
    store::social_worker::update(&mut tx, &mut worker).await?;
    let entry = audit::Entry::write(caller, "renewRegistration", &resource(&worker), now)
        .detail(serde_json::json!({ "earned_minutes": earned }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(worker).await
}

/// Who serves no longer, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    pub social_worker_id: SocialWorkerId,
    pub reason: String,
}

/// Ends somebody's service; what was served stays on record.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    mut input: End,
) -> Result<SocialWorker> {
    input.reason = crate::domain::volunteer_record::check_reason(&input.reason)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut worker = lock(
        state,
        caller,
        &mut tx,
        "endSocialWorker",
        input.social_worker_id,
    )
    .await?;
    if let Some(first) = tx.replay("endSocialWorker", &key, &input, now).await? {
        return Ok(first);
    }
    worker.end(now)?;
    store::social_worker::update(&mut tx, &mut worker).await?;
    tell(&mut tx, &worker).await?;
    let entry = audit::Entry::write(caller, "endSocialWorker", &resource(&worker), now)
        .detail(serde_json::json!({ "reason": input.reason }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(worker).await
}

/// Tells where a social worker serves, or serves no longer; never who that is.
async fn tell(tx: &mut Tx, worker: &SocialWorker) -> Result<()> {
    let home = worker.communities.first().ok_or_else(unknown)?;
    let state = if worker.active { "ACTIVE" } else { "ENDED" };
    let event = events::NewEvent {
        subject: "socialwork.social_worker.moved",
        aggregate: "social_worker",
        aggregate_id: worker.id.as_uuid(),
        trace_id: None,
        at: worker.updated_at,
        data: serde_json::json!({ "social_worker_id": worker.id, "community_id": home.community_id,
            "division_code": home.division_code, "state": state }),
    };
    events::append(tx, &event).await?;
    Ok(())
}

/// Locks a social worker of whom the caller may do this.
async fn lock(
    state: &State,
    caller: &Caller,
    tx: &mut Tx,
    action: &str,
    id: SocialWorkerId,
) -> Result<SocialWorker> {
    if caller.actor.is_anonymous() {
        state
            .core
            .authorize(caller, action, &Resource::any("SocialWorker"))?;
    }
    let worker = store::social_worker::lock(tx, id)
        .await?
        .ok_or_else(unknown)?;
    state.core.authorize(caller, action, &resource(&worker))?;
    Ok(worker)
}

/// The social workers of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[SocialWorkerId],
) -> Result<HashMap<SocialWorkerId, SocialWorker>> {
    let mut workers =
        store::social_worker::load_many(&mut *state.core.db.read().await?, ids).await?;
    workers.retain(|_, worker| readable(state, caller, worker));
    Ok(workers)
}

/// A page of the social workers that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &SocialWorkerFilter,
    page: &Page,
) -> Result<Paged<SocialWorker>> {
    let scope = caller
        .actor
        .scope(Role::ALL)
        .or_own(&caller.actor)
        .or_organization(&caller.actor);
    let rows =
        store::social_worker::list(&mut *state.core.db.read().await?, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The social worker is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "SOCIAL_WORKER_NOT_FOUND",
        zh: "没有这位社会工作者,或您无权查看",
        en: "there is no such social worker, or it is not for you to see",
    )
    .into()
}
