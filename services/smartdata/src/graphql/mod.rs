//! This service's part of the graph: roots merged from one file per noun.

mod access_log;
mod address;
mod asset;
mod call;
mod convenience_order;
mod data_consent;
mod data_resource;
mod division;
mod event;
mod exchange_record;
mod foreign;
mod goal;
mod goal_target;
mod goal_year;
mod grid;
mod happening;
mod household;
mod indicator;
mod linkage;
mod loaders;
mod one_stop_case;
mod patrol_task;
mod quality_challenge;
mod resident;
mod scalar;
mod service_item;
mod share_grant;
mod share_request;
mod step;

use async_graphql::{Context, EmptySubscription, MergedObject, Request, Schema};
use kit::{auth::Caller, graph::loader};

use crate::state::State;

/// Root queries.
#[derive(MergedObject, Default)]
pub struct Query(
    division::DivisionQuery,
    grid::GridQuery,
    resident::ResidentQuery,
    household::HouseholdQuery,
    access_log::AccessLogQuery,
    linkage::LinkageQuery,
    event::EventQuery,
    event::EventNoticeQuery,
    event::EventClockQuery,
    patrol_task::PatrolTaskQuery,
    SharingQuery,
    service_item::ServiceItemQuery,
    one_stop_case::OneStopCaseQuery,
    convenience_order::ConvenienceOrderQuery,
    call::CallQuery,
    address::AddressQuery,
    asset::AssetQuery,
    indicator::IndicatorQuery,
    goal::GoalQuery,
    goal_target::GoalTargetQuery,
);

/// Root mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    division::DivisionMutation,
    grid::GridMutation,
    resident::ResidentMutation,
    household::HouseholdMutation,
    event::EventMutation,
    event::EventHandlingMutation,
    event::EventNoticeMutation,
    patrol_task::PatrolTaskMutation,
    SharingMutation,
    service_item::ServiceItemMutation,
    one_stop_case::OneStopCaseMutation,
    convenience_order::ConvenienceOrderMutation,
    call::CallMutation,
    address::AddressMutation,
    asset::AssetMutation,
    goal_target::GoalTargetMutation,
    goal_year::GoalYearMutation,
);

/// What is asked of sharing.
#[derive(MergedObject, Default)]
pub struct SharingQuery(
    data_resource::DataResourceQuery,
    share_request::ShareRequestQuery,
    share_grant::ShareGrantQuery,
    exchange_record::ExchangeQuery,
    data_consent::DataConsentQuery,
    quality_challenge::QualityChallengeQuery,
);

/// What changes sharing.
#[derive(MergedObject, Default)]
pub struct SharingMutation(
    data_resource::DataResourceMutation,
    share_request::ShareRequestMutation,
    share_grant::ShareGrantMutation,
    data_consent::DataConsentMutation,
    quality_challenge::QualityChallengeMutation,
);

/// The schema of this subgraph.
pub type Subgraph = Schema<Query, Mutation, EmptySubscription>;

/// The schema; `state` is absent where only its text is wanted.
pub fn schema(state: Option<State>) -> Subgraph {
    let builder = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .enable_federation()
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
