//! A private PostgreSQL for development and tests, from the machine's own
//! programs.
//!
//! ```text
//! .sanshe/postgres/
//!   passwords.json   three random passwords, readable by their owner only
//!   port             the port of the last start
//!   turn users keep  who starts, who uses, whether it stays (see `shared`)
//!   server/          belongs to the account that runs the server
//!     data/  run/  log  sanshe.conf
//! ```
//!
//! The server listens on loopback and on a socket, wants a password on both,
//! and has three roles: `sanshe_admin` makes databases for tests,
//! `sanshe_owner` owns databases and runs migrations, `sanshe_app` serves and
//! may change no schema.

mod binaries;
mod cluster;
mod initialise;
mod passwords;
mod roles;
mod settings;

pub use binaries::Binaries;
pub use cluster::{Cluster, Plan};
pub use passwords::Role;
pub use roles::{Addresses, on_existing};
