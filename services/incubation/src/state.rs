//! What every use case of this service may use.

use std::sync::Arc;

use kit::service::Core;

use crate::clients::{communities::Communities, residents::Residents};

/// Cheap to clone; one per process.
#[derive(Clone)]
pub struct State {
    /// Database, clock, ids, policies.
    pub core: Core,
    /// Smart-community data: whether related people exist.
    pub residents: Arc<Residents>,
    /// Communities: of which division a community is.
    pub communities: Arc<Communities>,
}

impl State {
    /// Connects the peers, lazily.
    pub fn new(core: Core) -> anyhow::Result<Self> {
        let residents = Arc::new(Residents::new(core.peer("smartdata")?));
        let communities = Arc::new(Communities::new(core.peer("communities")?));
        Ok(Self {
            core,
            residents,
            communities,
        })
    }
}
