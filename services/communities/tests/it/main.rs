//! Tests of this service against a real database; see `testkit`.

#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails right there"
)]

mod access_governance;
mod access_platform;
mod access_study;
mod authorization;
mod graphql_access;
mod graphql_admission;
mod graphql_authorization;
mod graphql_ballot;
mod graphql_community;
mod graphql_entrepreneur;
mod graphql_evaluation;
mod graphql_joint_meeting;
mod graphql_linkage;
mod graphql_loads;
mod graphql_need;
mod graphql_party;
mod graphql_pilot;
mod graphql_premises;
mod graphql_project;
mod graphql_proposal;
mod graphql_rating;
mod graphql_seal;
mod graphql_study_visit;
mod graphql_subscription;
mod graphql_task;
mod graphql_work_list;
mod ground;
mod grpc_community;
mod grpc_proposal;
mod moves;
mod peers;
mod schema;
mod steps;
mod store_ballot;
mod store_need;
mod store_proposal;
mod store_study_visit;
mod store_work_list;
mod support;
mod teller;
mod worker_incubation;
mod worker_procurement;
