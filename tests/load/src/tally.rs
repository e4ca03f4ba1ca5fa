//! The counts of all clients, printed as lines of JSON: totals since the start
//! each second, and every failure as it happens, up to a limit.

use std::{
    collections::BTreeMap,
    io::Write as _,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::client::Outcome;

/// Failures that are told in full; all are counted.
const TOLD: usize = 500;

#[derive(Debug, Default)]
struct Counts {
    asked: BTreeMap<&'static str, u64>,
    failed: BTreeMap<String, u64>,
    told: usize,
    /// Since the last line.
    slowest: Duration,
}

/// The counts.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Counts>);

impl Tally {
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one request of a kind of client.
    pub fn count(&self, client: &'static str, outcome: Outcome) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.asked.entry(client).or_default() += 1;
        counts.slowest = counts.slowest.max(outcome.took);
        let Some((kind, detail)) = outcome.failure else {
            return;
        };
        *counts
            .failed
            .entry(format!("{client}: {kind}"))
            .or_default() += 1;
        counts.told += 1;
        if counts.told <= TOLD {
            line(&json!({
                "at": now(), "client": client, "failure": kind, "detail": detail,
                "took_millis": millis(outcome.took),
            }));
        }
    }

    /// Prints the totals.
    pub fn print(&self) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slowest = std::mem::take(&mut counts.slowest);
        line(&json!({
            "at": now(), "asked": counts.asked, "failed": counts.failed,
            "slowest_millis": millis(slowest),
        }));
    }
}

fn line(value: &Value) {
    // Where nobody reads any more there is nobody to tell it to.
    let _ = writeln!(std::io::stdout(), "{value}");
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds of the machine's clock: lines are put beside what was done to
/// the cluster at the time.
#[expect(
    clippy::disallowed_methods,
    reason = "a clock of the world outside, not of the platform"
)]
fn now() -> u64 {
    millis(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    )
}
