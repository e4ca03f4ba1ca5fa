//! Takes events from the outbox to the bus.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kernel::SharedClock;
use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Bus, BusError, Event, outbox};
use crate::lifecycle::{Tasks, pause};

const BATCH: i64 = 200;
const POLL: Duration = Duration::from_millis(500);
const MEASURE: Duration = Duration::from_secs(5);
const HOUSEKEEPING: Duration = Duration::from_secs(30);
/// Longer than any outage of Redis that is not a disaster, shorter than the
/// inboxes remember.
const KEEP_SECONDS: f64 = 7.0 * 86_400.0;

/// The relay of one service; run as many as there are replicas.
pub struct Relay {
    service: &'static str,
    pool: PgPool,
    bus: Bus,
    wake: Arc<Notify>,
}

/// Why a round of the relay stopped.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The outbox cannot be read or marked.
    #[error("outbox: {0}")]
    Outbox(#[from] sqlx::Error),
    /// The bus does not take events.
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl Relay {
    /// A relay over the outbox in `pool`.
    pub fn new(service: &'static str, pool: PgPool, bus: Bus, _clock: SharedClock) -> Self {
        Self {
            service,
            pool,
            bus,
            wake: Arc::new(Notify::new()),
        }
    }

    /// Runs until the stop.
    pub fn spawn(self, tasks: &Tasks) {
        let stopping = tasks.stopping();
        tasks.spawn("events.relay", async move { self.run(stopping).await });
    }

    /// Runs until `stopping`: at each commit of an event, and twice a second.
    pub async fn run(self, stopping: CancellationToken) {
        tokio::join!(self.work(&stopping), self.listen(&stopping));
    }

    async fn work(&self, stopping: &CancellationToken) {
        let mut troubled = false;
        let (mut measured, mut kept_house): (Option<Instant>, Option<Instant>) = (None, None);
        while !stopping.is_cancelled() {
            match self.run_once().await {
                Ok(_) if std::mem::take(&mut troubled) => {
                    tracing::info!(service = self.service, "events are sent again");
                }
                Ok(_) => {}
                Err(error) => {
                    if !troubled {
                        tracing::warn!(service = self.service, %error, "events cannot be sent");
                    }
                    troubled = true;
                }
            }
            if kept_house.is_none_or(|at| at.elapsed() >= HOUSEKEEPING) {
                if let Err(error) = self.keep_house().await {
                    tracing::debug!(service = self.service, %error, "outbox not tidied");
                }
                kept_house = Some(Instant::now());
            }
            if measured.is_none_or(|at| at.elapsed() >= MEASURE) {
                self.measure().await;
                measured = Some(Instant::now());
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                _ = tokio::time::timeout(POLL, self.wake.notified()) => {}
            }
        }
    }

    /// Turns notifications of the database into wakes; without them the poll
    /// is only slower.
    async fn listen(&self, stopping: &CancellationToken) {
        while !stopping.is_cancelled() {
            let heard: sqlx::Result<()> = async {
                let mut listener = PgListener::connect_with(&self.pool).await?;
                listener.listen("kit_outbox").await?;
                loop {
                    tokio::select! {
                        () = stopping.cancelled() => return Ok(()),
                        heard = listener.recv() => { heard?; self.wake.notify_one(); }
                    }
                }
            }
            .await;
            if let Err(error) = heard {
                tracing::debug!(service = self.service, %error, "no notifications");
                pause(stopping, Duration::from_secs(2)).await;
            }
        }
    }

    /// Sends all that is waiting; answers how many events the bus took.
    pub async fn run_once(&self) -> Result<usize, RelayError> {
        self.check_epoch().await?;
        let mut sent = 0;
        loop {
            match self.send_batch().await {
                Ok(0) => return Ok(sent),
                Ok(count) => sent += count,
                Err(RelayError::Bus(BusError::Forgot)) => self.check_epoch().await?,
                Err(error) => return Err(error),
            }
        }
    }

    async fn send_batch(&self) -> Result<usize, RelayError> {
        let mut tx = self.pool.begin().await?;
        let epoch = outbox::hold_epoch(&mut tx).await?;
        let claimed = outbox::claim(&mut tx, BATCH).await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        let (positions, events): (Vec<i64>, Vec<Event>) = claimed
            .into_iter()
            .map(|row| (row.position, row.event))
            .unzip();
        self.bus.publish(self.service, epoch, &events).await?;
        outbox::mark_sent(&mut tx, &positions).await?;
        tx.commit().await?;
        metrics::counter!("kit.outbox.sent", "service" => self.service)
            .increment(u64::try_from(events.len()).unwrap_or_default());
        Ok(events.len())
    }

    /// Begins a new life where the bus forgot the old one.
    async fn check_epoch(&self) -> Result<(), RelayError> {
        let mut conn = self.pool.acquire().await?;
        let epoch = outbox::epoch(&mut conn).await?;
        if self.bus.knows(self.service, epoch).await? {
            return Ok(());
        }
        drop(conn);
        let mut tx = self.pool.begin().await?;
        let epoch = outbox::lock_epoch(&mut tx).await?;
        // Another relay may have done it while this one waited.
        if self.bus.knows(self.service, epoch).await? {
            return Ok(());
        }
        let (epoch, again) = outbox::renew_epoch(&mut tx).await?;
        self.bus.install(self.service, epoch).await?;
        tx.commit().await?;
        if again > 0 {
            // Nothing is lost, and readers drop what they know.
            tracing::info!(
                service = self.service,
                again,
                "the bus began another life: its events are sent again"
            );
        }
        Ok(())
    }

    async fn keep_house(&self) -> Result<(), RelayError> {
        let mut conn = self.pool.acquire().await?;
        outbox::prune(&mut conn, KEEP_SECONDS).await?;
        self.bus.trim(self.service).await?;
        Ok(())
    }

    async fn measure(&self) {
        let Ok(mut conn) = self.pool.acquire().await else {
            return;
        };
        if let Ok((waiting, oldest)) = outbox::backlog(&mut conn).await {
            #[expect(clippy::cast_precision_loss, reason = "a gauge")]
            metrics::gauge!("kit.outbox.unsent", "service" => self.service).set(waiting as f64);
            metrics::gauge!("kit.outbox.oldest_unsent_seconds", "service" => self.service)
                .set(oldest);
        }
    }
}
