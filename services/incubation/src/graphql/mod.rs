//! This service's part of the graph: roots merged from one file per noun.

mod adviser;
mod annual_report;
mod assessment;
mod capability;
mod custody;
mod deposit;
mod engagement;
mod facility;
mod foreign;
mod growth;
mod incubatee;
mod incubation_centre;
mod ledger;
mod linkage;
mod loaders;
mod mandate;
mod organization;
mod pilot_site;
mod review;
mod service_centre;
mod session;
mod shape;
mod space_licence;

use async_graphql::{Context, EmptySubscription, MergedObject, Request, Schema};
use kernel::IdempotencyKey;
use kit::{auth::Caller, graph::loader};

use crate::{app::ask::Ask, state::State};

/// Root queries.
#[derive(MergedObject, Default)]
pub struct Query(
    organization::OrganizationQuery,
    linkage::LinkageQuery,
    pilot_site::PilotSiteQuery,
    service_centre::ServiceCentreQuery,
    incubation_centre::IncubationCentreQuery,
    adviser::AdviserQuery,
    incubatee::IncubateeQuery,
    space_licence::SpaceLicenceQuery,
    custody::CustodyQuery,
    annual_report::AnnualReportQuery,
);

/// Root mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    organization::OrganizationMutation,
    assessment::AssessmentMutation,
    capability::CapabilityMutation,
    pilot_site::PilotSiteMutation,
    service_centre::ServiceCentreMutation,
    incubation_centre::IncubationCentreMutation,
    mandate::MandateMutation,
    adviser::AdviserMutation,
    incubatee::IncubateeMutation,
    space_licence::SpaceLicenceMutation,
    deposit::DepositMutation,
    custody::CustodyMutation,
    annual_report::AnnualReportMutation,
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

/// What a use case that changes something is given. Its key is one of the
/// action that it needs, so the mutation is not told.
fn asking<'a>(ctx: &Context<'a>, _: &'static str, key: IdempotencyKey) -> Ask<'a> {
    let (state, caller) = shape::asked(ctx);
    Ask { state, caller, key }
}
