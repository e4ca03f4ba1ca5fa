//! Use cases: authorisation, and the only begin and commit.
pub mod ballot;
pub mod community;
pub mod gauge;
pub mod linkage;
pub mod need;
pub mod project;
pub mod proposal;
pub mod rating;
