//! 资质: submitted by the provider, reviewed by civil affairs, asked for before
//! somebody is sent, watched until it ends.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{IdempotencyKey, Page, Paged, china_date, keys::OrganizationId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    events, jobs, parameters,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        care_worker::CareWorkerId,
        credential::{
            Credential, CredentialFilter, CredentialId, CredentialState, CredentialVerdict,
            Requirement, Sent, Serving, SubmitCredential, check_papers,
        },
        tier::ServiceLine,
        visit::Worker,
    },
    error::Result,
    state::State,
    store,
};

/// The timer that tells of a paper about to end.
pub const WARN: &str = "warn_of_credential";

/// Which paper to look at.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Warn {
    pub credential_id: CredentialId,
}

fn resource(credential: &Credential) -> Resource {
    Resource::new("Credential", credential.id)
        .in_division(credential.division_code)
        .of_organization(credential.organization_id.as_uuid())
}

/// Submits a paper for review.
pub async fn submit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: SubmitCredential,
) -> Result<Credential> {
    const ACTION: &str = "submitCredential";
    let provider = super::provider::known(state, caller, ACTION, input.organization_id).await?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let input = input.check(china_date(now))?;
    if let Some(id) = input.care_worker_id {
        store::care_worker::lock(&mut tx, id)
            .await?
            .filter(|worker| worker.organization_id == provider.organization_id)
            .ok_or_else(|| super::care_worker::unknown().at("input.careWorkerId"))?;
    }
    let number = state.core.pii.blind_index("credential", &input.number);
    let credential = Credential {
        id: CredentialId::new(&state.core.ids),
        organization_id: provider.organization_id,
        care_worker_id: input.care_worker_id,
        division_code: provider.division_code,
        kind: input.kind,
        number_tail: input.tail(),
        issuer: input.issuer,
        valid_from: input.valid_from,
        valid_to: input.valid_to,
        state: CredentialState::Submitted,
        submitted_by: caller.actor.subject.clone(),
        submitted_at: now,
        reviewed_by: None,
        reviewed_at: None,
        review_reason: None,
        version: 1,
        updated_at: now,
    };
    store::credential::insert(&mut tx, &credential, &number)
        .await
        .map_err(|error| error.at("input.number"))?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&credential), now)
        .detail(json!({ "kind": credential.kind }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(credential).await
}

/// What a reviewer decides about a paper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReviewCredential {
    pub credential_id: CredentialId,
    pub verdict: CredentialVerdict,
    pub reason: Option<String>,
}

