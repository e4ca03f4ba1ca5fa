//! One statement for all entities of a request.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader, NoCache};
use kernel::{
    DivisionCode,
    keys::{CommunityId, NeedId, ProposalId, TraceId},
};
use kit::{Error, auth::Caller};

use crate::{
    app,
    domain::{ballot::Ballot, community::Community, need::Need, proposal::Proposal},
    state::State,
};

/// Loads for one caller.
pub struct Scoped {
    pub state: State,
    pub caller: Caller,
}

/// The loader of a request.
pub type Loaders = DataLoader<Scoped, NoCache>;

type Loaded<K, V> = Result<HashMap<K, V>, Error>;

impl Loader<CommunityId> for Scoped {
    type Value = Community;
    type Error = Error;

    async fn load(&self, ids: &[CommunityId]) -> Loaded<CommunityId, Community> {
        app::community::load_many(&self.state, ids).await
    }
}

impl Loader<DivisionCode> for Scoped {
    type Value = Community;
    type Error = Error;

    async fn load(&self, codes: &[DivisionCode]) -> Loaded<DivisionCode, Community> {
        app::community::load_many_by_code(&self.state, codes).await
    }
}

impl Loader<NeedId> for Scoped {
    type Value = Need;
    type Error = Error;

    async fn load(&self, ids: &[NeedId]) -> Loaded<NeedId, Need> {
        app::need::load_many(&self.state, &self.caller, ids).await
    }
}

impl Loader<ProposalId> for Scoped {
    type Value = Proposal;
    type Error = Error;

    async fn load(&self, ids: &[ProposalId]) -> Loaded<ProposalId, Proposal> {
        app::proposal::load_many(&self.state, ids).await
    }
}

/// The newest proposal of a chain.
impl Loader<TraceId> for Scoped {
    type Value = Proposal;
    type Error = Error;

    async fn load(&self, traces: &[TraceId]) -> Loaded<TraceId, Proposal> {
        app::proposal::load_by_trace(&self.state, traces).await
    }
}

/// The newest ballot of a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BallotOf(pub ProposalId);

impl Loader<BallotOf> for Scoped {
    type Value = Ballot;
    type Error = Error;

    async fn load(&self, keys: &[BallotOf]) -> Loaded<BallotOf, Ballot> {
        let ids: Vec<ProposalId> = keys.iter().map(|key| key.0).collect();
        let found = app::ballot::load_newest(&self.state, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, ballot)| (BallotOf(id), ballot))
            .collect())
    }
}
