//! gRPC clients of other services.
pub mod contracts;
pub mod residents;
pub mod workers;
