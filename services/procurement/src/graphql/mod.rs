//! This service's part of the graph: roots merged from one file per noun.

mod award;
mod bid;
mod challenge;
mod commission;
mod complaint;
mod contract;
mod criterion;
mod expert;
mod expert_pool;
mod foreign;
mod fund;
mod guide;
mod linkage;
mod loaders;
mod milestone;
mod monitoring;
mod need;
mod panel;
mod payment;
mod score_sheet;
mod tender;
mod termination;
mod variation;
mod venture_agreement;
mod venture_application;
mod venture_kpi;
mod venture_objection;
mod venture_round;
mod venture_score;
mod violation;

use async_graphql::{Context, MergedObject, MergedSubscription, Request, Schema};
use kit::{auth::Caller, graph::loader};

use crate::state::State;

/// Root queries.
#[derive(MergedObject, Default)]
pub struct Query(
    fund::FundQuery,
    need::ProcurementNeedQuery,
    need::ProcurementNeedListQuery,
    tender::TenderQuery,
    expert::ExpertQuery,
    contract::ContractQuery,
    challenge::ChallengeQuery,
    commission::CommissionQuery,
    venture_round::VentureRoundQuery,
    venture_kpi::ApplicationKpiQuery,
    violation::ViolationQuery,
    guide::GuideQuery,
    venture_agreement::VentureAgreementQuery,
    milestone::MilestoneQuery,
    linkage::LinkageQuery,
);

/// Root mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    fund::FundMutation,
    need::ProcurementNeedMutation,
    tender::TenderMutation,
    bid::BidMutation,
    expert::ExpertMutation,
    panel::PanelMutation,
    score_sheet::ScoreSheetMutation,
    award::AwardMutation,
    contract::ContractMutation,
    termination::TerminationMutation,
    challenge::ChallengeMutation,
    complaint::ComplaintMutation,
    commission::CommissionMutation,
    monitoring::MonitoringMutation,
    variation::VariationMutation,
    violation::ViolationMutation,
    guide::GuideMutation,
    venture_round::VentureRoundMutation,
    venture_application::VentureApplicationMutation,
    venture_score::VentureScoreMutation,
    venture_objection::VentureObjectionMutation,
    venture_agreement::VentureAgreementMutation,
    milestone::MilestoneMutation,
    payment::PaymentMutation,
);

/// 订阅。Root subscriptions.
#[derive(MergedSubscription, Default)]
pub struct Subscription(tender::TenderSubscription);

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

/// What every resolver of this service asks with.
fn asked<'a>(ctx: &Context<'a>) -> (&'a State, &'a Caller) {
    (
        ctx.data_unchecked::<State>(),
        ctx.data_unchecked::<Caller>(),
    )
}
