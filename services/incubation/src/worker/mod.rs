//! What this service does on events of others and when timers fall due.
mod expiry;
mod pilot;
mod signed;

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
    pilot::on(signed::on(consumer))
}

/// The worker of timers.
pub fn worker(state: &State) -> Worker {
    let core = &state.core;
    let worker = Worker::new(core.name, core.db.pool().clone(), core.clock.clone());
    expiry::on(worker, core.clock.clone())
}
