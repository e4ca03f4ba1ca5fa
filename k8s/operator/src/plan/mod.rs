//! State → actions. Pure: the same state has the same plan, and the plan of a
//! state that is as it should be is empty, so that a look that finds nothing
//! new writes nothing.

#[cfg(test)]
pub mod fixture;
pub mod subgraph;
pub mod supergraph;

use k8s_openapi::api::core::v1::ConfigMap;

use crate::crd::{SubgraphStatus, SupergraphStatus};

/// One thing to do. They are done in order; the first failure ends the plan,
/// and the next look makes a new one.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Server-side apply.
    Apply(Box<ConfigMap>),
    /// A ConfigMap, if it is still the one that was seen.
    Delete {
        name: String,
        uid: String,
    },
    /// The finalizers of the subgraph that are ours.
    Finalizers(Vec<String>),
    SubgraphStatus(Box<SubgraphStatus>),
    SupergraphStatus(Box<SupergraphStatus>),
    /// Something that people should be able to read afterwards.
    Event(Event),
}

/// An event about the resource that is planned for.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub warning: bool,
    pub reason: String,
    /// What was being done.
    pub action: &'static str,
    pub note: String,
}

/// Bytes of an event's note; the API server refuses more than 1 KiB.
const LONGEST_NOTE: usize = 1_000;

impl Event {
    pub fn new(warning: bool, reason: &str, action: &'static str, note: &str) -> Self {
        let mut note = note.to_owned();
        if note.len() > LONGEST_NOTE {
            note.truncate(note.floor_char_boundary(LONGEST_NOTE));
            note.push('…');
        }
        Self {
            warning,
            reason: reason.to_owned(),
            action,
            note,
        }
    }
}
