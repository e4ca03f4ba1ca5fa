//! What this service does on the events of others, and when timers fall due.
mod alarm;
mod appeal;
mod contact;
mod credential;
mod credit;
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
    let worker = alarm::on(worker, state);
    let worker = credential::on(worker, state);
    let worker = credit::on(worker, state);
    let worker = appeal::on(worker, state);
    contact::on(worker, state)
}
