//! Tests of this service against a real database; see `testkit`.
#![expect(clippy::unwrap_used, reason = "a case that cannot go on fails there")]

mod again;
mod authorization;
mod graphql_award;
mod graphql_bid;
mod graphql_challenge;
mod graphql_commission;
mod graphql_contract;
mod graphql_fund;
mod graphql_guide;
mod graphql_monitoring;
mod graphql_need;
mod graphql_panel;
mod graphql_replacement;
mod graphql_score_sheet;
mod graphql_story;
mod graphql_tender;
mod graphql_tender_changed;
mod graphql_termination;
mod graphql_venture;
mod graphql_withdrawal;
mod grpc;
mod peers;
mod schema;
mod steps;
mod store_ledger;
mod store_ranking;
mod store_states;
mod store_tender;
mod support;
mod venture_steps;
