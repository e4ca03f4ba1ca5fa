//! gRPC clients of other services.
pub mod purchases;
pub mod residents;
