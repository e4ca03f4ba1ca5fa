//! Tests of this service against a real database; see `testkit`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails right there"
)]

mod authorization;
mod graphql_access;
mod graphql_authorization;
mod graphql_ballot;
mod graphql_community;
mod graphql_linkage;
mod graphql_need;
mod graphql_project;
mod graphql_proposal;
mod graphql_rating;
mod grpc_community;
mod grpc_proposal;
mod peers;
mod schema;
mod steps;
mod store_ballot;
mod store_need;
mod store_proposal;
mod support;
mod worker_procurement;
