//! Moves of a case that need nothing written beside them.

use kernel::{IdempotencyKey, keys::SocialWorkerId};
use kit::auth::Caller;
use serde::Serialize;
use serde_json::json;

use super::{Act, Begun, check_serving, moved, resource};
use crate::{
    domain::{
        case::{Case, CaseClosure, CaseId, CasePhase},
        words::words,
    },
    error::Result,
    state::State,
    store,
};

/// The signed and approved plan is carried out (介入).
pub async fn intervene(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: CaseId,
) -> Result<Case> {
    let act = Act::new(state, caller, "beginIntervention", &key);
    let (mut tx, mut case) = match act.begin::<Case, Case>(id, &id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    case.intervene(act.now)?;
    super::plan::newest(&mut tx, &case).await?.check_agreed()?;
    moved(&act, tx, case).await
}

/// Why a case ends.
#[derive(Clone, Debug, Serialize)]
pub struct End {
    pub case_id: CaseId,
    pub closure: CaseClosure,
}

/// An evaluated case is closed (结案).
pub async fn close(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: End,
) -> Result<Case> {
    let act = Act::new(state, caller, "closeCase", &key);
    finish(&act, input, CasePhase::Closed).await
}

/// A case ends before its time (终止): by the worker, the supervisor, or the
/// client, who may always stop.
pub async fn terminate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: End,
) -> Result<Case> {
    let act = Act::new(state, caller, "terminateCase", &key);
    finish(&act, input, CasePhase::Terminated).await
}

async fn finish(act: &Act<'_>, input: End, how: CasePhase) -> Result<Case> {
    let (tx, mut case) = match act.begin::<Case, Case>(input.case_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    let by_client = act.caller.actor.resident_id == Some(case.client_id.as_uuid());
    let why = if by_client {
        CaseClosure::ClientWithdrew
    } else {
        input.closure
    };
    case.end(how, why, act.now)?;
    moved(act, tx, case).await
}

/// A case that ended begins again with an assessment.
pub async fn reopen(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: CaseId,
) -> Result<Case> {
    let act = Act::new(state, caller, "reopenCase", &key);
    let (mut tx, mut case) = match act.begin::<Case, Case>(id, &id).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    case.reopen(act.now)?;
    let division = case.division_code;
    case.contact_by = super::contact_by(&mut tx, &act, &division, case.risk, act.today()).await?;
    moved(&act, tx, case).await
}

/// Who goes on with a case, and why.
#[derive(Clone, Debug, Serialize)]
pub struct HandOver {
    pub case_id: CaseId,
    pub worker_id: SocialWorkerId,
    pub reason: String,
}

/// The supervisor gives a case to another worker.
pub async fn hand_over(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: HandOver,
) -> Result<Case> {
    let act = Act::new(state, caller, "handOverCase", &key);
    let reason = words("input.reason", &input.reason, 500)?;
    let (mut tx, mut case) = match act.begin::<Case, Case>(input.case_id, &input).await? {
        Begun::Answered(first) => return Ok(first),
        Begun::First(tx, case) => (tx, case),
    };
    let before = case.worker_id;
    case.hand_over(input.worker_id, act.now)?;
    check_serving(&mut tx, &act, input.worker_id, "input.workerId").await?;
    store::case::update(&mut tx, &mut case, act.by()).await?;
    let of = resource(&case);
    let detail = json!({ "from": before, "to": case.worker_id, "reason": reason });
    act.finish(tx, &of, detail, case).await
}
