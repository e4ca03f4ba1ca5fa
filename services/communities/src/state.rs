//! What every use case of this service may use.

use std::sync::Arc;

use kit::service::Core;

use crate::clients::{organizations::Organizations, purchases::Purchases, residents::Residents};

/// Cheap to clone; one per process.
#[derive(Clone)]
pub struct State {
    /// Database, clock, ids, policies.
    pub core: Core,
    /// Smart-community data: who is a verified resident of which community.
    pub residents: Arc<Residents>,
    /// Procurement: what residents adopted becomes a need to be bought.
    pub purchases: Arc<Purchases>,
    /// Incubation: which organisations there are.
    pub organizations: Arc<Organizations>,
}

impl State {
    /// Connects the peers, lazily.
    pub fn new(core: Core) -> anyhow::Result<Self> {
        let residents = Arc::new(Residents::new(core.peer("smartdata")?));
        let purchases = Arc::new(Purchases::new(core.peer("procurement")?));
        let organizations = Arc::new(Organizations::new(core.peer("incubation")?));
        Ok(Self {
            core,
            residents,
            purchases,
            organizations,
        })
    }
}
