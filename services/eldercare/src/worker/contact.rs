//! Timers of contacts: nobody looked in.

use kit::jobs::Worker;

use crate::{
    app::contact::{self, MISS},
    state::State,
};

pub(super) fn on(worker: Worker, state: &State) -> Worker {
    let missing = state.clone();
    worker.on(MISS, move |conn, job| {
        let state = missing.clone();
        Box::pin(async move {
            let now = state.core.clock.now();
            Ok(contact::miss(&state, conn, job.payload()?, now).await?)
        })
    })
}
