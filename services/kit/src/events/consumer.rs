//! Handles events: stores them, then gives each its effect once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::{BoxFuture, join_all};
use kernel::SharedClock;
use sqlx::{PgConnection, PgPool};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    Backoff, Bus, Event, HandlerError, Outcome, guard, inbox,
    intake::{Intake, matches},
    redis_reader,
};
use crate::lifecycle::Tasks;

const POLL: Duration = Duration::from_millis(500);
const HOUSEKEEPING: Duration = Duration::from_secs(30);
/// Four times what outboxes keep.
const KEEP_SECONDS: f64 = 28.0 * 86_400.0;

type Handler = Arc<
    dyn for<'a> Fn(&'a mut PgConnection, &'a Event) -> BoxFuture<'a, Result<(), HandlerError>>
        + Send
        + Sync,
>;

/// The consumer of one service; each replica runs one.
pub struct Consumer {
    name: &'static str,
    pool: PgPool,
    bus: Bus,
    clock: SharedClock,
    handlers: Vec<(&'static str, Handler)>,
    backoff: Backoff,
    at_once: i64,
    limit: Duration,
    lease: Duration,
    wake: Arc<Notify>,
}

impl Consumer {
    /// A consumer that handles nothing yet.
    pub fn new(service: &'static str, pool: PgPool, bus: Bus, clock: SharedClock) -> Self {
        Self {
            name: service,
            pool,
            bus,
            clock,
            handlers: Vec::new(),
            backoff: Backoff::default(),
            at_once: 4,
            limit: Duration::from_secs(30),
            lease: Duration::from_mins(1),
            wake: Arc::new(Notify::new()),
        }
    }

    /// Handles a subject; `eldercare.visit.*` stands for all that begin so
    /// (the service is always named). The handler runs in one transaction with
    /// the inbox row: what it writes through its connection happens once.
    /// What it does elsewhere may happen again and must bear that.
    pub fn on<F>(mut self, subject: &'static str, handler: F) -> Self
    where
        F: for<'a> Fn(&'a mut PgConnection, &'a Event) -> BoxFuture<'a, Result<(), HandlerError>>
            + Send
            + Sync
            + 'static,
    {
        self.handlers.push((subject, Arc::new(handler)));
        self
    }

    /// Sets waits and number of attempts.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets how many events are handled at a time (each of another aggregate),
    /// each with a connection; 4 unless said otherwise.
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

    /// Registers with the bus of this process, so that relays reach it; done by
    /// [`Consumer::spawn`] and [`Consumer::run`] as well.
    pub fn register(&self) {
        if let Bus::InProcess(bus) = &self.bus {
            bus.register(Arc::new(self.intake()));
        }
    }

    /// Runs until the stop.
    pub fn spawn(self, tasks: &Tasks) {
        self.register();
        let stopping = tasks.stopping();
        tasks.spawn("events.consumer", async move { self.run(stopping).await });
    }

    /// Runs until `stopping`.
    pub async fn run(self, stopping: CancellationToken) {
        self.register();
        let intake = self.intake();
        let read = async {
            if let Bus::Redis(bus) = &self.bus
                && !intake.wants_nothing()
            {
                redis_reader::run(bus, &intake, &stopping).await;
            }
        };
        tokio::join!(self.work(&stopping), read);
    }

    async fn work(&self, stopping: &CancellationToken) {
        let mut kept_house: Option<Instant> = None;
        while !stopping.is_cancelled() {
            if let Err(error) = self.run_due_once().await {
                tracing::warn!(consumer = self.name, %error, "the inbox cannot be read");
            }
            if kept_house.is_none_or(|at| at.elapsed() >= HOUSEKEEPING) {
                if let Err(error) = self.keep_house().await {
                    tracing::debug!(consumer = self.name, %error, "inbox not tidied");
                }
                kept_house = Some(Instant::now());
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                _ = tokio::time::timeout(POLL, self.wake.notified()) => {}
            }
        }
    }

    /// Handles all that is due now; answers how many attempts were made.
    pub async fn run_due_once(&self) -> sqlx::Result<usize> {
        let mut attempts = 0;
        loop {
            let mut conn = self.pool.acquire().await?;
            let claimed = inbox::claim(
                &mut conn,
                self.name,
                self.clock.now(),
                self.lease.as_secs_f64(),
                self.at_once,
            )
            .await?;
            drop(conn);
            if claimed.is_empty() {
                return Ok(attempts);
            }
            attempts += claimed.len();
            for settled in join_all(claimed.iter().map(|row| self.settle(row))).await {
                settled?;
            }
        }
    }

    async fn settle(&self, row: &inbox::Claimed) -> sqlx::Result<()> {
        let event = &row.event.0;
        // An attempt beyond the last: the one before ended with the process.
        let outcome = if row.attempts > self.backoff.attempts {
            Outcome::Failed(HandlerError::park(
                "the last attempt ended without an answer",
            ))
        } else {
            self.attempt(row, event).await
        };
        let result = match &outcome {
            Outcome::Done => "done",
            Outcome::Lost => "lost",
            Outcome::Failed(_) => "failed",
        };
        metrics::counter!("kit.inbox.handled", "consumer" => self.name, "result" => result)
            .increment(1);
        let Outcome::Failed(error) = outcome else {
            return Ok(());
        };
        let mut conn = self.pool.acquire().await?;
        let now = self.clock.now();
        let reason = error.to_string();
        if error.is_retry() && !self.backoff.is_spent(row.attempts) {
            tracing::warn!(consumer = self.name, subject = event.subject, event = %event.id,
                attempt = row.attempts, reason, "an event failed and will be tried again");
            let next = now + self.backoff.wait(row.attempts);
            inbox::retry_at(&mut conn, row, next, &reason).await?;
        } else {
            tracing::error!(consumer = self.name, subject = event.subject, event = %event.id,
                attempt = row.attempts, reason, "an event is parked");
            inbox::park(&mut conn, row, now, &reason).await?;
        }
        Ok(())
    }

    async fn attempt(&self, row: &inbox::Claimed, event: &Event) -> Outcome {
        let tried: sqlx::Result<Outcome> = async {
            let mut tx = self.pool.begin().await?;
            if !inbox::complete(&mut tx, row).await? {
                return Ok(Outcome::Lost);
            }
            for (subject, handler) in &self.handlers {
                if matches(subject, &event.subject)
                    && let Err(error) = guard(self.limit, handler(&mut tx, event)).await
                {
                    return Ok(Outcome::Failed(error));
                }
            }
            tx.commit().await?;
            Ok(Outcome::Done)
        }
        .await;
        tried.unwrap_or_else(|error| Outcome::Failed(error.into()))
    }

    async fn keep_house(&self) -> sqlx::Result<()> {
        let mut conn = self.pool.acquire().await?;
        inbox::prune(&mut conn, KEEP_SECONDS).await?;
        let (pending, parked) = inbox::backlog(&mut conn, self.name).await?;
        #[expect(clippy::cast_precision_loss, reason = "gauges")]
        {
            metrics::gauge!("kit.inbox.pending", "consumer" => self.name).set(pending as f64);
            metrics::gauge!("kit.inbox.parked", "consumer" => self.name).set(parked as f64);
        }
        Ok(())
    }

    fn intake(&self) -> Intake {
        Intake::new(
            self.name,
            self.pool.clone(),
            self.handlers.iter().map(|(subject, _)| *subject).collect(),
            self.wake.clone(),
        )
    }
}
