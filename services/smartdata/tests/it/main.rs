//! Tests of this service against a real database; see `testkit`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod authorization;
mod events;
mod graphql_access_log;
mod graphql_address;
mod graphql_asset;
mod graphql_call;
mod graphql_convenience_order;
mod graphql_division;
mod graphql_event;
mod graphql_grid;
mod graphql_household;
mod graphql_indicator;
mod graphql_linkage;
mod graphql_one_stop;
mod graphql_patrol_task;
mod graphql_resident;
mod graphql_sharing;
mod grpc_division;
mod grpc_exchange;
mod grpc_resident;
mod import;
mod key_rotation;
mod schema;
mod services;
mod sharing;
mod store_access_log;
mod store_division;
mod store_event;
mod store_household;
mod store_one_stop;
mod store_resident;
mod store_sharing;
mod support;
