//! Tests of this service against a real database; see `testkit`.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod again;
mod authorization;
mod graphql_alarm;
mod graphql_appeal;
mod graphql_assessment;
mod graphql_booking;
mod graphql_care_plan;
mod graphql_contact;
mod graphql_credit;
mod graphql_credit_lot;
mod graphql_elder;
mod graphql_inbox;
mod graphql_linkage;
mod graphql_menu_item;
mod graphql_order;
mod graphql_provider;
mod graphql_tier;
mod graphql_visit;
mod graphql_visit_audit;
mod graphql_visit_changed;
mod grpc_visit;
mod peers;
mod schema;
mod store_credit;
mod store_ledger;
mod store_rules;
mod support;
mod worker;
