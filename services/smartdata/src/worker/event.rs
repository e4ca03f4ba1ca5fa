//! Timers of events: the limit passes.

use kit::jobs::Worker;

use crate::{
    app::event::{self, DUE},
    state::State,
};

pub(super) fn on(worker: Worker, state: &State) -> Worker {
    let state = state.clone();
    worker.on(DUE, move |conn, job| {
        let state = state.clone();
        Box::pin(async move {
            let now = state.core.clock.now();
            Ok(event::fall_due(&state, conn, job.payload()?, now).await?)
        })
    })
}
