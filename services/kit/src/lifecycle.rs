//! Start, drain, stop: every task of a process lives here, so that a stop
//! waits for what was begun.

use std::{future::Future, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The tasks of one process.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Tasks {
    /// No task yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `future` until it ends; a stop waits for it. The future watches
    /// [`Tasks::stopping`] and ends soon after it is cancelled.
    pub fn spawn<F>(&self, name: &'static str, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stopping = self.stopping.clone();
        self.tracker.spawn(async move {
            future.await;
            if !stopping.is_cancelled() {
                tracing::warn!(task = name, "ended before the stop");
            }
        });
    }

    /// Cancelled when the process begins to stop.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Asks all tasks to stop and waits for them, at most `limit`.
    pub async fn stop(&self, limit: Duration) -> bool {
        self.stopping.cancel();
        self.tracker.close();
        tokio::time::timeout(limit, self.tracker.wait())
            .await
            .is_ok()
    }
}

/// Waits, but not longer than until the stop; answers whether to go on.
pub async fn pause(stopping: &CancellationToken, span: Duration) -> bool {
    #[expect(clippy::disallowed_methods, reason = "the one place that waits")]
    let elapsed = tokio::time::sleep(span);
    tokio::select! {
        () = stopping.cancelled() => false,
        () = elapsed => true,
    }
}

/// Ends when the process is asked to stop (SIGTERM or Ctrl-C).
pub async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(error) => {
                tracing::warn!(%error, "cannot listen for SIGTERM");
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
