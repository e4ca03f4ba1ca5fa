//! The demonstration: an invented community, and the linkage story of the
//! pilot plan, both made through the graph alone by a real client.

pub mod client;
pub mod desk;
pub mod people;
pub mod seed;
pub mod story;
pub mod world;
