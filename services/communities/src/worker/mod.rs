//! What this service does on events of others.

mod incubation;
mod procurement;

use kit::events::Consumer;

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
    procurement::register(incubation::register(consumer))
}
