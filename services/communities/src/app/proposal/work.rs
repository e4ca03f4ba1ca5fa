//! The way to the agenda: screened by staff, seconded by residents, placed.

use kernel::{IdempotencyKey, china_date, keys::ProposalId, refuse};
use kit::{audit, auth::Caller, parameters};
use serde::{Deserialize, Serialize};

use crate::{
    domain::proposal::{Proposal, ProposalState},
    error::Result,
    state::State,
    store,
};

/// Whether it is the residents' own affair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Screen {
    pub proposal_id: ProposalId,
    pub in_scope: bool,
    pub note: Option<String>,
}

/// Screens a proposal; one out of scope gives its need back.
pub async fn screen(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Screen,
) -> Result<Proposal> {
    let note = input.note.as_deref().unwrap_or_default();
    if !input.in_scope && note.trim().is_empty() {
        return Err(refuse!(
            Invalid,
            "NOTE_REQUIRED",
            field: "input.note",
            zh: "不属议事范围的须说明理由",
            en: "say why the proposal is out of scope",
        )
        .into());
    }
    let next = if input.in_scope {
        ProposalState::Screened
    } else {
        ProposalState::OutOfScope
    };
    step(
        state,
        caller,
        key,
        "screenProposal",
        input.proposal_id,
        &input,
        next,
    )
    .await
}

/// Places a seconded proposal on the agenda.
pub async fn place_on_agenda(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: ProposalId,
) -> Result<Proposal> {
    step(
        state,
        caller,
        key,
        "placeOnAgenda",
        id,
        &id,
        ProposalState::OnAgenda,
    )
    .await
}

async fn step(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    action: &'static str,
    id: ProposalId,
    input: &impl Serialize,
    next: ProposalState,
) -> Result<Proposal> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut proposal = store::proposal::lock(&mut tx, id)
        .await?
        .ok_or_else(super::unknown)?;
    state
        .core
        .authorize(caller, action, &super::resource(&proposal))?;
    if let Some(first) = tx.replay(action, &key, input, now).await? {
        return Ok(first);
    }
    proposal.step(next, now)?;
    store::proposal::update(&mut tx, &mut proposal).await?;
    if next.gives_the_need_back() {
        super::give_need_back(&mut tx, &proposal, now).await?;
    }
    let entry = audit::Entry::write(caller, action, &super::resource(&proposal), now)
        .detail(serde_json::to_value(input)?);
    audit::append(&mut tx, &entry).await?;
    tx.answer(proposal).await
}

/// A resident seconds a proposal, once.
pub async fn second(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: ProposalId,
) -> Result<Proposal> {
    let before = super::find(state, id).await?;
    state
        .core
        .authorize(caller, "secondProposal", &super::resource(&before))?;
    let earlier = state.core.answered(caller, "secondProposal", &key, &id);
    if let Some(first) = earlier.await? {
        return Ok(first);
    }
    let resident =
        super::elector(state, caller, &before.division_code, super::own_id(caller)?).await?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut proposal = store::proposal::lock(&mut tx, id)
        .await?
        .ok_or_else(super::unknown)?;
    if let Some(first) = tx.replay("secondProposal", &key, &id, now).await? {
        return Ok(first);
    }
    let division = proposal.division_code;
    let enough = parameters::number(
        &mut tx,
        "com.proposal.seconds",
        Some(&division),
        china_date(now),
    )
    .await?;
    // First whether this resident may again, then whether the proposal may.
    store::proposal::insert_second(&mut tx, id, resident.id, now).await?;
    proposal.second(enough, now)?;
    store::proposal::update(&mut tx, &mut proposal).await?;
    let entry = audit::Entry::write(caller, "secondProposal", &super::resource(&proposal), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(proposal).await
}
