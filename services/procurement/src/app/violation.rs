//! 违规: reported by anybody signed in, the contractor heard, found by the county or
//! the auditors; what was found is public.

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, Term, keys::ContractId, refuse};
use kit::{
    auth::{Caller, Role},
    calendar,
    db::Tx,
    events,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    contract::{self, resource},
    count, record,
};
use crate::{
    domain::{
        contract::Contract,
        text,
        violation::{Violation, ViolationFilter, ViolationId, ViolationKind, ViolationState},
    },
    error::Result,
    state::State,
    store,
};

/// Who sees reports of their division before anything is found.
const READERS: &[Role] = &[
    Role::ProcurementOfficer,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// What was done against the plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub contract_id: ContractId,
    pub kind: ViolationKind,
    pub facts: String,
}

/// Takes a report; who made it stays between them and those who decide.
pub async fn report(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Report,
) -> Result<Violation> {
    const ACTION: &str = "reportViolation";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let of = found(&mut tx, input.contract_id).await?;
    state.core.authorize(caller, ACTION, &resource(&of))?;
    if let Some(first) = tx.replay("reportViolation", &key, &input, now).await? {
        return Ok(first);
    }
    let facts = text("input.facts", &input.facts, 4000)?;
    let division = &of.division_code;
    let days = count(&mut tx, "prc.violation.hearing_working_days", division, now).await?;
    let answer_by = calendar::load(&mut tx)
        .await?
        .add(now, Term::WorkingDays(days))?;
    let one = Violation {
        id: ViolationId::new(&state.core.ids),
        contract_id: of.id,
        division_code: of.division_code,
        organization_id: of.organization_id,
        kind: input.kind,
        facts,
        reported_by: caller.actor.subject.clone(),
        reported_at: now,
        answer_by,
        statement: None,
        state: ViolationState::Reported,
        version: 1,
        finding: None,
    };
    store::violation::insert(&mut tx, &one).await?;
    let detail = json!({ "violation_id": one.id, "kind": one.kind });
    record(&mut tx, caller, ACTION, &resource(&of), now, detail).await?;
    tx.answer(one).await
}

/// What the contractor says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    pub violation_id: ViolationId,
    pub statement: String,
}

/// Hears the contractor.
pub async fn answer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Answer,
) -> Result<Violation> {
    const ACTION: &str = "answerViolation";
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut one, of) = locked(&mut tx, caller, ACTION, input.violation_id).await?;
    state.core.authorize(caller, ACTION, &resource(&of))?;
    if let Some(first) = tx.replay("answerViolation", &key, &input, now).await? {
        return Ok(first);
    }
    one.state_case(&input.statement, now)?;
    store::violation::update(&mut tx, &mut one).await?;
    let detail = json!({ "violation_id": one.id });
    record(&mut tx, caller, ACTION, &resource(&of), now, detail).await?;
    tx.answer(one).await
}

/// The finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decide {
    pub violation_id: ViolationId,
    pub confirmed: bool,
    pub finding: String,
}

/// Finds a violation or not; what was found is public.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Decide,
) -> Result<Violation> {
    const ACTION: &str = "decideViolation";
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut one, of) = locked(&mut tx, caller, ACTION, input.violation_id).await?;
    state.core.authorize(caller, ACTION, &resource(&of))?;
    if let Some(first) = tx.replay("decideViolation", &key, &input, now).await? {
        return Ok(first);
    }
    one.decide(input.confirmed, &input.finding, &caller.actor.subject, now)?;
    store::violation::update(&mut tx, &mut one).await?;
    if input.confirmed {
        events::append(&mut tx, &confirmed(&one, &of, now)).await?;
    }
    let detail: Value = json!({ "violation_id": one.id, "confirmed": input.confirmed });
    record(&mut tx, caller, ACTION, &resource(&of), now, detail).await?;
    tx.answer(one).await
}

fn confirmed(
    one: &Violation,
    of: &Contract,
    at: chrono::DateTime<chrono::Utc>,
) -> events::NewEvent {
    events::NewEvent {
        subject: "procurement.violation.confirmed",
        aggregate: "contract",
        aggregate_id: of.id.as_uuid(),
        trace_id: Some(of.trace_id.as_uuid()),
        at,
        data: json!({
            "trace_id": of.trace_id,
            "contract_id": of.id,
            "organization_id": of.organization_id,
            "division_code": of.division_code,
            "violation_id": one.id,
            "kind": one.kind,
        }),
    }
}

async fn found(tx: &mut Tx, id: ContractId) -> Result<Contract> {
    let found = store::contract::load_many(tx, &[id]).await?.remove(&id);
    found.ok_or_else(contract::unknown)
}

async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    id: ViolationId,
) -> Result<(Violation, Contract)> {
    caller.signed_in(action)?;
    let one = store::violation::lock(tx, id).await?.ok_or_else(unknown)?;
    let of = found(tx, one.contract_id).await?;
    Ok((one, of))
}

/// The violations under contracts: what was found is public, the rest is for the
/// contractor and those who decide.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Violation>>> {
    let mut conn = state.core.db.read().await?;
    let found = store::violation::load_many_by_contract(&mut conn, ids).await?;
    drop(conn);
    contract::seen(state, caller, found, |one| {
        one.state == ViolationState::Confirmed
    })
    .await
}

/// A page of violations, newest first.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &ViolationFilter,
    page: &Page,
) -> Result<Paged<Violation>> {
    let reach = caller.actor.scope(READERS);
    let rows =
        store::violation::list(&mut *state.core.db.read().await?, &reach, filter, page).await?;
    Ok(page.finish(rows))
}

/// The violation is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VIOLATION_NOT_FOUND",
        zh: "没有这项举报",
        en: "there is no such report",
    )
    .into()
}
