//! Use cases: authorisation, and the only begin and commit.
pub mod access_log;
pub mod address;
pub mod asset;
pub mod call;
pub mod convenience_order;
pub mod data_consent;
pub mod data_resource;
pub mod division;
pub mod event;
pub mod exchange_record;
pub mod goal;
pub mod goal_target;
pub mod goal_year;
pub mod grid;
pub mod happening;
pub mod household;
pub mod import;
pub mod indicator;
pub mod one_stop_case;
pub mod patrol_task;
pub mod quality_challenge;
pub mod resident;
pub mod service_item;
pub mod share_grant;
pub mod share_request;

mod department;
mod step;
mod term;

use kit::auth::Role;

/// Who works with residents of a division.
const STAFF: &[Role] = &[Role::GridWorker, Role::CommunityStaff, Role::CivilAffairs];
