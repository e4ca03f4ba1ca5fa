//! This service's part of the graph: roots merged from one file per noun.

mod certificate;
mod exam;
mod foreign;
mod linkage;
mod loaders;
mod placement;
mod service_record;
mod social_worker;
mod training;
mod volunteer;
mod volunteer_record;
mod worker;

use async_graphql::{EmptySubscription, MergedObject, Request, Schema};
use kit::{auth::Caller, graph::loader};

use crate::state::State;

/// Root queries.
#[derive(MergedObject, Default)]
pub struct Query(
    social_worker::SocialWorkerQuery,
    training::TrainingQuery,
    volunteer::VolunteerQuery,
    volunteer_record::VolunteerRecordQuery,
    certificate::CertificateQuery,
    linkage::LinkageQuery,
);

/// Root mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    social_worker::SocialWorkerMutation,
    training::TrainingMutation,
    exam::ExamMutation,
    volunteer::VolunteerMutation,
    placement::PlacementMutation,
    volunteer_record::VolunteerRecordMutation,
    certificate::CertificateMutation,
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
