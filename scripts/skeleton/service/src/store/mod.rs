//! SQL, as free functions on a connection. No transaction begins here.
pub mod __noun__;
