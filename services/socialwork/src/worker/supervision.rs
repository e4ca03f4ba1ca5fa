//! Timers of supervision: a term passed without a session.

use kit::jobs::Worker;

use crate::{
    app::supervision::{self, DUE},
    state::State,
};

pub(super) fn on(worker: Worker, state: State) -> Worker {
    worker.on(DUE, move |conn, job| {
        let state = state.clone();
        Box::pin(async move { Ok(supervision::look(&state, conn, job.payload()?).await?) })
    })
}
