//! The gateway against subgraphs of a small library: a catalogue, its members
//! and their loans. One binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod compose;
mod desk;
mod executor;
mod federation;
mod http;
mod library;
mod limits;
mod scripted;
mod servers;
mod sse;
mod subscribe;
mod swap;
mod ws;
