//! 表决: one ballot for each verified resident, on paper or online.

mod cast;
mod close;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, china_date, keys::ProposalId, refuse};
use kit::{audit, auth::Caller, parameters};
use serde::{Deserialize, Serialize};

use super::proposal;
use crate::{
    domain::{
        ballot::{Ballot, BallotId, BallotRule, BallotUnit},
        proposal::ProposalState,
    },
    error::Result,
    state::State,
    store,
};

pub use cast::{Inclusion, Receipt, Vote, cast, receipt};
pub use close::close;

/// A vote to be held.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Open {
    pub proposal_id: ProposalId,
    pub unit: BallotUnit,
    pub rule: BallotRule,
    pub eligible: i32,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
}

/// Calls the vote on a proposal of the agenda.
pub async fn open(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Open,
) -> Result<Ballot> {
    let now = state.core.clock.now();
    input.unit.can_be_held()?;
    if input.eligible < 1 {
        return Err(refuse!(
            Invalid, "ELIGIBLE_RANGE", field: "input.eligible",
            zh: "有表决权的人数至少为 1", en: "at least one must be eligible",
        )
        .into());
    }
    let mut tx = state.core.db.begin(caller).await?;
    let mut subject = store::proposal::lock(&mut tx, input.proposal_id)
        .await?
        .ok_or_else(proposal::unknown)?;
    state
        .core
        .authorize(caller, "openBallot", &proposal::resource(&subject))?;
    if let Some(first) = tx.replay("openBallot", &key, &input, now).await? {
        return Ok(first);
    }
    if input.opens_at < now || input.closes_at <= input.opens_at {
        return Err(refuse!(
            Invalid, "BALLOT_PERIOD", field: "input.opensAt",
            zh: "表决须在将来开始,且结束晚于开始", en: "a vote begins in the future and ends after it begins",
        )
        .into());
    }
    subject.step(ProposalState::Deliberating, now)?;
    let division = subject.division_code;
    // The law in force on the day the vote is called.
    let quorum = parameters::find(
        &mut tx,
        input.unit.quorum_key(),
        Some(&division),
        china_date(now),
    )
    .await?;
    let ballot = Ballot {
        id: BallotId::new(&state.core.ids),
        proposal_id: subject.id,
        unit: input.unit,
        rule: input.rule,
        eligible: input.eligible,
        quorum_percent: i32::try_from(quorum.value).map_err(kit::Error::internal)?,
        quorum_source: quorum.source,
        opens_at: input.opens_at,
        closes_at: input.closes_at,
        created_at: now,
        result: None,
    };
    store::ballot::insert(&mut tx, &ballot).await?;
    store::proposal::update(&mut tx, &mut subject).await?;
    let entry = audit::Entry::write(caller, "openBallot", &proposal::resource(&subject), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(ballot).await
}

/// The newest ballot of each proposal; ballots are public, votes are not.
pub async fn load_newest(
    state: &State,
    proposals: &[ProposalId],
) -> Result<HashMap<ProposalId, Ballot>> {
    store::ballot::load_newest(&mut *state.core.db.read().await?, proposals).await
}

/// One ballot, where there is one.
pub async fn load(state: &State, id: BallotId) -> Result<Option<Ballot>> {
    store::ballot::find(&mut *state.core.db.read().await?, id).await
}

async fn find(state: &State, id: BallotId) -> Result<Ballot> {
    load(state, id).await?.ok_or_else(unknown)
}

/// The ballot is not there.
pub fn unknown() -> kit::Error {
    refuse!(NotFound, "BALLOT_NOT_FOUND", zh: "没有这次表决", en: "there is no such ballot").into()
}
