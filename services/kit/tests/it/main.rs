//! The runtime against a real PostgreSQL, and a real Redis where there is one.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails right there"
)]

mod admin;
mod audit;
mod connections;
mod deadlines;
mod events;
mod events_redis;
mod idempotency;
mod jobs;
mod live;
mod repair;
mod sealed;
mod support;
