//! The test kit against a real server.

mod db;
mod redis;
