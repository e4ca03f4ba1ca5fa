//! One PostgreSQL database per service.
//!
//! `store/` takes `&mut PgConnection`; only `app/` begins and commits:
//!
//! ```ignore
//! let mut tx = state.core.db.begin(caller).await?;
//! if let Some(first) = tx.replay("reportNeed", &key, &input).await? { return Ok(first); }
//! let need = need::decide(…)?;                 // domain
//! store::need::insert(&mut tx, &need).await?;  // store
//! events::append(&mut tx, …).await?;           // outbox, same transaction
//! tx.answer(&need).await                       // keeps the answer, commits
//! ```

mod classify;
mod migrate;
mod read;
mod tx;

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub use classify::classify;
pub use migrate::{MIGRATOR, migrate, provision, wait_until_migrated, wait_until_reachable};
pub use read::Read;
pub use tx::Tx;

use crate::{
    auth::Caller,
    error::Result,
    idempotency::{self, IdempotentCall, Outcome},
};

/// The pool of one service, with the runtime role.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
}

impl Db {
    /// Opens the pool lazily: a database that is down shows in readiness and
    /// in clear errors, not in a crash loop.
    pub fn open(url: &str, service: &str, connections: u32) -> anyhow::Result<Self> {
        let options: PgConnectOptions =
            url.parse().context("the database address cannot be read")?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(options.application_name(&format!("sanshe-{service}")));
        Ok(Self { pool })
    }

    /// Wraps a pool that exists (tests).
    pub fn from_pool(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The pool itself, for workers and consumers.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection for reads; no statement outlives the request it is part of.
    pub async fn read(&self) -> Result<Read> {
        Read::begin(&self.pool).await
    }

    /// Begins a transaction; it does not outlive the caller's deadline.
    pub async fn begin(&self, caller: &Caller) -> Result<Tx> {
        Tx::begin(&self.pool, caller).await
    }

    /// What the same call was answered before. Asked straight after the
    /// permission, wherever peers are asked or preconditions looked at before
    /// the transaction: a repeated call needs neither again. It only looks;
    /// the transaction of the effect replays by itself.
    pub async fn answered<T: DeserializeOwned>(
        &self,
        caller: &Caller,
        operation: &'static str,
        key: &IdempotencyKey,
        input: &impl Serialize,
        now: DateTime<Utc>,
    ) -> Result<Option<T>> {
        let mut look = self.begin(caller).await?;
        look.replay(operation, key, input, now).await
    }

    /// The same for [`idempotency::run`], whose refusals are answers too.
    pub async fn outcome<T: DeserializeOwned>(
        &self,
        caller: &Caller,
        call: &IdempotentCall,
    ) -> Result<Option<Outcome<T>>> {
        let mut look = self.begin(caller).await?;
        idempotency::outcome(&mut look, call).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }
}
