//! 公示: the decision is shown, residents object, objections are settled.

use kernel::{IdempotencyKey, Term, china_date, keys::ProposalId};
use kit::{audit, auth::Caller, calendar, parameters};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{proposal::Proposal, words::check_words},
    error::Result,
    state::State,
    store,
};

/// Shows an adopted decision to everybody for a while (公示).
pub async fn publish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: ProposalId,
) -> Result<Proposal> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut proposal = store::proposal::lock(&mut tx, id)
        .await?
        .ok_or_else(super::unknown)?;
    state
        .core
        .authorize(caller, "publishDecision", &super::resource(&proposal))?;
    if let Some(first) = tx.replay("publishDecision", &key, &id, now).await? {
        return Ok(first);
    }
    let division = proposal.division_code;
    let days = parameters::number(
        &mut tx,
        "com.decision.publicity_days",
        Some(&division),
        china_date(now),
    )
    .await?;
    let term = Term::WorkingDays(u32::try_from(days).map_err(kit::Error::internal)?);
    proposal.publish(calendar::load(&mut tx).await?.add(now, term)?, now)?;
    store::proposal::update(&mut tx, &mut proposal).await?;
    let entry = audit::Entry::write(caller, "publishDecision", &super::resource(&proposal), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(proposal).await
}

/// A resident's objection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Object {
    pub proposal_id: ProposalId,
    pub body: String,
}

/// A resident objects while the decision is shown.
pub async fn object(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Object,
) -> Result<Proposal> {
    let body = check_words("input.text", &input.body, 2000)?;
    let before = super::find(state, input.proposal_id).await?;
    state
        .core
        .authorize(caller, "objectDecision", &super::resource(&before))?;
    let earlier = state.core.answered(caller, "objectDecision", &key, &input);
    if let Some(first) = earlier.await? {
        return Ok(first);
    }
    let resident =
        super::elector(state, caller, &before.division_code, super::own_id(caller)?).await?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut proposal = store::proposal::lock(&mut tx, input.proposal_id)
        .await?
        .ok_or_else(super::unknown)?;
    if let Some(first) = tx.replay("objectDecision", &key, &input, now).await? {
        return Ok(first);
    }
    proposal.object(now)?;
    let id = state.core.ids.next();
    store::proposal::insert_objection(&mut tx, id, proposal.id, resident.id, &body, now).await?;
    store::proposal::update(&mut tx, &mut proposal).await?;
    let entry = audit::Entry::write(caller, "objectDecision", &super::resource(&proposal), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(proposal).await
}

/// What became of an objection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resolve {
    pub proposal_id: ProposalId,
    pub upheld: bool,
    pub note: String,
}

/// Resolves the open objection: upheld means that residents talk again.
pub async fn resolve(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Resolve,
) -> Result<Proposal> {
    let note = check_words("input.note", &input.note, 2000)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut proposal = store::proposal::lock(&mut tx, input.proposal_id)
        .await?
        .ok_or_else(super::unknown)?;
    state
        .core
        .authorize(caller, "resolveObjection", &super::resource(&proposal))?;
    if let Some(first) = tx.replay("resolveObjection", &key, &input, now).await? {
        return Ok(first);
    }
    proposal.resolve(input.upheld, now)?;
    store::proposal::resolve_objection(&mut tx, proposal.id, input.upheld, &note, now).await?;
    store::proposal::update(&mut tx, &mut proposal).await?;
    let entry = audit::Entry::write(caller, "resolveObjection", &super::resource(&proposal), now)
        .detail(serde_json::to_value(&input)?);
    audit::append(&mut tx, &entry).await?;
    tx.answer(proposal).await
}
