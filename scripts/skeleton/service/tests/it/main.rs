//! Tests of this service against a real database; see `testkit`.

mod graphql___noun__;
mod schema;
mod support;
