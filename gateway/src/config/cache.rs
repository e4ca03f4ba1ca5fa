//! Which answers of subgraphs are kept.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

/// Answers are kept only of the subgraphs named here, and only where the
/// subgraph itself says for how long.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// Bytes of all answers kept, their keys included.
    pub bytes: u64,
    /// Subgraph → how its answers are kept.
    pub subgraphs: BTreeMap<String, CachedSubgraph>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024 * 1024,
            subgraphs: BTreeMap::new(),
        }
    }
}

/// How the answers of one subgraph are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CachedSubgraph {
    /// The longest that an answer is kept, whatever the subgraph says.
    pub max_age_seconds: u64,
    /// The Redis stream of the subgraph's events, such as
    /// `sanshe.events.smartdata`: each of them ends what is kept of it. While
    /// the stream cannot be read nothing kept is given. None: answers last as
    /// long as they may.
    pub events: Option<String>,
}

impl Default for CachedSubgraph {
    fn default() -> Self {
        Self {
            max_age_seconds: 60,
            events: None,
        }
    }
}

impl CachedSubgraph {
    pub const fn max_age(&self) -> Duration {
        Duration::from_secs(self.max_age_seconds)
    }
}
