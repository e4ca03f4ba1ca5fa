//! Tests of this service against a real database; see `testkit`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails right there"
)]

mod again;
mod authorization;
mod graphql_certificate;
mod graphql_linkage;
mod graphql_placement;
mod graphql_social_worker;
mod graphql_training;
mod graphql_volunteer;
mod graphql_volunteer_record;
mod grpc_worker;
mod peers;
mod schema;
mod store_social_worker;
mod store_volunteer_record;
mod support;
mod worker_visit;
