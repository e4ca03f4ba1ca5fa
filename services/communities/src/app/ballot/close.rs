//! Counting, after the close.

use kernel::IdempotencyKey;
use kit::{audit, auth::Caller, events};

use crate::{
    app::proposal,
    domain::ballot::{Ballot, BallotChoice, BallotId},
    error::Result,
    state::State,
    store,
};

/// Counts after the close, and the proposal is decided.
pub async fn close(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: BallotId,
) -> Result<Ballot> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    // Votes under way come first; later ones find the result and are refused.
    store::ballot::lock(&mut tx, id).await?;
    let mut ballot = store::ballot::find(&mut tx, id)
        .await?
        .ok_or_else(super::unknown)?;
    let mut subject = store::proposal::lock(&mut tx, ballot.proposal_id)
        .await?
        .ok_or_else(proposal::unknown)?;
    state
        .core
        .authorize(caller, "closeBallot", &proposal::resource(&subject))?;
    if let Some(first) = tx.replay("closeBallot", &key, &id, now).await? {
        return Ok(first);
    }
    let mut choices = Vec::new();
    for sealed in store::ballot::list_choices(&mut tx, id).await? {
        let mark = state
            .core
            .pii
            .decrypt(&super::cast::sealed_in(id), &sealed)?;
        choices.push(
            BallotChoice::of_mark(&mark)
                .ok_or_else(|| kit::Error::inconsistent("ballot_choices", "choice_enc", id))?,
        );
    }
    let tally = ballot.count(choices, now)?;
    subject.decide(tally.decision.into(), now)?;
    store::ballot::insert_result(&mut tx, id, &tally).await?;
    store::proposal::update(&mut tx, &mut subject).await?;
    if subject.state.gives_the_need_back() {
        proposal::give_need_back(&mut tx, &subject, now).await?;
    }
    events::append(
        &mut tx,
        &events::NewEvent {
            subject: "communities.proposal.decided",
            aggregate: "proposal",
            aggregate_id: subject.id.as_uuid(),
            trace_id: Some(subject.trace_id.as_uuid()),
            at: now,
            data: serde_json::json!({
                "proposal_id": subject.id,
                "trace_id": subject.trace_id,
                "community_code": subject.division_code,
                "decision": tally.decision,
            }),
        },
    )
    .await?;
    let entry = audit::Entry::write(caller, "closeBallot", &proposal::resource(&subject), now);
    audit::append(&mut tx, &entry).await?;
    ballot.result = Some(tally);
    tx.answer(ballot).await
}
