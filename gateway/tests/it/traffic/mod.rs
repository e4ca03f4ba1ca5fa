//! The gateway under load and beside subgraphs in trouble.

mod breaker;
mod overload;
mod reads;
mod retry;
mod rig;
mod swap;
