//! This service's part of the graph: roots merged from one file per noun.

mod alarm;
mod appeal;
mod assessment;
mod booking;
mod care_plan;
mod care_worker;
mod contact;
mod credential;
mod credit;
mod elder;
mod facility;
mod foreign;
mod inbox;
mod linkage;
mod loaders;
mod menu_item;
mod order;
mod provider;
mod relation;
mod slot;
mod tier;
mod visit;
mod visit_audit;

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
    visit_audit::VisitAuditQuery,
    alarm::AlarmQuery,
    credit::CreditQuery,
    care_plan::CarePlanQuery,
    appeal::AppealQuery,
    contact::ContactQuery,
    facility::FacilityQuery,
    slot::SlotQuery,
    booking::BookingQuery,
    provider::ProviderQuery,
    care_worker::CareWorkerQuery,
    credential::CredentialQuery,
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
    visit_audit::VisitAuditMutation,
    alarm::AlarmMutation,
    credit::CreditMutation,
    care_plan::CarePlanMutation,
    appeal::AppealMutation,
    contact::ContactMutation,
    facility::FacilityMutation,
    slot::SlotMutation,
    booking::BookingMutation,
    provider::ProviderMutation,
    care_worker::CareWorkerMutation,
    credential::CredentialMutation,
);

/// 订阅。Root subscriptions.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    visit::VisitSubscription,
    alarm::AlarmSubscription,
    inbox::InboxSubscription,
);

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
