//! 投诉: filed with the authority after a challenge, which may hold the signing up
//! and decides.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, refuse};
use kit::{auth::Caller, calendar, db::Tx, events};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    challenge::{self, resource},
    count, number, record,
};
use crate::{
    domain::{
        challenge::{Challenge, ChallengeId},
        complaint::{Complaint, ComplaintId, ComplaintState, check_file},
        tender::Tender,
        text,
    },
    error::Result,
    state::State,
    store,
};

/// About which challenge, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct File {
    pub challenge_id: ChallengeId,
    pub ground: String,
}

/// Files a complaint with the authority.
pub async fn file(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: File,
) -> Result<Complaint> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (of, about) =
        challenge::locked(&mut tx, caller, "fileComplaint", input.challenge_id).await?;
    state
        .core
        .authorize(caller, "fileComplaint", &resource(&about))?;
    if let Some(first) = tx.replay("fileComplaint", &key, &input, now).await? {
        return Ok(first);
    }
    let ground = text("input.ground", &input.ground, 4000)?;
    let division = &about.division_code;
    let file = count(&mut tx, "prc.complaint.file_working_days", division, now).await?;
    let decide = count(&mut tx, "prc.complaint.decide_working_days", division, now).await?;
    let known = calendar::load(&mut tx).await?;
    let one = Complaint {
        id: ComplaintId::new(&state.core.ids),
        challenge_id: about.id,
        tender_id: of.id,
        ground,
        filed_by: caller.actor.subject.clone(),
        filed_at: now,
        decide_by: check_file(&about, file, decide, &known, now)?,
        state: ComplaintState::Filed,
        version: 1,
        suspension: None,
        decision: None,
        ended_at: None,
        updated_at: now,
    };
    store::complaint::insert(&mut tx, &one)
        .await
        .map_err(told)?;
    events::append(&mut tx, &event("procurement.complaint.filed", &one, &of)).await?;
    finish(tx, caller, "fileComplaint", (&about, one), json!({})).await
}

/// The database's refusal in words.
fn told(error: kit::Error) -> kit::Error {
    match error.reason() {
        "COMPLAINT_EXISTS" => refuse!(
            AlreadyExists,
            "COMPLAINT_EXISTS",
            field: "input.challengeId",
            zh: "该质疑已投诉",
            en: "a complaint about this challenge was filed already",
        )
        .into(),
        _ => error,
    }
}

fn event(subject: &'static str, one: &Complaint, of: &Tender) -> events::NewEvent {
    events::NewEvent {
        subject,
        aggregate: "tender",
        aggregate_id: of.id.as_uuid(),
        trace_id: Some(of.trace_id.as_uuid()),
        at: one.updated_at,
        data: json!({
            "trace_id": of.trace_id,
            "tender_id": of.id,
            "complaint_id": one.id,
            "state": one.state,
            "affects_result": one.decision.as_ref().map(|decision| decision.affects_result),
        }),
    }
}

/// Until when nothing is signed, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Suspend {
    pub complaint_id: ComplaintId,
    pub until: DateTime<Utc>,
    pub reason: String,
}

/// Orders that nothing is signed until then.
pub async fn suspend(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Suspend,
) -> Result<Complaint> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (_, about, mut one) = locked(&mut tx, caller, "suspendSigning", input.complaint_id).await?;
    state
        .core
        .authorize(caller, "suspendSigning", &resource(&about))?;
    if let Some(first) = tx.replay("suspendSigning", &key, &input, now).await? {
        return Ok(first);
    }
    let division = &about.division_code;
    let most = number(&mut tx, "prc.complaint.suspend_days_max", division, now).await?;
    one.suspend(input.until, &input.reason, &caller.actor.subject, most, now)?;
    store::complaint::update(&mut tx, &mut one).await?;
    let detail = json!({ "until": input.until });
    finish(tx, caller, "suspendSigning", (&about, one), detail).await
}

/// What the authority decides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decide {
    pub complaint_id: ComplaintId,
    pub upheld: bool,
    pub affects_result: bool,
    pub decision: String,
}

/// Decides a complaint; the decision is public.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Decide,
) -> Result<Complaint> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (of, about, mut one) =
        locked(&mut tx, caller, "decideComplaint", input.complaint_id).await?;
    state
        .core
        .authorize(caller, "decideComplaint", &resource(&about))?;
    if let Some(first) = tx.replay("decideComplaint", &key, &input, now).await? {
        return Ok(first);
    }
    let found = (input.upheld, input.affects_result);
    let by = &caller.actor.subject;
    one.decide(&about, found, &input.decision, by, now)?;
    store::complaint::update(&mut tx, &mut one).await?;
    events::append(&mut tx, &event("procurement.complaint.decided", &one, &of)).await?;
    let detail = json!({ "upheld": input.upheld, "affects_result": input.affects_result });
    finish(tx, caller, "decideComplaint", (&about, one), detail).await
}

/// Takes a complaint back.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: ComplaintId,
) -> Result<Complaint> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (_, about, mut one) = locked(&mut tx, caller, "withdrawComplaint", id).await?;
    state
        .core
        .authorize(caller, "withdrawComplaint", &resource(&about))?;
    if let Some(first) = tx.replay("withdrawComplaint", &key, &id, now).await? {
        return Ok(first);
    }
    one.withdraw(now)?;
    store::complaint::update(&mut tx, &mut one).await?;
    finish(tx, caller, "withdrawComplaint", (&about, one), json!({})).await
}

async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &str,
    (about, one): (&Challenge, Complaint),
    mut detail: Value,
) -> Result<Complaint> {
    detail["complaint_id"] = json!(one.id);
    let at = one.updated_at;
    record(&mut tx, caller, action, &resource(about), at, detail).await?;
    tx.answer(one).await
}

/// Tender and challenge are locked first; the complaint is read under them.
async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    id: ComplaintId,
) -> Result<(Tender, Challenge, Complaint)> {
    caller.signed_in(action)?;
    let seen = store::complaint::find(tx, id).await?.ok_or_else(unknown)?;
    let (of, about) = challenge::locked(tx, caller, action, seen.challenge_id).await?;
    let one = store::complaint::find(tx, id).await?.ok_or_else(unknown)?;
    Ok((of, about, one))
}

/// The complaints that follow challenges: that there is one, its suspension and
/// its decision are public; its ground is told with the decision.
pub async fn load_many(
    state: &State,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, Vec<Complaint>>> {
    store::complaint::load_many_by_challenge(&mut *state.core.db.read().await?, ids).await
}

/// The complaint is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "COMPLAINT_NOT_FOUND",
        zh: "没有这项投诉",
        en: "there is no such complaint",
    )
    .into()
}
