//! Types, state machines and rules; no IO.
pub mod assessment;
pub mod capability;
pub mod engagement;
pub mod organization;
