//! 立项: an adopted proposal is carried out; what needs money goes to procurement.

use kernel::{IdempotencyKey, keys::ProposalId};
use kit::{audit, auth::Caller};
use serde::{Deserialize, Serialize};

use super::proposal;
use crate::{
    clients::purchases::Purchase,
    domain::{
        project::{ProjectRoute, PurchaseLine, check_project},
        proposal::Proposal,
    },
    error::Result,
    state::State,
    store,
};

/// How it is carried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Projectise {
    pub proposal_id: ProposalId,
    pub route: ProjectRoute,
    pub title: String,
    pub lines: Vec<PurchaseLine>,
}

/// Turns an adopted and published proposal into a project. Procurement is
/// asked first, under a key of its own: if this service dies afterwards, the
/// same call finds the same need there and finishes here.
pub async fn projectise(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Projectise,
) -> Result<Proposal> {
    let before = proposal::find(state, input.proposal_id).await?;
    state
        .core
        .authorize(caller, "projectiseProposal", &proposal::resource(&before))?;
    check_project(input.route, &input.title, &input.lines)?;
    let earlier = state
        .core
        .answered(caller, "projectiseProposal", &key, &input);
    if let Some(first) = earlier.await? {
        return Ok(first);
    }
    let now = state.core.clock.now();
    before.may_become_project(now)?;
    let purchase = match input.route {
        ProjectRoute::Procurement => Some(
            state
                .purchases
                .raise(
                    caller,
                    &Purchase {
                        key: key_for_procurement(state, before.id, &key),
                        trace: before.trace_id,
                        proposal: before.id,
                        community: before.community_id,
                        division: before.division_code.to_string(),
                        title: &input.title,
                        lines: &input.lines,
                    },
                )
                .await?,
        ),
        ProjectRoute::SelfRun | ProjectRoute::Grant => None,
    };

    let mut tx = state.core.db.begin(caller).await?;
    let mut subject = store::proposal::lock(&mut tx, input.proposal_id)
        .await?
        .ok_or_else(proposal::unknown)?;
    if let Some(first) = tx.replay("projectiseProposal", &key, &input, now).await? {
        return Ok(first);
    }
    subject.projectise(input.route, purchase, now)?;
    store::proposal::update(&mut tx, &mut subject).await?;
    let entry = audit::Entry::write(
        caller,
        "projectiseProposal",
        &proposal::resource(&subject),
        now,
    );
    audit::append(&mut tx, &entry).await?;
    tx.answer(subject).await
}

/// One key there for one key here. It is hashed so that it fits: two keys cut
/// to the same front would be taken for one call.
pub(super) fn key_for_procurement(
    state: &State,
    proposal: ProposalId,
    key: &IdempotencyKey,
) -> String {
    let hash = state
        .core
        .pii
        .blind_index("project.key", &format!("{proposal}:{key}"));
    format!("project-{}", hex::encode(hash))
}
