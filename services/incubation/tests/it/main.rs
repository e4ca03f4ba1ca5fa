//! Tests of this service against a real database; see `testkit`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod access_lines;
mod again;
mod authorization;
mod concurrency;
mod graphql_annual_report;
mod graphql_assessment;
mod graphql_capability;
mod graphql_custody;
mod graphql_filing;
mod graphql_incubatee;
mod graphql_incubation_centre;
mod graphql_linkage;
mod graphql_list;
mod graphql_loads;
mod graphql_organization;
mod graphql_pilot_site;
mod graphql_service_centre;
mod graphql_space;
mod graphql_status;
mod grpc_organization;
mod schema;
mod steps;
mod store_assessment;
mod store_capability;
mod store_centres;
mod store_incubatee;
mod store_money;
mod store_organization;
mod support;
mod worker;
mod worker_pilot;
