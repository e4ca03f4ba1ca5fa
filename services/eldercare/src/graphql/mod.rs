//! This service's part of the graph: roots merged from one file per noun.

mod alarm;
mod assessment;
mod credit;
mod elder;
mod foreign;
mod linkage;
mod loaders;
mod menu_item;
mod order;
mod relation;
mod tier;
mod visit;

use async_graphql::{Context, MergedObject, MergedSubscription, Request, Schema};
use kit::{auth::Caller, graph::loader};

use crate::state::State;

/// Root queries.
#[derive(MergedObject, Default)]
pub struct Query(
    elder::ElderQuery,
    assessment::AssessmentQuery,
    tier::TierQuery,
    menu_item::MenuItemQuery,
    order::OrderQuery,
    visit::VisitQuery,
    alarm::AlarmQuery,
    credit::CreditQuery,
    linkage::LinkageQuery,
    foreign::ForeignQuery,
);

/// Root mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    elder::ElderMutation,
    relation::RelationMutation,
    assessment::AssessmentMutation,
    tier::TierMutation,
    menu_item::MenuItemMutation,
    order::OrderMutation,
    visit::VisitMutation,
    alarm::AlarmMutation,
    credit::CreditMutation,
);

/// 订阅。Root subscriptions.
#[derive(MergedSubscription, Default)]
pub struct Subscription(visit::VisitSubscription, alarm::AlarmSubscription);

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

/// What every use case is given.
fn given<'a>(ctx: &Context<'a>) -> (&'a State, &'a Caller) {
    (
        ctx.data_unchecked::<State>(),
        ctx.data_unchecked::<Caller>(),
    )
}
