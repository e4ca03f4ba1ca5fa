//! The error that leaves a use case; see `kit::error` for how each edge tells it.

pub use kit::error::{Error, Result};
