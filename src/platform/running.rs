//! One service of a running platform.

use std::{future::Future, time::Duration};

use anyhow::Result;
use kit::{lifecycle::Tasks, service::Core};

/// A service and the tasks it began.
pub struct Running {
    name: &'static str,
    tasks: Tasks,
}

impl Running {
    /// Runs the service among its own tasks, so that its stop waits for it too.
    pub fn start(core: Core, serving: impl Future<Output = Result<()>> + Send + 'static) -> Self {
        let name = core.name;
        core.tasks.spawn(name, async move {
            if let Err(error) = serving.await {
                tracing::error!(
                    service = name,
                    error = format!("{error:#}"),
                    "the service failed"
                );
            }
        });
        Self {
            name,
            tasks: core.tasks,
        }
    }

    /// Drains and stops it.
    pub async fn stop(self, limit: Duration) {
        if !self.tasks.stop(limit).await {
            tracing::warn!(service = self.name, "some tasks did not end in time");
        }
    }
}
