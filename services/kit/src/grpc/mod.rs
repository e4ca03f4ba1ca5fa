//! The gRPC edge: callers in, errors out, peers.

mod client;
mod resend;
mod server;
pub mod status;

pub use client::Peer;
pub use resend::Resending;
pub use server::{Limits, answer, serve};
