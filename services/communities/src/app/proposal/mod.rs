//! 自治议题: from a verified need to a decision that everybody could see.

mod elector;
mod publicity;
mod work;

use std::collections::HashMap;

use kernel::{
    IdempotencyKey, Page, Paged,
    keys::{CommunityId, NeedId, ProposalId, ResidentId, TraceId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    live::{Following, follow},
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        proposal::{Proposal, ProposalState},
        words::check_words,
    },
    error::Result,
    state::State,
    store,
};

pub(super) use elector::{elector, own_id};
pub use publicity::{Object, Resolve, object, publish, resolve};
pub use work::{Screen, place_on_agenda, screen, second};

/// What a proposal is to the policies.
pub fn resource(proposal: &Proposal) -> Resource {
    Resource::new("Proposal", proposal.id).in_division(proposal.division_code)
}

/// A need becomes a proposal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raise {
    pub need_id: NeedId,
    pub title: String,
    pub body: String,
}

/// Raises a proposal on a verified need.
pub async fn raise(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Raise,
) -> Result<Proposal> {
    let title = check_words("input.title", &input.title, 100)?;
    let body = check_words("input.text", &input.body, 5000)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut need = store::need::lock(&mut tx, input.need_id)
        .await?
        .ok_or_else(super::need::unknown)?;
    state
        .core
        .authorize(caller, "raiseProposal", &super::need::resource(&need))?;
    if let Some(first) = tx.replay("raiseProposal", &key, &input, now).await? {
        return Ok(first);
    }
    need.propose(now)?;
    let proposal = Proposal {
        id: ProposalId::new(&state.core.ids),
        need_id: need.id,
        trace_id: need.trace_id,
        community_id: need.community_id,
        division_code: need.division_code,
        title,
        body,
        raised_by: caller.actor.subject.clone(),
        raised_by_resident: caller
            .actor
            .resident_id
            .filter(|_| caller.actor.is(Role::Resident))
            .map(ResidentId::from_uuid),
        seconds: 0,
        state: ProposalState::Raised,
        route: None,
        procurement_need_id: None,
        decided_at: None,
        published_at: None,
        objection_until: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::need::update(&mut tx, &mut need).await?;
    store::proposal::insert(&mut tx, &proposal).await?;
    let entry = audit::Entry::write(caller, "raiseProposal", &resource(&proposal), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(proposal).await
}

/// The need waits for another proposal.
pub(super) async fn give_need_back(
    tx: &mut kit::db::Tx,
    proposal: &Proposal,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let mut need = store::need::lock(tx, proposal.need_id)
        .await?
        .ok_or_else(super::need::unknown)?;
    need.give_back(now)?;
    store::need::update(tx, &mut need).await
}

/// Proposals are public: residents decide in the open.
pub async fn load_many(state: &State, ids: &[ProposalId]) -> Result<HashMap<ProposalId, Proposal>> {
    store::proposal::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The newest proposal of each chain.
pub async fn load_by_trace(
    state: &State,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Proposal>> {
    store::proposal::load_by_trace(&mut *state.core.db.read().await?, traces).await
}

/// One proposal, which has to exist.
pub async fn find(state: &State, id: ProposalId) -> Result<Proposal> {
    load_many(state, &[id])
        .await?
        .remove(&id)
        .ok_or_else(unknown)
}

/// The proposal, now and after each change.
pub async fn watch(state: &State, id: ProposalId) -> Result<Following<Proposal>> {
    let watch = state.core.watch("proposal", id.as_uuid()).await?;
    let state = state.clone();
    Ok(follow(watch, move || {
        let state = state.clone();
        async move { find(&state, id).await }
    }))
}

/// A page of a community's proposals.
pub async fn list(state: &State, community: CommunityId, page: &Page) -> Result<Paged<Proposal>> {
    let rows = store::proposal::list(&mut *state.core.db.read().await?, community, page).await?;
    Ok(page.finish(rows))
}

/// The proposal is not there.
pub fn unknown() -> kit::Error {
    refuse!(NotFound, "PROPOSAL_NOT_FOUND", zh: "没有这个议题", en: "there is no such proposal")
        .into()
}
