//! Timers of grants: the last day has passed.

use kit::jobs::Worker;

use crate::{
    app::share_grant::{self, EXPIRE},
    state::State,
};

pub(super) fn on(worker: Worker, state: &State) -> Worker {
    let clock = state.core.clock.clone();
    worker.on(EXPIRE, move |conn, job| {
        let now = clock.now();
        Box::pin(async move { Ok(share_grant::expire(conn, job.payload()?, now).await?) })
    })
}
