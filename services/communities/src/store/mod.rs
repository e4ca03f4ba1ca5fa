//! SQL, as free functions on a connection. No transaction begins here.
pub mod admission;
pub mod ballot;
pub mod brand;
pub mod burden;
pub mod check_in;
pub mod community;
pub mod desk;
pub mod duty;
pub mod entrepreneur;
pub mod evaluation;
pub mod former_organization;
pub mod gauge;
pub mod joint_meeting;
pub mod moves;
pub mod need;
pub mod party;
pub mod pilot;
pub mod premises;
pub mod proposal;
pub mod rating;
pub mod seal;
pub mod space;
pub mod study_measure;
pub mod study_visit;
pub mod task;
pub mod work_list;

mod sealed;

pub use self::sealed::{CHOICE, SEALED};
