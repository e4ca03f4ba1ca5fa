//! Stories through the graph of a whole platform: six services and the
//! gateway over real gRPC, a real PostgreSQL, a real HTTP client.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod away;
mod bad_input;
mod casework;
mod demonstration;
mod dev;
mod kill;
mod linkage;
mod live;
mod metrics;
mod pilot;
mod processes;
mod restore;
mod sharing;
mod shipped;
mod stop;
mod support;
mod trace;
mod venture;
