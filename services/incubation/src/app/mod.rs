//! Use cases: authorisation, and the only begin and commit.
pub mod assessment;
pub mod capability;
pub mod engagement;
pub mod organization;
