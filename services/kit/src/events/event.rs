//! What a service tells the others.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use super::HandlerError;

/// An event as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Made by the writer; a duplicate carries the same id.
    pub id: Uuid,
    /// `communities.need.reported`: service, noun, what happened.
    pub subject: String,
    /// The kind of thing it happened to: `need`.
    pub aggregate: String,
    /// Which one.
    pub aggregate_id: Uuid,
    /// Counts the events of this aggregate from 1, in the order of commits.
    pub sequence: i64,
    /// The version of the form of `data`.
    pub version: i32,
    /// The linkage the thing belongs to.
    pub trace_id: Option<Uuid>,
    /// When it happened, by the writer's clock.
    pub at: DateTime<Utc>,
    /// What is said about it.
    pub data: Value,
}

impl Event {
    /// The service that wrote it.
    pub fn service(&self) -> &str {
        service_of(&self.subject)
    }

    /// Reads `data`. A form that does not fit will not fit later either, so
    /// the event is parked at once.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, HandlerError> {
        T::deserialize(&self.data).map_err(|error| {
            HandlerError::park(format!(
                "{} version {}: {error}",
                self.subject, self.version
            ))
        })
    }
}

/// The first part of a subject names the service.
pub(super) fn service_of(subject: &str) -> &str {
    subject.split('.').next().unwrap_or_default()
}

/// An event about to be written; the outbox gives it its id and number.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// `communities.need.reported`.
    pub subject: &'static str,
    /// The kind of thing: `need`.
    pub aggregate: &'static str,
    /// Which one.
    pub aggregate_id: Uuid,
    /// The linkage the thing belongs to.
    pub trace_id: Option<Uuid>,
    /// When it happened, from the injected clock.
    pub at: DateTime<Utc>,
    /// What is said about it: ids and codes, no personal data, for other
    /// services keep what they are told. A new field changes nothing for
    /// readers; a changed meaning is written with [`super::append_version`].
    pub data: Value,
}
