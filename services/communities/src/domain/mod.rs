//! Types, state machines and rules; no IO.
pub mod ballot;
pub mod community;
pub mod need;
pub mod project;
pub mod proposal;
pub mod rating;
pub mod words;
