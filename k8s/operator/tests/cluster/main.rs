//! The operator on a real API server: its definitions, its rights, releases,
//! and an outage of the API server while the gateway serves.
//!
//! `just test-cluster` builds the components once and runs these; where no API
//! server is given they say so and check nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod definitions;
mod outage;
mod releases;
mod running;
mod subgraphs;
mod support;
mod watching;
mod withdraw;
