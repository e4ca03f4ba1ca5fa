//! Tests of this service against a real database; see `testkit`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod again;
mod authorization;
mod concurrency;
mod graphql_assessment;
mod graphql_capability;
mod graphql_filing;
mod graphql_linkage;
mod graphql_list;
mod graphql_organization;
mod graphql_status;
mod grpc_organization;
mod schema;
mod store_assessment;
mod store_capability;
mod store_organization;
mod support;
mod worker;
