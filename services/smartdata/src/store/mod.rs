//! SQL, as free functions on a connection. No transaction begins here.
pub mod access_log;
pub mod division;
pub mod grid;
pub mod happening;
pub mod household;
pub mod import;
pub mod resident;
