//! A look at one node: what it is, and what it has below.

use super::{Content, Node, Tree};

/// One node of a tree.
#[derive(Clone, Copy, Debug)]
pub struct View<'t, 'a> {
    tree: &'t Tree<'a>,
    node: Node,
}

impl<'t, 'a> View<'t, 'a> {
    pub(super) const fn new(tree: &'t Tree<'a>, node: Node) -> Self {
        Self { tree, node }
    }

    pub const fn node(self) -> Node {
        self.node
    }

    pub fn content(self) -> Content<'a> {
        self.tree.content(self.node)
    }

    pub fn is_null(self) -> bool {
        matches!(self.content(), Content::Null)
    }

    pub fn is_object(self) -> bool {
        matches!(self.content(), Content::Object(_))
    }

    /// The raw text of a string.
    pub fn as_raw_str(self) -> Option<&'a str> {
        self.content().as_raw_str()
    }

    /// The items of an array; nothing else has any.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let first = match self.content() {
            Content::Array(_) => self.tree.first(self.node),
            _ => None,
        };
        self.from(first)
    }

    /// The members of an object, with their names; nothing else has any.
    pub fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let first = match self.content() {
            Content::Object(_) => self.tree.first(self.node),
            _ => None,
        };
        self.from(first)
            .map(|member| (self.tree.key(member.node), member))
    }

    fn from(self, first: Option<Node>) -> impl Iterator<Item = Self> {
        std::iter::successors(first, |at| self.tree.next(*at))
            .map(|node| Self::new(self.tree, node))
    }

    /// A member of an object.
    pub fn get(self, key: &str) -> Option<Self> {
        let node = self.tree.get(self.node, key)?;
        Some(Self::new(self.tree, node))
    }

    /// The run-time type, where it was asked for.
    pub fn typename(self) -> Option<&'a str> {
        self.get("__typename").and_then(Self::as_raw_str)
    }

    /// Looks members up that are mostly wanted in the order they came in.
    pub fn in_order(self) -> InOrder<'t, 'a> {
        InOrder {
            object: self,
            at: None,
        }
    }
}

/// The members of an object, and where the last one was found.
#[derive(Clone, Copy, Debug)]
pub struct InOrder<'t, 'a> {
    object: View<'t, 'a>,
    at: Option<Node>,
}

impl<'t, 'a> InOrder<'t, 'a> {
    /// A member: looked for after the last one first, then before it.
    pub fn get(&mut self, key: &str) -> Option<View<'t, 'a>> {
        let tree = self.object.tree;
        let after = self.at.and_then(|at| tree.find_after(at, key));
        let node = match after {
            None => tree.get(self.object.node, key)?,
            Some(node) => node,
        };
        self.at = Some(node);
        Some(View::new(tree, node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_any_order() {
        let mut tree = Tree::new();
        let root = tree.read(br#"{"a":1,"b":2,"c":3}"#).unwrap();
        for wanted in ["abc", "cba", "bxca", "aab", "x"] {
            let mut members = tree.view(root).in_order();
            for key in wanted.chars().map(String::from) {
                let found = members.get(&key).map(View::node);
                assert_eq!(found, tree.get(root, &key), "{key} of {wanted}");
            }
        }
    }

    #[test]
    fn only_objects_have_members_and_only_arrays_items() {
        let mut tree = Tree::new();
        let root = tree.read(br#"{"l":[1,2],"s":"x"}"#).unwrap();
        let root = tree.view(root);
        let list = root.get("l").unwrap();
        assert_eq!(root.members().count(), 2);
        assert_eq!(root.items().count(), 0);
        assert_eq!(list.items().count(), 2);
        assert_eq!(list.members().count(), 0);
        assert_eq!(list.get("l").map(View::node), None);
        assert_eq!(root.get("s").unwrap().items().count(), 0);
    }
}
