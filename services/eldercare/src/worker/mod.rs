//! What this service does on the events of others.
mod resident;

use kit::{events::Consumer, service::Core};

/// The consumer of this service.
pub fn consumer(core: &Core) -> Consumer {
    let consumer = Consumer::new(
        core.name,
        core.db.pool().clone(),
        core.bus.clone(),
        core.clock.clone(),
    );
    resident::on(consumer)
}
