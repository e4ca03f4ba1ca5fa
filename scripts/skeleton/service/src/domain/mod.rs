//! Types, state machines and rules; no IO.
pub mod __noun__;
