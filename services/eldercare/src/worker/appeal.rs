//! Timers of appeals: an answer is late.

use kit::jobs::Worker;

use crate::{
    app::appeal::{self, OVERDUE},
    state::State,
};

pub(super) fn on(worker: Worker, state: &State) -> Worker {
    let looking = state.clone();
    worker.on(OVERDUE, move |conn, job| {
        let now = looking.core.clock.now();
        Box::pin(async move { Ok(appeal::overdue(conn, job.payload()?, now).await?) })
    })
}
