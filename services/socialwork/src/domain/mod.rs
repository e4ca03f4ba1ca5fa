//! Types and rules; no IO.
pub mod agency;
pub mod case;
pub mod certificate;
pub mod exam;
pub mod placement;
pub mod post;
pub mod service_record;
pub mod social_worker;
pub mod studio;
pub mod supervision;
pub mod training;
pub mod undertaking;
pub mod volunteer;
pub mod volunteer_record;
pub mod words;
pub mod worker;
