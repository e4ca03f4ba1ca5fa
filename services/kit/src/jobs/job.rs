//! A job to be done.

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::FromRow;

use super::HandlerError;

/// A job about to be enqueued.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Whose workers run it: the service's name.
    pub queue: &'static str,
    /// Which handler.
    pub kind: &'static str,
    /// At most one live job has this key; none, and there is no limit.
    pub key: Option<String>,
    /// Not before; none is at once.
    pub run_at: Option<DateTime<Utc>>,
    /// What the handler is told.
    pub payload: Value,
    /// Attempts in all.
    pub max_attempts: i32,
    /// Where the key is live already: leave that job as it is.
    pub keep_first: bool,
}

impl NewJob {
    /// A job that is due at once, with ten attempts.
    pub fn new(
        queue: &'static str,
        kind: &'static str,
        payload: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            queue,
            kind,
            key: None,
            run_at: None,
            payload: serde_json::to_value(payload)?,
            max_attempts: super::Backoff::default().attempts,
            keep_first: false,
        })
    }

    /// Names the one live job for a thing.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Makes it a timer, by the injected clock.
    pub fn run_at(mut self, at: DateTime<Utc>) -> Self {
        self.run_at = Some(at);
        self
    }

    /// Sets the number of attempts.
    pub fn max_attempts(mut self, attempts: i32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Changes nothing where a job with this key is live.
    pub fn keep_first(mut self) -> Self {
        self.keep_first = true;
        self
    }
}

/// What became of an enqueued job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// A new row.
    New(i64),
    /// The live job with this key has the new time and payload.
    Moved(i64),
    /// A live job with this key stays as it was.
    Kept,
}

/// A job as its handler sees it.
#[derive(Clone, Debug, FromRow)]
pub struct Job {
    /// The row.
    pub id: i64,
    /// Whose it is.
    pub queue: String,
    /// Which handler.
    pub kind: String,
    /// Its key.
    pub key: Option<String>,
    /// When it fell due.
    pub run_at: DateTime<Utc>,
    /// This attempt, counted from 1.
    pub attempts: i32,
    /// Attempts in all.
    pub max_attempts: i32,
    /// Proves that this worker holds the row.
    pub(super) claim: i64,
    pub(super) payload: Value,
    /// What the last attempt said.
    pub last_error: Option<String>,
}

impl Job {
    /// Reads the payload. One that does not fit never will: the job is dead.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, HandlerError> {
        T::deserialize(&self.payload)
            .map_err(|error| HandlerError::park(format!("payload of {}: {error}", self.kind)))
    }
}
