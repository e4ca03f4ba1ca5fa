//! What development and tests need on one machine: a private PostgreSQL, a
//! private Redis where one is installed, and the folder that keeps them.

pub mod account;
pub mod folder;
pub mod port;
pub mod postgres;
pub mod redis;
pub mod secret;
pub mod servers;
pub mod shared;
pub mod tool;
