//! What every use case of this service may use.

use std::sync::Arc;

use kit::service::Core;

use crate::clients::{contracts::Contracts, residents::Residents, workers::Workers};

/// Cheap to clone; one per process.
#[derive(Clone)]
pub struct State {
    /// Database, clock, ids, policies.
    pub core: Core,
    /// Smart-community data: who is a verified resident of which community.
    pub residents: Arc<Residents>,
    /// Procurement: under which contract an order may be placed.
    pub contracts: Arc<Contracts>,
    /// Social work: who may serve on a day.
    pub workers: Arc<Workers>,
}

impl State {
    /// Connects the peers, lazily.
    pub fn new(core: Core) -> anyhow::Result<Self> {
        let residents = Arc::new(Residents::new(core.peer("smartdata")?));
        let contracts = Arc::new(Contracts::new(core.peer("procurement")?));
        let workers = Arc::new(Workers::new(core.peer("socialwork")?));
        Ok(Self {
            core,
            residents,
            contracts,
            workers,
        })
    }
}
