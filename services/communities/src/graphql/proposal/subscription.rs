//! Proposal subscriptions.

use async_graphql::{Context, ID, Subscription};
use kit::{Result, graph::typed, live::Following};

use super::Proposal;
use crate::{app, graphql::asked};

/// Proposal subscriptions.
#[derive(Default)]
pub struct ProposalSubscription;

#[Subscription]
impl ProposalSubscription {
    /// 议题的变化:先给出当前状态,此后每次变化(附议、上会、表决、公示等)各给出一次。The proposal as it is
    /// now, and again at each change: seconded, on the agenda, voted on, shown to everybody.
    async fn proposal_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "议题。The proposal.")] proposal_id: ID,
    ) -> Result<Following<Proposal>> {
        let id = typed(&proposal_id, "proposalId")?;
        let (state, _) = asked(ctx);
        let changes = app::proposal::watch(state, id).await?;
        Ok(changes.each(Proposal))
    }
}
