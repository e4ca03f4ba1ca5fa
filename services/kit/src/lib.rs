//! The runtime every service stands on. It knows no business noun.
//!
//! | room | holds |
//! |---|---|
//! | [`config`], [`telemetry`], [`lifecycle`] | settings, logs and traces and metrics, start and drain |
//! | [`error`] | the error of a use case, told once at each edge |
//! | [`db`], [`parameters`], [`calendar`] | pools, transactions, migrations; rules and working days as data |
//! | [`record`] | types kept in one table: rows, lists, what belongs to a row |
//! | [`deadline`] | until when the present request lasts |
//! | [`auth`] | who calls, what they may do, which rows they may see |
//! | [`idempotency`], [`audit`] | one effect per key; who did and read what |
//! | [`call`] | a call that changes something, from its first row to the commit |
//! | [`events`], [`jobs`] | outbox → bus → inbox; durable timers |
//! | [`repair`] | what a person does about events and jobs that failed |
//! | [`live`] | what changes, told to subscribers |
//! | [`graph`], [`grpc`] | the two edges |
//! | [`admin`], [`gauges`] | health and metrics on a listener of their own; what is measured in tables |
//! | [`service`] | the frame: `Definition`, `Core`, `Parts`, `run` |
//!
//! A service is added by writing a [`service::Definition`] and a `serve`
//! function; see `CONTRIBUTING.md` for the steps.

pub mod admin;
pub mod audit;
pub mod auth;
pub mod calendar;
pub mod call;
pub mod config;
pub mod db;
pub mod deadline;
pub mod error;
pub mod events;
pub mod gauges;
pub mod graph;
pub mod grpc;
pub mod idempotency;
pub mod jobs;
pub mod lifecycle;
pub mod live;
pub mod parameters;
pub mod record;
pub mod repair;
pub mod sealed;
pub mod service;
pub mod telemetry;

pub use error::{Error, Result};
