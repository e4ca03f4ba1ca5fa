//! This service's part of the graph: roots merged from one file per noun.

mod admission;
mod ballot;
mod brand;
mod burden;
mod check_in;
mod community;
mod desk;
mod duty;
mod entrepreneur;
mod evaluation;
mod foreign;
mod joint_meeting;
mod linkage;
mod loaders;
mod need;
mod party;
mod pilot;
mod premises;
mod project;
mod proposal;
mod rating;
mod resource_offer;
mod seal;
mod shape;
mod space;
mod study_measure;
mod study_visit;
mod task;
mod transfer;
mod work_list;

use async_graphql::{Context, MergedObject, MergedSubscription, Request, Schema};
use kernel::IdempotencyKey;
use kit::{auth::Caller, graph::loader};

use crate::{app::ask::Ask, state::State};

/// Root queries.
#[derive(MergedObject, Default)]
pub struct Query(
    community::CommunityQuery,
    need::NeedQuery,
    proposal::ProposalQuery,
    ballot::BallotQuery,
    linkage::LinkageQuery,
    GovernanceQuery,
    PlatformQuery,
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
    GovernanceMutation,
    PlatformMutation,
);

/// Root queries of lists of work, of the committee's evaluation and of pilots. Apart,
/// since one chain of all of them is too long for the compiler.
#[derive(MergedObject, Default)]
pub struct GovernanceQuery(
    work_list::WorkListQuery,
    duty::DutyQuery,
    admission::AdmissionQuery,
    task::TaskQuery,
    transfer::TransferQuery,
    seal::SealQuery,
    burden::BurdenQuery,
    burden::BurdenIndexQuery,
    evaluation::EvaluationQuery,
    pilot::PilotQuery,
    pilot::PilotQuotaQuery,
    study_visit::StudyVisitQuery,
    study_measure::StudyMeasureQuery,
    brand::BrandQuery,
);

/// Root queries of premises, joint meetings, the Party–mass platform and entrepreneurs.
#[derive(MergedObject, Default)]
pub struct PlatformQuery(
    premises::PremisesQuery,
    premises::CededQuery,
    space::SpaceApplicationQuery,
    space::SpaceAllocationQuery,
    desk::DeskQuery,
    desk::FieldTimeQuery,
    joint_meeting::ResidentUnitQuery,
    joint_meeting::JointMeetingQuery,
    joint_meeting::JointActionQuery,
    joint_meeting::UnmetQuery,
    party::PartyQuery,
    check_in::CheckInQuery,
    resource_offer::ResourceOfferQuery,
    entrepreneur::EntrepreneurQuery,
    entrepreneur::StartupCourseQuery,
);

/// Root mutations of lists of work, of the committee's evaluation and of pilots. Apart,
/// since one chain of all of them is too long for the compiler.
#[derive(MergedObject, Default)]
pub struct GovernanceMutation(
    work_list::WorkListMutation,
    duty::DutyMutation,
    admission::AdmissionMutation,
    task::TaskMutation,
    transfer::TransferMutation,
    seal::SealMutation,
    burden::BurdenMutation,
    evaluation::EvaluationMutation,
    pilot::PilotMutation,
    study_visit::StudyVisitMutation,
    study_measure::StudyMeasureMutation,
    brand::BrandMutation,
);

/// Root mutations of premises, joint meetings, the Party–mass platform and entrepreneurs.
#[derive(MergedObject, Default)]
pub struct PlatformMutation(
    premises::PremisesMutation,
    space::SpaceMutation,
    desk::DeskMutation,
    joint_meeting::JointMeetingMutation,
    party::PartyMutation,
    check_in::CheckInMutation,
    resource_offer::ResourceOfferMutation,
    entrepreneur::EntrepreneurMutation,
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

/// The same under the key of a call that changes something.
fn asking<'a>(ctx: &Context<'a>, operation: &'static str, key: IdempotencyKey) -> Ask<'a> {
    let (state, caller) = asked(ctx);
    Ask {
        state,
        caller,
        operation,
        key,
    }
}
