//! What every use case of this service may use.

use std::sync::Arc;

use kit::service::Core;

use crate::clients::{
    communities::Communities, organizations::Organizations, residents::Residents,
};

/// Cheap to clone; one per process.
#[derive(Clone)]
pub struct State {
    /// Database, clock, ids, policies.
    pub core: Core,
    /// Smart-community data: who is a verified resident of which community.
    pub residents: Arc<Residents>,
    /// Incubation: which organisations are registered.
    pub organizations: Arc<Organizations>,
    /// Communities: which community lies where.
    pub communities: Arc<Communities>,
}

impl State {
    /// Connects the peers, lazily.
    pub fn new(core: Core) -> anyhow::Result<Self> {
        Ok(Self {
            residents: Arc::new(Residents::new(core.peer("smartdata")?)),
            organizations: Arc::new(Organizations::new(core.peer("incubation")?)),
            communities: Arc::new(Communities::new(core.peer("communities")?)),
            core,
        })
    }
}
