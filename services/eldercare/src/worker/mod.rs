//! What this service does on the events of others, and when timers fall due.
mod alarm;
mod resident;

use kit::{events::Consumer, jobs::Worker, service::Core};

use crate::state::State;

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

/// The worker of timers.
pub fn timers(state: &State) -> Worker {
    let core = &state.core;
    let worker = Worker::new(core.name, core.db.pool().clone(), core.clock.clone());
    alarm::on(worker, state)
}
