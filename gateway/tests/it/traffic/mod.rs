//! The gateway under load and beside subgraphs in trouble.

mod breaker;
mod cache;
mod drain;
mod header;
mod kept;
mod measured;
mod overload;
mod reads;
mod retry;
mod rig;
mod swap;
