//! Runs jobs that are due.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::{BoxFuture, join_all};
use kernel::SharedClock;
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

use super::{Backoff, HandlerError, Job, store};
use crate::{
    events::{Outcome, guard},
    lifecycle::{Tasks, pause},
};

/// How an attempt ended.
const DONE: &str = "done";
const LOST: &str = "lost";
const FAILED: &str = "failed";

const POLL: Duration = Duration::from_millis(500);
const HOUSEKEEPING: Duration = Duration::from_secs(30);
const KEEP_SECONDS: f64 = 7.0 * 86_400.0;

type Handler = Arc<
    dyn for<'a> Fn(&'a mut PgConnection, &'a Job) -> BoxFuture<'a, Result<(), HandlerError>>
        + Send
        + Sync,
>;

/// The worker of one queue; each replica runs one.
pub struct Worker {
    queue: &'static str,
    pool: PgPool,
    clock: SharedClock,
    handlers: Vec<(&'static str, Handler)>,
    backoff: Backoff,
    at_once: i64,
    limit: Duration,
    lease: Duration,
}

impl Worker {
    /// A worker that runs nothing yet.
    pub fn new(queue: &'static str, pool: PgPool, clock: SharedClock) -> Self {
        Self {
            queue,
            pool,
            clock,
            handlers: Vec::new(),
            backoff: Backoff::default(),
            at_once: 2,
            limit: Duration::from_secs(30),
            lease: Duration::from_mins(1),
        }
    }

    /// Says what happens when a job of `kind` falls due.
    pub fn on<F>(mut self, kind: &'static str, handler: F) -> Self
    where
        F: for<'a> Fn(&'a mut PgConnection, &'a Job) -> BoxFuture<'a, Result<(), HandlerError>>
            + Send
            + Sync
            + 'static,
    {
        debug_assert!(
            self.handlers.iter().all(|(known, _)| *known != kind),
            "{kind} twice"
        );
        self.handlers.push((kind, Arc::new(handler)));
        self
    }

    /// Sets the waits between attempts; each job says how many it has.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets how many jobs run at a time; 2 unless said otherwise.
    pub fn at_once(mut self, count: u8) -> Self {
        self.at_once = i64::from(count.max(1));
        self
    }

    /// Sets how long one attempt may take; 30 s unless said otherwise.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets how long a claim holds before its transaction begins; 60 s unless
    /// said otherwise.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Runs until the stop.
    pub fn spawn(self, tasks: &Tasks) {
        let stopping = tasks.stopping();
        tasks.spawn("jobs.worker", async move { self.run(stopping).await });
    }

    /// Runs until `stopping`; what was begun is finished.
    pub async fn run(self, stopping: CancellationToken) {
        // Timers may fall due years from now; a counter that is not there looks
        // like one that nobody measures.
        for (kind, _) in &self.handlers {
            for result in [DONE, LOST, FAILED] {
                self.count(kind, result).increment(0);
            }
        }
        let mut kept_house: Option<Instant> = None;
        while !stopping.is_cancelled() {
            if let Err(error) = self.run_due(Some(&stopping)).await {
                tracing::warn!(queue = self.queue, %error, "jobs cannot be read");
            }
            if kept_house.is_none_or(|at| at.elapsed() >= HOUSEKEEPING) {
                if let Err(error) = self.keep_house().await {
                    tracing::debug!(queue = self.queue, %error, "jobs not tidied");
                }
                kept_house = Some(Instant::now());
            }
            pause(&stopping, POLL).await;
        }
    }

    /// Runs all that is due now, also what falls due meanwhile; answers how
    /// many attempts were made.
    pub async fn run_due_once(&self) -> sqlx::Result<usize> {
        self.run_due(None).await
    }

    async fn run_due(&self, stopping: Option<&CancellationToken>) -> sqlx::Result<usize> {
        let kinds: Vec<&str> = self.handlers.iter().map(|(kind, _)| *kind).collect();
        let mut conn = self.pool.acquire().await?;
        let lost = store::sweep(&mut conn, self.queue).await?;
        if lost > 0 {
            tracing::warn!(queue = self.queue, lost, "jobs of a vanished worker");
        }
        drop(conn);
        let mut attempts = 0;
        loop {
            if stopping.is_some_and(CancellationToken::is_cancelled) {
                return Ok(attempts);
            }
            let mut conn = self.pool.acquire().await?;
            let (now, lease) = (self.clock.now(), self.lease.as_secs_f64());
            let due = store::claim(&mut conn, self.queue, &kinds, now, lease, self.at_once).await?;
            drop(conn);
            if due.is_empty() {
                return Ok(attempts);
            }
            attempts += due.len();
            for settled in join_all(due.iter().map(|job| self.settle(job))).await {
                settled?;
            }
        }
    }

    fn count(&self, kind: &str, result: &'static str) -> metrics::Counter {
        metrics::counter!("kit.jobs.run", "queue" => self.queue, "kind" => kind.to_owned(),
            "result" => result)
    }

    async fn settle(&self, job: &Job) -> sqlx::Result<()> {
        let outcome = self.attempt(job).await;
        let result = match &outcome {
            Outcome::Done => DONE,
            Outcome::Lost => LOST,
            Outcome::Failed(_) => FAILED,
        };
        self.count(&job.kind, result).increment(1);
        let Outcome::Failed(error) = outcome else {
            return Ok(());
        };
        let reason = error.to_string();
        let again = error.is_retry() && job.attempts < job.max_attempts;
        if again {
            tracing::warn!(
                queue = self.queue,
                kind = job.kind,
                job = job.id,
                attempt = job.attempts,
                reason,
                "a job failed and will be tried again"
            );
        } else {
            tracing::error!(
                queue = self.queue,
                kind = job.kind,
                job = job.id,
                attempt = job.attempts,
                reason,
                "a job is dead"
            );
        }
        let run_at = again.then(|| self.clock.now() + self.backoff.wait(job.attempts));
        let mut conn = self.pool.acquire().await?;
        store::fail(&mut conn, job, run_at, &reason).await?;
        Ok(())
    }

    async fn attempt(&self, job: &Job) -> Outcome {
        let Some((_, handler)) = self.handlers.iter().find(|(kind, _)| *kind == job.kind) else {
            return Outcome::Failed(HandlerError::retry("no handler"));
        };
        let tried: sqlx::Result<Outcome> = async {
            let mut tx = self.pool.begin().await?;
            if !store::complete(&mut tx, job).await? {
                return Ok(Outcome::Lost);
            }
            if let Err(error) = guard(self.limit, handler(&mut tx, job)).await {
                return Ok(Outcome::Failed(error));
            }
            tx.commit().await?;
            Ok(Outcome::Done)
        }
        .await;
        tried.unwrap_or_else(|error| Outcome::Failed(error.into()))
    }

    async fn keep_house(&self) -> sqlx::Result<()> {
        let mut conn = self.pool.acquire().await?;
        store::prune(&mut conn, KEEP_SECONDS).await?;
        let (dead, due) = store::backlog(&mut conn, self.queue, self.clock.now()).await?;
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        {
            metrics::gauge!("kit.jobs.dead", "queue" => self.queue).set(dead as f64);
            metrics::gauge!("kit.jobs.due", "queue" => self.queue).set(due as f64);
        }
        Ok(())
    }
}
