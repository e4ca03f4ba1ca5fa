//! The gRPC edge: callers in, errors out, peers.

mod client;
mod server;
pub mod status;

pub use client::Peer;
pub use server::{answer, serve};
