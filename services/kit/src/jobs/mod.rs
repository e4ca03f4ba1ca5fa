//! Durable jobs and timers: what must happen later, surely and once.
//!
//! A job is a row of `kit.jobs`, written in the transaction that wants it. It
//! falls due by the **injected clock**: tests and demonstrations move through
//! statutory terms without waiting. Its handler runs in one transaction with
//! the completion of the row; what it writes through its connection happens
//! once. Attempts are counted before they are made, failures wait and return,
//! and after the last one the row is kept as `dead` with its error.
//!
//! A worker that dies leaves a lease behind, which any other worker sweeps.
//! From the moment a handler's transaction begins, its row lock keeps others
//! off for as long as the transaction lives, however long the process is
//! paused: the lock is the heartbeat, and PostgreSQL frees it when the session
//! ends.
//!
//! Handlers are short. Work of minutes is a chain of jobs, each of which
//! enqueues the next in its own transaction.
//!
//! The nearest library, `graphile_worker` 0.14, was read and not taken: what is
//! due it asks of the database's `now()` or, at best, of `Utc::now()`, so an
//! injected clock cannot move it; and its start always runs its own
//! migrations, which a role without DDL cannot do after an upgrade.
//!
//! # Adding a timer: two steps
//!
//! 1. Enqueue it where the term begins. The key names the one timer there is
//!    for this thing: enqueueing again moves it, [`cancel`] withdraws it.
//!
//!    ```ignore
//!    let close = NewJob::new("procurement", "close_tender", &CloseTender { id: tender.id })?
//!        .key(format!("close_tender:{}", tender.id))
//!        .run_at(tender.closes_at);
//!    jobs::enqueue(&mut tx, &close).await?;
//!    ```
//! 2. Say what happens when it falls due, in the service's `serve`:
//!
//!    ```ignore
//!    Worker::new("procurement", db.pool().clone(), clock).on("close_tender", move |conn, job| {
//!        let app = app.clone();
//!        Box::pin(async move { app.close(conn, job.payload::<CloseTender>()?.id).await })
//!    })
//!    ```
//!
//!    The handler looks at the state again: a timer that fires late, or after
//!    a person acted, finds nothing to do and answers `Ok`.
//!
//! Tests call [`Worker::run_due_once`] after moving the clock.

mod job;
pub mod store;
mod worker;

pub use crate::events::{Backoff, HandlerError};
pub use job::{Enqueued, Job, NewJob};
pub use store::{cancel, enqueue, list_dead, revive};
pub use worker::Worker;
