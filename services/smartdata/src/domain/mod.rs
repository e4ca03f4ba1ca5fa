//! Types, state machines and rules; no IO.
pub mod access_log;
pub mod division;
pub mod grid;
pub mod happening;
pub mod household;
pub mod import;
pub mod resident;

mod text;
