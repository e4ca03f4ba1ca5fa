//! Types and rules; no IO.
pub mod certificate;
pub mod exam;
pub mod placement;
pub mod service_record;
pub mod social_worker;
pub mod training;
pub mod volunteer;
pub mod volunteer_record;
pub mod worker;
