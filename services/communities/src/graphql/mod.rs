//! This service's part of the graph: roots merged from one file per noun.

mod ballot;
mod community;
mod foreign;
mod linkage;
mod loaders;
mod need;
mod project;
mod proposal;
mod rating;

use async_graphql::{Context, MergedObject, MergedSubscription, Request, Schema};
use kit::{auth::Caller, graph::loader};

use crate::state::State;

/// Root queries.
#[derive(MergedObject, Default)]
pub struct Query(
    community::CommunityQuery,
    need::NeedQuery,
    proposal::ProposalQuery,
    ballot::BallotQuery,
    linkage::LinkageQuery,
);

/// Root mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    community::CommunityMutation,
    need::NeedMutation,
    proposal::ProposalMutation,
    proposal::PublicityMutation,
    project::ProjectMutation,
    ballot::BallotMutation,
    rating::RatingMutation,
);

/// 订阅。Root subscriptions.
#[derive(MergedSubscription, Default)]
pub struct Subscription(need::NeedSubscription, proposal::ProposalSubscription);

/// The schema of this subgraph.
pub type Subgraph = Schema<Query, Mutation, Subscription>;

/// The schema; `state` is absent where only its text is wanted.
pub fn schema(state: Option<State>) -> Subgraph {
    let builder = Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
    .enable_federation()
    .enable_subscription_in_federation()
    .limit_depth(20);
    match state {
        Some(state) => builder.data(state).finish(),
        None => builder.finish(),
    }
}

/// Adds the loaders of one request.
pub fn prepare(state: &State, request: Request, caller: &Caller) -> Request {
    let scoped = loaders::Scoped {
        state: state.clone(),
        caller: caller.clone(),
    };
    request.data(loader(scoped))
}

/// What a use case is given: the service, and who asks.
fn asked<'a>(ctx: &Context<'a>) -> (&'a State, &'a Caller) {
    (ctx.data_unchecked(), ctx.data_unchecked())
}
