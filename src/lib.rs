//! 三社联动平台 as one program: the command line and what development needs.
//!
//! The services and the gateway are crates of their own; this one wires them.

// The graphs of the services nest deeply as types, and an optimised build looks
// through all of them.
#![recursion_limit = "512"]

pub mod cli;
pub mod demo;
pub mod dev;
mod door;
pub mod platform;
pub mod services;