/// Verifies, rejects or revokes a paper. One that is verified is watched.
pub async fn review(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: ReviewCredential,
) -> Result<Credential> {
    const ACTION: &str = "reviewCredential";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut credential = store::credential::lock(&mut tx, input.credential_id)
        .await?
        .ok_or_else(unknown)?;
    let asked = resource(&credential);
    state
        .core
        .authorize_seen(caller, (ACTION, "readCredential"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let by = &caller.actor.subject;
    credential.review(input.verdict, input.reason.as_deref(), by, now)?;
    store::credential::update(&mut tx, &mut credential).await?;
    if credential.state == CredentialState::Verified {
        watch(&mut tx, &credential, now).await?;
    }
    events::append(&mut tx, &told(&credential)).await?;
    let entry = audit::Entry::write(caller, ACTION, &asked, now)
        .detail(json!({ "verdict": input.verdict }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(credential).await
}

/// How long before its end a paper is told of.
async fn warn_days(
    conn: &mut PgConnection,
    division: Option<&kernel::DivisionCode>,
    on: NaiveDate,
) -> Result<TimeDelta> {
    let days = parameters::number(conn, "ec.credential.warn_days", division, on).await?;
    TimeDelta::try_days(days)
        .ok_or_else(|| kit::Error::internal(anyhow::anyhow!("{days} days is no time")))
}

async fn watch(conn: &mut PgConnection, credential: &Credential, now: DateTime<Utc>) -> Result<()> {
    let ahead = warn_days(conn, Some(&credential.division_code), china_date(now)).await?;
    let ends = kernel::calendar::start_of_day(credential.valid_to).map_err(kit::Error::fault)?;
    let warn = Warn {
        credential_id: credential.id,
    };
    let job = jobs::NewJob::new("eldercare", WARN, &warn)?
        .key(format!("{WARN}:{}", credential.id))
        .run_at(ends - ahead);
    jobs::enqueue(conn, &job).await?;
    Ok(())
}

/// The timer fell due: tells of a paper that is about to end and not renewed.
pub async fn warn(conn: &mut PgConnection, due: Warn, now: DateTime<Utc>) -> Result<()> {
    let Some(credential) = store::credential::lock(conn, due.credential_id).await? else {
        return Ok(());
    };
    let stands = credential.state == CredentialState::Verified;
    if !stands || store::credential::is_renewed(conn, &credential).await? {
        return Ok(());
    }
    let event = events::NewEvent {
        subject: "eldercare.credential.expiring",
        at: now,
        ..told(&credential)
    };
    events::append(conn, &event).await?;
    Ok(())
}

/// What the others are told: which paper of which organisation, and no number.
fn told(credential: &Credential) -> events::NewEvent {
    events::NewEvent {
        subject: match credential.state {
            CredentialState::Submitted => "eldercare.credential.submitted",
            CredentialState::Verified => "eldercare.credential.verified",
            CredentialState::Rejected => "eldercare.credential.rejected",
            CredentialState::Revoked => "eldercare.credential.revoked",
        },
        aggregate: "credential",
        aggregate_id: credential.id.as_uuid(),
        trace_id: None,
        at: credential.updated_at,
        data: json!({
            "credential_id": credential.id,
            "organization_id": credential.organization_id,
            "care_worker_id": credential.care_worker_id,
            "division_code": credential.division_code,
            "kind": credential.kind,
            "valid_to": credential.valid_to,
        }),
    }
}

/// Refuses where a line asks for papers that the provider, or whoever is sent,
/// does not hold on these days. The database asks the same once more.
pub(super) async fn check(
    conn: &mut PgConnection,
    line: ServiceLine,
    provider: OrganizationId,
    worker: Option<Worker>,
    days: (NaiveDate, NaiveDate),
) -> Result<()> {
    let requirements = store::credential::list_requirements(conn, Some(line)).await?;
    let sent = match worker {
        Some(Worker::CareWorker(id)) => Some(id.as_uuid()),
        _ => None,
    };
    let holders: Vec<Uuid> = [Some(provider.as_uuid()), sent]
        .into_iter()
        .flatten()
        .collect();
    let papers = store::credential::load_many_of(conn, &holders).await?;
    let of = |holder: Uuid| papers.get(&holder).map_or(&[][..], Vec::as_slice);
    let serving = Serving {
        provider: of(provider.as_uuid()),
        worker: worker.map(|_| sent.map_or(Sent::Other, |id| Sent::CareWorker(of(id)))),
    };
    Ok(check_papers(&requirements, line, serving, days)?)
}

/// What the lines ask for is public.
pub async fn requirements(state: &State, line: Option<ServiceLine>) -> Result<Vec<Requirement>> {
    store::credential::list_requirements(&mut *state.core.db.read().await?, line).await
}

/// The papers of care workers whom the caller has been shown.
pub async fn load_many_of_workers(
    state: &State,
    ids: &[CareWorkerId],
) -> Result<HashMap<CareWorkerId, Vec<Credential>>> {
    let holders: Vec<Uuid> = ids.iter().map(CareWorkerId::as_uuid).collect();
    let found =
        store::credential::load_many_of(&mut *state.core.db.read().await?, &holders).await?;
    Ok(found
        .into_iter()
        .map(|(id, papers)| (CareWorkerId::from_uuid(id), papers))
        .collect())
}

/// Which papers a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    pub filter: CredentialFilter,
    /// Only those that end within the days of warning, or have ended.
    pub expiring: bool,
}

/// A page of the papers that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    wanted: Wanted,
    page: &Page,
) -> Result<Paged<Credential>> {
    let actor = &caller.actor;
    let mut scope = actor.scope(super::elder::READERS);
    if actor.is(Role::OrgManager) {
        scope = scope.or_organization(actor);
    }
    let mut conn = state.core.db.read().await?;
    let mut filter = wanted.filter;
    if wanted.expiring {
        let today = china_date(state.core.clock.now());
        let ahead = warn_days(&mut conn, actor.division.as_ref(), today).await?;
        filter.ending_by = Some(today + ahead);
    }
    let rows = store::credential::list(&mut conn, &scope, &filter, page).await?;
    Ok(page.finish(rows))
}

/// The paper is not there, or not for this caller.
fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CREDENTIAL_NOT_FOUND",
        zh: "没有这份资质,或您无权查看",
        en: "there is no such credential, or it is not for you to see",
    )
    .into()
}
