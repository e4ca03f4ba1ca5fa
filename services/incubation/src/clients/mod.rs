//! gRPC clients of other services.
pub mod communities;
pub mod residents;
