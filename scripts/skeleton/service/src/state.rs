//! What every use case of this service may use.

use kit::service::Core;

/// Cheap to clone; one per process.
#[derive(Clone)]
pub struct State {
    /// Database, clock, ids, policies.
    pub core: Core,
}

impl State {
    /// Clients of other services are added here.
    pub fn new(core: Core) -> Self {
        Self { core }
    }
}
