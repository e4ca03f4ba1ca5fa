//! SQL, as free functions on a connection. No transaction begins here.
pub mod assessment;
pub mod capability;
pub mod engagement;
pub mod organization;
