//! How much is served at once, and how subgraphs are treated that are in
//! trouble.

use std::time::Duration;

use serde::Deserialize;

/// What keeps the gateway and its subgraphs upright under load.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traffic {
    /// Requests served at once; the next ones wait.
    pub in_flight: usize,
    /// Requests that may wait for their turn; further ones are refused.
    pub waiting: usize,
    /// Milliseconds a request may wait for its turn.
    pub wait_millis: u64,
    /// Bytes of subgraph answers held by all requests together.
    pub held_bytes: usize,
    /// Whether identical reads that are under way are asked once, for requests
    /// of one identity and the same headers.
    pub share_reads: bool,
    /// Plans made for a new supergraph before it is swapped in: those of the
    /// operations used most.
    pub warm_plans: usize,
    /// Milliseconds the making of these plans may take.
    pub warm_millis: u64,
    pub retry: Retry,
    pub breaker: Breaker,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            in_flight: 512,
            waiting: 512,
            wait_millis: 1_000,
            held_bytes: 256 * 1024 * 1024,
            share_reads: true,
            warm_plans: 200,
            warm_millis: 5_000,
            retry: Retry::default(),
            breaker: Breaker::default(),
        }
    }
}

impl Traffic {
    pub const fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_millis)
    }

    pub const fn warm(&self) -> Duration {
        Duration::from_millis(self.warm_millis)
    }
}

/// Reads that did not begin are asked again, within a budget per subgraph.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// Attempts after the first one; 0 retries nothing.
    pub retries: u32,
    /// Retries per hundred reads.
    pub percent: u32,
    /// Retries per second that are allowed however few reads there are.
    pub floor_per_second: u32,
    /// Retries that may be saved up.
    pub burst: u32,
    /// Milliseconds before the first retry, at most; doubled for each further
    /// one. The wait is drawn from the whole span, so that retries spread.
    pub wait_millis: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            retries: 1,
            percent: 10,
            floor_per_second: 1,
            burst: 10,
            wait_millis: 25,
        }
    }
}

/// A subgraph that keeps failing is left alone for a while.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// Off: every call is tried.
    pub enabled: bool,
    /// Failures among the calls looked at that open the breaker.
    pub failures: usize,
    /// How many of the latest calls are looked at.
    pub calls: usize,
    /// Milliseconds after which a call is forgotten.
    pub window_millis: u64,
    /// Milliseconds until an open breaker lets one call through as a probe.
    pub open_millis: u64,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            enabled: true,
            failures: 10,
            calls: 20,
            window_millis: 10_000,
            open_millis: 2_000,
        }
    }
}

impl Breaker {
    pub const fn window(&self) -> Duration {
        Duration::from_millis(self.window_millis)
    }

    pub const fn open(&self) -> Duration {
        Duration::from_millis(self.open_millis)
    }
}
