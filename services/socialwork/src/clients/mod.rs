//! gRPC clients of other services.
pub mod communities;
pub mod organizations;
pub mod residents;
