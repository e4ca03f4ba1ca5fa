//! A grade is about to run out.

use kernel::SharedClock;
use kit::jobs::Worker;

use crate::app::{self, assessment::EXPIRY};

pub(super) fn on(worker: Worker, clock: SharedClock) -> Worker {
    worker.on(EXPIRY, move |conn, job| {
        let now = clock.now();
        Box::pin(
            async move { Ok(app::assessment::notify_expiry(conn, job.payload()?, now).await?) },
        )
    })
}
