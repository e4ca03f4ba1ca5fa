//! What this service does on events of others, and when timers fall due.
mod supervision;
mod visit;

use kit::{events::Consumer, jobs::Worker};

use crate::state::State;

/// The consumer of events.
pub fn consumer(state: &State) -> Consumer {
    let core = &state.core;
    let consumer = Consumer::new(
        core.name,
        core.db.pool().clone(),
        core.bus.clone(),
        core.clock.clone(),
    );
    visit::on(consumer, state.clone())
}

/// The worker of timers.
pub fn timers(state: &State) -> Worker {
    let core = &state.core;
    let worker = Worker::new(core.name, core.db.pool().clone(), core.clock.clone());
    supervision::on(worker, state.clone())
}
