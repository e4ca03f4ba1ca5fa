//! What events of other services cause here.
mod needs;

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
    needs::on(consumer, state)
}
