//! Some nodes of a tree, remembered.

use std::collections::HashSet;

use super::Node;

/// A set of nodes.
#[derive(Clone, Debug, Default)]
pub struct Places(HashSet<Node>);

impl Places {
    pub fn add(&mut self, node: Node) {
        self.0.insert(node);
    }

    pub fn has(&self, node: Node) -> bool {
        self.0.contains(&node)
    }
}
