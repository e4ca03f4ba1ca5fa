//! What events of other services cause here, and what happens when timers fall due.
mod event;
mod facts;
mod needs;
mod share_grant;

use kit::{events::Consumer, jobs::Worker};

use crate::state::State;

/// The consumer of this service.
pub fn consumer(state: &State) -> Consumer {
    let core = &state.core;
    let consumer = Consumer::new(
        core.name,
        core.db.pool().clone(),
        core.bus.clone(),
        core.clock.clone(),
    );
    facts::on(needs::on(consumer, state), state)
}

/// The worker of timers.
pub fn timers(state: &State) -> Worker {
    let core = &state.core;
    let worker = Worker::new(core.name, core.db.pool().clone(), core.clock.clone());
    share_grant::on(event::on(worker, state), state)
}
