//! Use cases: authorisation, and the only begin and commit.
pub mod access_log;
pub mod division;
pub mod grid;
pub mod happening;
pub mod household;
pub mod import;
pub mod resident;

use kit::auth::Role;

/// Who works with residents of a division.
const STAFF: &[Role] = &[Role::GridWorker, Role::CommunityStaff, Role::CivilAffairs];
