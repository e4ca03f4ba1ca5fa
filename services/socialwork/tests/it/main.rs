//! Tests of this service against a real database; see `testkit`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails right there"
)]

mod again;
mod authorization;
mod casework;
mod graphql_agency;
mod graphql_association;
mod graphql_case;
mod graphql_certificate;
mod graphql_course;
mod graphql_linkage;
mod graphql_placement;
mod graphql_social_worker;
mod graphql_studio;
mod graphql_supervision;
mod graphql_training;
mod graphql_undertaking;
mod graphql_volunteer;
mod graphql_volunteer_record;
mod graphql_volunteer_team;
mod grpc_worker;
mod lines;
mod more_lines;
mod peers;
mod schema;
mod store_case;
mod store_social_worker;
mod store_volunteer_record;
mod support;
mod worker_visit;
mod worker_visit_voided;
