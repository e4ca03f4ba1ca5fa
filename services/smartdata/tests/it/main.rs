//! Tests of this service against a real database; see `testkit`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod authorization;
mod graphql_access_log;
mod graphql_division;
mod graphql_grid;
mod graphql_household;
mod graphql_linkage;
mod graphql_resident;
mod grpc_division;
mod grpc_resident;
mod import;
mod key_rotation;
mod schema;
mod store_access_log;
mod store_division;
mod store_household;
mod store_resident;
mod support;
