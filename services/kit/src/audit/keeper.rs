//! Checkpoints without anybody thinking of them.

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use kernel::SharedClock;
use sqlx::PgPool;

use super::{
    Checkpoint, Signer,
    checkpoint::{checkpoint, export},
};
use crate::lifecycle::{Tasks, pause};

/// Signs and exports regularly, and once more at the stop.
pub struct Keeper {
    service: &'static str,
    pool: PgPool,
    clock: SharedClock,
    signer: Signer,
    path: PathBuf,
    every: Duration,
}

impl Keeper {
    /// A keeper that exports to `path` each hour.
    pub fn new(
        service: &'static str,
        pool: PgPool,
        clock: SharedClock,
        signer: Signer,
        path: PathBuf,
    ) -> Self {
        Self {
            service,
            pool,
            clock,
            signer,
            path,
            every: Duration::from_hours(1),
        }
    }

    /// Runs until the stop.
    pub fn spawn(self, tasks: &Tasks) {
        let stopping = tasks.stopping();
        tasks.spawn("audit.keeper", async move {
            loop {
                if let Err(error) = self.keep().await {
                    tracing::error!(
                        service = self.service,
                        error = format!("{error:#}"),
                        "no checkpoint of the audit log"
                    );
                }
                if stopping.is_cancelled() {
                    return;
                }
                pause(&stopping, self.every).await;
            }
        });
    }

    /// Signs and exports now; none where nothing was appended since.
    pub async fn keep(&self) -> Result<Option<Checkpoint>> {
        let mut tx = self.pool.begin().await?;
        let signed = checkpoint(&mut tx, &self.signer, self.service, self.clock.now()).await?;
        if let Some(signed) = &signed {
            // Before the commit: what the database remembers is in the file.
            export(signed, &self.path).await?;
        }
        tx.commit().await?;
        Ok(signed)
    }
}
