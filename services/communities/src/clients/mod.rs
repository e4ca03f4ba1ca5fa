//! gRPC clients of other services.
pub mod organizations;
pub mod purchases;
pub mod residents;
