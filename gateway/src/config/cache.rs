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
    /// What gateways keep together, where `redis.url` names a Redis.
    pub share: Share,
    /// Bytes of one answer or entity that goes there.
    pub shared_bytes: usize,
    /// Subgraph → how its answers are kept.
    pub subgraphs: BTreeMap<String, CachedSubgraph>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024 * 1024,
            share: Share::Public,
            shared_bytes: 1024 * 1024,
            subgraphs: BTreeMap::new(),
        }
    }
}

/// What gateways keep together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    Nothing,
    /// What is for everybody.
    Public,
    /// What is for one caller as well: Redis then holds personal data.
    All,
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
    /// Types of which an entity changes only by events that name it, by type
    /// and key. Everything else ends with every event of the subgraph.
    pub precise: Vec<String>,
}

impl Default for CachedSubgraph {
    fn default() -> Self {
        Self {
            max_age_seconds: 60,
            events: None,
            precise: Vec::new(),
        }
    }
}

impl CachedSubgraph {
    pub const fn max_age(&self) -> Duration {
        Duration::from_secs(self.max_age_seconds)
    }
}
