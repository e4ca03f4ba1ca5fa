//! How much room the answers of a program take, learnt from the last ones.

use std::sync::atomic::{AtomicUsize, Ordering};

/// More is never set aside before it is needed: one huge answer shall not make
/// every later one dear.
const MOST: usize = 16 * 1_024;

/// Nodes of the answer tree.
#[derive(Debug, Default)]
pub struct Room(AtomicUsize);

impl Room {
    /// What to set aside.
    pub fn nodes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Learns from an answer: at once what is more, slowly what is less.
    pub fn took(&self, nodes: usize) {
        let before = self.nodes();
        let nodes = nodes.min(MOST);
        let after = if nodes >= before {
            nodes
        } else {
            before - (before - nodes).div_ceil(16)
        };
        if after != before {
            // Whoever learns at the same time learns the same kind of thing.
            self.0.store(after, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_at_once_and_shrinks_slowly() {
        let room = Room::default();
        room.took(1_000);
        assert_eq!(room.nodes(), 1_000);
        room.took(10);
        assert!(room.nodes() < 1_000 && room.nodes() > 900);
        for _ in 0..200 {
            room.took(10);
        }
        assert_eq!(room.nodes(), 10);
    }

    #[test]
    fn sets_aside_no_more_than_the_most() {
        let room = Room::default();
        room.took(usize::MAX);
        assert_eq!(room.nodes(), MOST);
    }
}
