//! The answers kept in this process.

use std::time::Instant;

use bytes::Bytes;

use super::{events::Position, hint::Hint, key::Key};

/// What an entry takes beside its text.
const FIXED_BYTES: usize = 256;

/// What is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    pub text: Bytes,
    /// Its scope, and how long it lasts from when it was kept.
    pub hint: Hint,
    pub until: Instant,
    /// How far the events were known when the subgraph was asked.
    pub position: Position,
    /// What had been written and forgotten here by then.
    pub state: State,
}

/// What ends everything that is kept in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub writes: u64,
    pub lost: u64,
}

/// Bounded; what was used longest ago and least goes first.
#[derive(Debug)]
pub struct Memory(moka::sync::Cache<Key, Kept>);

impl Memory {
    pub fn new(bytes: u64) -> Self {
        let cache = moka::sync::Cache::builder()
            .max_capacity(bytes)
            .weigher(|_: &Key, kept: &Kept| {
                u32::try_from(kept.text.len() + FIXED_BYTES).unwrap_or(u32::MAX)
            })
            .build();
        Self(cache)
    }

    /// What is kept and not too old; whether it still holds is for the caller.
    pub fn find(&self, key: &Key, state: State, now: Instant) -> Option<Kept> {
        let kept = self.0.get(key)?;
        (now < kept.until && kept.state == state).then_some(kept)
    }

    pub fn keep(&self, key: Key, kept: Kept) {
        self.0.insert(key, kept);
    }
}
