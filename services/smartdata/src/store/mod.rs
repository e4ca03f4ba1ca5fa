//! SQL, as free functions on a connection. No transaction begins here.
pub mod access_log;
pub mod address;
pub mod asset;
pub mod call;
pub mod convenience_order;
pub mod data_consent;
pub mod data_resource;
pub mod division;
pub mod event;
pub mod event_class;
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
pub mod step;

mod page;
mod sealed;

pub use self::sealed::SEALED;
