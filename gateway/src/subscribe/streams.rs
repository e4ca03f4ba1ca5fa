//! What all streams of a gateway share: its generation, its stop, its clients.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use kernel::{Refusal, SharedClock};
use tokio::sync::watch;
use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFutureOwned},
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use super::{
    clients::{Clients, Seat},
    ending::Ending,
    expiry::Expiry,
};
use crate::config;

/// Into how many moments the end of an old generation is spread, so that its
/// subscribers do not all come back at once.
const SPREAD: u32 = 64;

/// The streams of a gateway.
pub struct Streams {
    settings: config::Streams,
    clock: SharedClock,
    generation: watch::Sender<u64>,
    closing: CancellationToken,
    tracker: TaskTracker,
    clients: Clients,
    begun: AtomicU32,
}

impl Streams {
    pub fn new(settings: config::Streams, clock: SharedClock) -> Self {
        Self {
            settings,
            clock,
            generation: watch::Sender::new(0),
            closing: CancellationToken::new(),
            tracker: TaskTracker::new(),
            clients: Clients::default(),
            begun: AtomicU32::new(0),
        }
    }

    pub const fn settings(&self) -> &config::Streams {
        &self.settings
    }

    /// Takes a connection on, or says which limit it would exceed.
    pub fn seat(&self, address: Option<IpAddr>) -> Result<Seat, Refusal> {
        self.clients.seat(address, &self.settings)
    }

    /// A generation came into use.
    pub fn swapped(&self, number: u64) {
        self.generation.send_replace(number);
    }

    /// Ends every stream: each client is told.
    pub fn close(&self) {
        self.closing.cancel();
        self.tracker.close();
    }

    pub fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    pub fn closing(&self) -> WaitForCancellationFutureOwned {
        self.closing.clone().cancelled_owned()
    }

    /// Held by a connection that the HTTP server no longer knows.
    pub fn hold(&self) -> TaskTrackerToken {
        self.tracker.token()
    }

    /// Runs what writes to a client, apart from the connection: that asks for
    /// nothing while the client reads nothing.
    pub fn write(&self, work: impl Future<Output = ()> + Send + 'static) {
        // It ends by itself, and the stop waits for it.
        drop(self.tracker.spawn(work));
    }

    /// Waits until those connections have said goodbye, but not longer.
    pub async fn ended(&self, limit: Duration) {
        // Whether in time or not, the process goes on with its stop.
        let _ = tokio::time::timeout(limit, self.tracker.wait()).await;
    }

    pub(super) fn ending(&self, generation: u64, token: Option<&str>) -> Ending {
        let nth = self.begun.fetch_add(1, Ordering::Relaxed) % SPREAD;
        let half = self.settings.swap() / 2;
        Ending {
            expiry: Expiry::of(token, SharedClock::clone(&self.clock)),
            closing: self.closing.clone(),
            generation: self.generation.subscribe(),
            own: generation,
            grace: half + half * nth / SPREAD,
            until: None,
        }
    }
}
