//! This service's part of the graph: roots merged from one file per noun.

mod agency;
mod association;
mod case;
mod certificate;
mod course;
mod dispatch;
mod enrolment;
mod exam;
mod foreign;
mod linkage;
mod loaders;
mod placement;
mod post;
mod service_record;
mod signup;
mod social_worker;
mod studio;
mod supervision;
mod supervision_session;
mod team_activity;
mod training;
mod undertaking;
mod volunteer;
mod volunteer_record;
mod volunteer_team;
mod worker;

use async_graphql::{Context, EmptySubscription, ID, MergedObject, Request, Schema};
use kernel::{IdempotencyKey, TypedId};
use kit::{
    Result,
    auth::Caller,
    graph::{loader, typed},
};

use crate::state::State;

/// Root queries: those about people, what they do for residents, what they do
/// together. Groups, because a long chain of roots is deep for the compiler.
#[derive(MergedObject, Default)]
pub struct Query(PeopleQuery, WorkQuery, TogetherQuery);

/// Root mutations, in the same groups.
#[derive(MergedObject, Default)]
pub struct Mutation(PeopleMutation, WorkMutation, TogetherMutation);

/// Social workers, volunteers and their records.
#[derive(MergedObject, Default)]
pub struct PeopleQuery(
    social_worker::SocialWorkerQuery,
    training::TrainingQuery,
    volunteer::VolunteerQuery,
    volunteer_record::VolunteerRecordQuery,
    certificate::CertificateQuery,
    linkage::LinkageQuery,
);

/// The same.
#[derive(MergedObject, Default)]
pub struct PeopleMutation(
    social_worker::SocialWorkerMutation,
    training::TrainingMutation,
    exam::ExamMutation,
    volunteer::VolunteerMutation,
    placement::PlacementMutation,
    volunteer_record::VolunteerRecordMutation,
    certificate::CertificateMutation,
);

/// Cases, groups, programmes, supervision, and where it is done.
#[derive(MergedObject, Default)]
pub struct WorkQuery(
    case::CaseQuery,
    studio::StudioQuery,
    post::PostQuery,
    supervision::SupervisionQuery,
    agency::AgencyQuery,
    undertaking::UndertakingQuery,
);

/// The same.
#[derive(MergedObject, Default)]
pub struct WorkMutation(
    case::CaseMutation,
    studio::StudioMutation,
    post::PostMutation,
    supervision::SupervisionMutation,
    supervision_session::SupervisionSessionMutation,
    agency::AgencyMutation,
    dispatch::DispatchMutation,
    undertaking::UndertakingMutation,
);

/// Courses, associations, teams of volunteers.
#[derive(MergedObject, Default)]
pub struct TogetherQuery(
    course::CourseQuery,
    enrolment::EnrolmentQuery,
    association::AssociationQuery,
    volunteer_team::VolunteerTeamQuery,
    team_activity::TeamActivityQuery,
    signup::SignupQuery,
);

/// The same.
#[derive(MergedObject, Default)]
pub struct TogetherMutation(
    course::CourseMutation,
    enrolment::EnrolmentMutation,
    association::AssociationMutation,
    volunteer_team::VolunteerTeamMutation,
    team_activity::TeamActivityMutation,
    signup::SignupMutation,
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

/// What a resolver needs to ask a use case.
fn at<'a>(ctx: &Context<'a>) -> (&'a State, &'a Caller) {
    (ctx.data_unchecked(), ctx.data_unchecked())
}

/// The key a client chose.
fn keyed(text: &str) -> Result<IdempotencyKey> {
    Ok(IdempotencyKey::try_new(text)?)
}

/// The id a client sent, where it sent one.
fn maybe<T: TypedId>(id: Option<&ID>, field: &str) -> Result<Option<T>> {
    id.map(|id| typed(id, field)).transpose()
}

/// Adds the loaders of one request.
pub fn prepare(state: &State, request: Request, caller: &Caller) -> Request {
    let scoped = loaders::Scoped {
        state: state.clone(),
        caller: caller.clone(),
    };
    request.data(loader(scoped))
}
