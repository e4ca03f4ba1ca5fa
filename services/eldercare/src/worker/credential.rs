//! Timers of credentials: one is about to end.

use kit::jobs::Worker;

use crate::{
    app::credential::{self, WARN},
    state::State,
};

pub(super) fn on(worker: Worker, state: &State) -> Worker {
    let warning = state.clone();
    worker.on(WARN, move |conn, job| {
        let now = warning.core.clock.now();
        Box::pin(async move { Ok(credential::warn(conn, job.payload()?, now).await?) })
    })
}
