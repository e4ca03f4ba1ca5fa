//! What every use case of this service may use.

use std::sync::Arc;

use kit::service::Core;

use crate::clients::{
    deliveries::Deliveries, proposals::Proposals, suppliers::Suppliers, workers::Workers,
};

/// Cheap to clone; one per process.
#[derive(Clone)]
pub struct State {
    /// Database, clock, ids, policies.
    pub core: Core,
    /// communities: what residents adopted.
    pub proposals: Arc<Proposals>,
    /// incubation: who may bid.
    pub suppliers: Arc<Suppliers>,
    /// socialwork: who may serve.
    pub workers: Arc<Workers>,
    /// eldercare: what was delivered.
    pub deliveries: Arc<Deliveries>,
}

impl State {
    /// Connects the peers, lazily.
    pub fn new(core: Core) -> anyhow::Result<Self> {
        Ok(Self {
            proposals: Arc::new(Proposals::new(core.peer("communities")?)),
            suppliers: Arc::new(Suppliers::new(core.peer("incubation")?)),
            workers: Arc::new(Workers::new(core.peer("socialwork")?)),
            deliveries: Arc::new(Deliveries::new(core.peer("eldercare")?)),
            core,
        })
    }
}
