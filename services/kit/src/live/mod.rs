//! What changes, told to the subscribers of this process.
//!
//! ```text
//! business transaction ── trigger ──▶ NOTIFY at commit ──▶ listener ──▶ hub ──▶ each Watch
//!   (any replica)                       (PostgreSQL)      (each replica)        reads again
//! ```
//!
//! * A table that can be watched has a trigger with `kit.notify_live` (see the
//!   migration): no use case can forget to tell. PostgreSQL delivers at the
//!   commit, in the order of commits, to every replica, with Redis and without.
//! * Only the kind and the id travel. A subscriber reads the row again through
//!   `app/`, so that permission is decided anew at each change; see [`follow`].
//! * Nothing is skipped in silence. A subscriber more than 64 changes behind
//!   ends with `SUBSCRIBER_TOO_SLOW`; where the connection to the database was
//!   lost, and changes may have been missed, all end with `CHANGES_INTERRUPTED`.
//!   Who subscribes again is first told the present state, and has missed nothing.
//! * The listener begins with the first subscriber, so a process that has none
//!   spends no connection.
//!
//! # Making a noun watchable
//!
//! 1. A migration: the trigger on its table, and on tables whose rows show in it.
//! 2. `app/`: `watch` answers [`follow`] over `core.watch("need", id)`, with the
//!    read that queries use.
//! 3. `graphql/`: a `#[Subscription]` that turns each item into the entity.

mod follow;
mod hub;
mod listener;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::PgPool;
use uuid::Uuid;

pub use follow::{Following, follow};
pub use hub::Watch;

use crate::{error::Result, lifecycle::Tasks};
use hub::Hub;

/// How long a subscriber waits for the listener.
const BEGIN_WITHIN: Duration = Duration::from_secs(5);

/// The live changes of one service in one process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Live {
    hub: Arc<Hub>,
    begun: Arc<AtomicBool>,
}

impl Live {
    /// Watches one thing; changes are seen from the moment this answers.
    pub async fn watch(
        &self,
        pool: &PgPool,
        tasks: &Tasks,
        kind: &'static str,
        id: Uuid,
    ) -> Result<Watch> {
        if !self.begun.swap(true, Ordering::AcqRel) {
            let (pool, hub, stopping) = (pool.clone(), Arc::clone(&self.hub), tasks.stopping());
            tasks.spawn("live.listener", async move {
                listener::run(&pool, &hub, &stopping).await;
            });
        }
        tokio::time::timeout(BEGIN_WITHIN, self.hub.join(kind, id))
            .await
            .map_err(|_| hub::interrupted())
    }
}
