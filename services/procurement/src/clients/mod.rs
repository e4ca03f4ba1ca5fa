//! gRPC clients of other services.
pub mod deliveries;
pub mod proposals;
pub mod suppliers;
pub mod workers;
