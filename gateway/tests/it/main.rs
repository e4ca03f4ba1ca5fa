//! The gateway against subgraphs of a small library: a catalogue, its members
//! and their loans. One binary, so that it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod abuse;
mod batch;
mod compose;
mod connections;
mod cost;
mod desk;
mod executor;
mod federation;
mod http;
mod http_spec;
mod library;
mod limits;
mod listen;
mod persisted;
mod rate;
mod redis;
mod scripted;
mod servers;
mod sse;
mod subscribe;
mod swap;
mod tls;
mod traffic;
mod ws;
