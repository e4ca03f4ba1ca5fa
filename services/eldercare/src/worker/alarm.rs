//! Timers of alarms: a visit is late, nobody has answered.

use kit::jobs::Worker;

use crate::{
    app::alarm::{self, CLIMB, LOOK},
    state::State,
};

pub(super) fn on(worker: Worker, state: &State) -> Worker {
    let (looking, climbing) = (state.clone(), state.clone());
    worker
        .on(LOOK, move |conn, job| {
            let state = looking.clone();
            Box::pin(async move {
                let now = state.core.clock.now();
                Ok(alarm::look(&state, conn, job.payload()?, now).await?)
            })
        })
        .on(CLIMB, move |conn, job| {
            let now = climbing.core.clock.now();
            Box::pin(async move { Ok(alarm::climb(conn, job.payload()?, now).await?) })
        })
}
