//! Timers of credits: minutes that no longer count.

use kit::jobs::Worker;

use crate::{
    app::credit::{self, EXPIRE},
    state::State,
};

pub(super) fn on(worker: Worker, state: &State) -> Worker {
    let expiring = state.clone();
    worker.on(EXPIRE, move |conn, job| {
        let state = expiring.clone();
        Box::pin(async move {
            let now = state.core.clock.now();
            Ok(credit::expire(&state, conn, job.payload()?, now).await?)
        })
    })
}
