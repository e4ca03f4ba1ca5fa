//! SQL, as free functions on a connection. No transaction begins here.
pub mod ballot;
pub mod community;
pub mod gauge;
pub mod need;
pub mod proposal;
pub mod rating;
