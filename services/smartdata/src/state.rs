//! What every use case of this service may use.

use kit::service::Core;

/// Cheap to clone; one per process. This service asks no other.
#[derive(Clone)]
pub struct State {
    /// Database, clock, ids, policies, keys for personal data.
    pub core: Core,
}

impl State {
    /// Takes what the process was given.
    pub fn new(core: Core) -> Self {
        Self { core }
    }
}
