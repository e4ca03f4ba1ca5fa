//! 三社联动平台 as one program: the command line and what development needs.
//!
//! The services and the gateway are crates of their own; this one wires them.

pub mod cli;
pub mod demo;
pub mod dev;
mod door;
pub mod platform;
pub mod services;
