//! The tree itself: all nodes of a request in one list, linked by their number.
//!
//! An answer has thousands of small objects. One by one they would cost an
//! allocation each, to be made, grown and freed; here they cost a place in a
//! list. A number stays good for as long as the tree lives: whoever remembers
//! a place needs no way to it, and entities move by changing links.

use super::{ParseError, View, parse};
use crate::error::PathSegment;

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node(u32);

/// No node: an end of a list, or the parent of a root.
const NONE: Node = Node(u32::MAX);

impl Node {
    const fn at(self) -> usize {
        self.0 as usize
    }

    fn some(self) -> Option<Self> {
        (self != NONE).then_some(self)
    }
}

/// The first and the last child.
#[derive(Clone, Copy, Debug)]
pub struct Children {
    first: Node,
    last: Node,
}

impl Children {
    const NONE: Self = Self {
        first: NONE,
        last: NONE,
    };
}

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    Null,
    /// A scalar as it was sent: a string with its quotes and escapes, digits,
    /// `true` or `false`.
    Token(&'a str),
    /// A GraphQL name that is no part of an answer; written in quotes.
    Name(&'a str),
    Array(Children),
    Object(Children),
}

impl<'a> Content<'a> {
    const fn children(self) -> Children {
        match self {
            Self::Array(children) | Self::Object(children) => children,
            _ => Children::NONE,
        }
    }

    /// The raw text of a string.
    pub fn as_raw_str(self) -> Option<&'a str> {
        match self {
            Self::Token(token) => token.strip_prefix('"')?.strip_suffix('"'),
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    /// The name of a member; empty for items and roots.
    key: &'a str,
    content: Content<'a>,
    next: Node,
    parent: Node,
}

/// All nodes.
#[derive(Clone, Debug, Default)]
pub struct Tree<'a> {
    entries: Vec<Entry<'a>>,
}

impl<'a> Tree<'a> {
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// A tree with room for so many nodes.
    pub fn with_capacity(nodes: usize) -> Self {
        Self {
            entries: Vec::with_capacity(nodes),
        }
    }

    /// How many nodes there are.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn entry(&self, node: Node) -> &Entry<'a> {
        &self.entries[node.at()]
    }

    fn entry_mut(&mut self, node: Node) -> &mut Entry<'a> {
        &mut self.entries[node.at()]
    }

    /// Reads JSON as a root of its own. What is wrong leaves nothing behind.
    pub fn read(&mut self, bytes: &'a [u8]) -> Result<Node, ParseError> {
        let before = self.len();
        // Every node takes a byte at least.
        if bytes.len() >= NONE.at() - before.min(NONE.at()) {
            return Err(ParseError::TooLarge);
        }
        parse::read(self, bytes).inspect_err(|_| self.entries.truncate(before))
    }

    /// An object without members, as a root of its own.
    pub fn object(&mut self) -> Node {
        self.add("", Content::Object(Children::NONE))
    }

    pub fn view(&self, node: Node) -> View<'_, 'a> {
        View::new(self, node)
    }

    /// What a node is.
    pub fn content(&self, node: Node) -> Content<'a> {
        self.entry(node).content
    }

    /// The name of a member.
    pub fn key(&self, node: Node) -> &'a str {
        self.entry(node).key
    }

    /// The first child.
    pub fn first(&self, node: Node) -> Option<Node> {
        self.content(node).children().first.some()
    }

    /// The child after this one.
    pub fn next(&self, node: Node) -> Option<Node> {
        self.entry(node).next.some()
    }

    /// A member of an object.
    pub fn get(&self, node: Node, key: &str) -> Option<Node> {
        match self.content(node) {
            Content::Object(children) => self.find(children.first, key),
            _ => None,
        }
    }

    /// A member of this name that comes after another one.
    pub(super) fn find_after(&self, node: Node, key: &str) -> Option<Node> {
        self.find(self.entry(node).next, key)
    }

    fn find(&self, from: Node, key: &str) -> Option<Node> {
        let mut at = from;
        while at != NONE {
            let entry = self.entry(at);
            if entry.key == key {
                return Some(at);
            }
            at = entry.next;
        }
        None
    }

    /// The children, in their order.
    pub fn children(&self, node: Node) -> Vec<Node> {
        std::iter::successors(self.first(node), |at| self.next(*at)).collect()
    }

    /// Adds a node that belongs nowhere yet.
    pub(super) fn add(&mut self, key: &'a str, content: Content<'a>) -> Node {
        let node = u32::try_from(self.len()).expect("fewer nodes than bytes were read");
        self.entries.push(Entry {
            key,
            content,
            next: NONE,
            parent: NONE,
        });
        Node(node)
    }

    pub(super) const fn array() -> Content<'a> {
        Content::Array(Children::NONE)
    }

    pub(super) const fn empty_object() -> Content<'a> {
        Content::Object(Children::NONE)
    }

    /// Links a node that was just added behind its elder sibling, as child of
    /// an array or object that is told its children at the end.
    pub(super) fn chain(&mut self, parent: Node, elder: Option<Node>, child: Node) {
        self.entry_mut(child).parent = parent;
        if let Some(elder) = elder {
            self.entry_mut(elder).next = child;
        }
    }

    /// Tells an array or object its children.
    pub(super) fn adopt(&mut self, parent: Node, first: Option<Node>, last: Option<Node>) {
        let (Some(first), Some(last)) = (first, last) else {
            return;
        };
        if let Content::Array(children) | Content::Object(children) =
            &mut self.entry_mut(parent).content
        {
            *children = Children { first, last };
        }
    }

    /// Puts a node at the end of an array or object.
    pub fn append(&mut self, parent: Node, child: Node) {
        let entry = self.entry_mut(child);
        (entry.parent, entry.next) = (parent, NONE);
        let (Content::Array(children) | Content::Object(children)) =
            &mut self.entry_mut(parent).content
        else {
            return;
        };
        let last = std::mem::replace(&mut children.last, child);
        match last.some() {
            None => children.first = child,
            Some(last) => self.entry_mut(last).next = child,
        }
    }

    /// Adds a member known to be absent.
    pub fn add_member(&mut self, object: Node, key: &'a str, value: Node) {
        self.entry_mut(value).key = key;
        self.append(object, value);
    }

    /// Replaces the member, or adds it at the end.
    pub fn set(&mut self, object: Node, key: &'a str, value: Node) {
        match self.get(object, key) {
            Some(stored) => self.replace(stored, value),
            None => self.add_member(object, key, value),
        }
    }

    /// Replaces the member by a name, or adds it at the end.
    pub fn set_name(&mut self, object: Node, key: &'a str, name: &'a str) {
        let value = self.add("", Content::Name(name));
        self.set(object, key, value);
    }

    /// Takes a member out of an object.
    pub fn take(&mut self, object: Node, key: &str) -> Option<Node> {
        let Content::Object(children) = self.content(object) else {
            return None;
        };
        let (mut before, mut at) = (NONE, children.first);
        while at != NONE && self.key(at) != key {
            (before, at) = (at, self.entry(at).next);
        }
        at.some()?;
        let next = self.entry(at).next;
        if let Some(before) = before.some() {
            self.entry_mut(before).next = next;
        }
        self.entry_mut(object).content = Content::Object(Children {
            first: if before == NONE { next } else { children.first },
            last: if next == NONE { before } else { children.last },
        });
        let entry = self.entry_mut(at);
        (entry.parent, entry.next) = (NONE, NONE);
        Some(at)
    }

    /// Makes `target` what `source` is, at the place of `target`.
    pub fn replace(&mut self, target: Node, source: Node) {
        let content = self.content(source);
        self.entry_mut(target).content = content;
        let mut child = content.children().first;
        while child != NONE {
            let entry = self.entry_mut(child);
            entry.parent = target;
            child = entry.next;
        }
    }

    /// The same value once more, as a root of its own.
    pub fn copy(&mut self, node: Node) -> Node {
        let Entry { key, content, .. } = *self.entry(node);
        let Children { first, .. } = content.children();
        let empty = match content {
            Content::Array(_) => Self::array(),
            Content::Object(_) => Self::empty_object(),
            single => single,
        };
        let copied = self.add(key, empty);
        let mut child = first;
        while child != NONE {
            let next = self.entry(child).next;
            let copy = self.copy(child);
            self.append(copied, copy);
            child = next;
        }
        copied
    }

    /// The way from the root to a node, for errors.
    pub fn path(&self, node: Node) -> Vec<PathSegment> {
        let mut path = Vec::new();
        let mut at = node;
        while let Some(parent) = self.entry(at).parent.some() {
            path.push(match self.content(parent) {
                Content::Array(_) => {
                    let items = std::iter::successors(self.first(parent), |at| self.next(*at));
                    PathSegment::Index(items.take_while(|item| *item != at).count())
                }
                _ => PathSegment::Key(self.key(at).to_owned()),
            });
            at = parent;
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::write_value;

    fn text(tree: &Tree<'_>, node: Node) -> String {
        let mut out = Vec::new();
        write_value(&mut out, tree.view(node));
        String::from_utf8(out).unwrap()
    }

    fn read(text: &'static str) -> (Tree<'static>, Node) {
        let mut tree = Tree::new();
        let root = tree.read(text.as_bytes()).unwrap();
        (tree, root)
    }

    #[test]
    fn members_are_taken_from_the_front_the_middle_and_the_end() {
        for (key, left) in [
            ("a", r#"{"b":2,"c":3}"#),
            ("b", r#"{"a":1,"c":3}"#),
            ("c", r#"{"a":1,"b":2}"#),
        ] {
            let (mut tree, root) = read(r#"{"a":1,"b":2,"c":3}"#);
            let taken = tree.take(root, key).unwrap();
            assert_eq!(text(&tree, root), left);
            assert_eq!(tree.take(root, key), None);
            // The end is where it should be.
            tree.add_member(root, "z", taken);
            let mark = format!(",\"z\":{}}}", text(&tree, taken));
            assert_eq!(
                text(&tree, root),
                format!("{}{mark}", &left[..left.len() - 1])
            );
        }
        let (mut tree, root) = read(r#"{"a":1}"#);
        let only = tree.take(root, "a").unwrap();
        assert_eq!(text(&tree, root), "{}");
        tree.add_member(root, "b", only);
        assert_eq!(text(&tree, root), r#"{"b":1}"#);
    }

    #[test]
    fn what_is_set_stands_where_the_old_stood() {
        let (mut tree, root) = read(r#"{"a":[1],"b":2}"#);
        tree.set_name(root, "a", "t");
        tree.set_name(root, "c", "u");
        assert_eq!(text(&tree, root), r#"{"a":"t","b":2,"c":"u"}"#);
    }

    #[test]
    fn a_copy_is_a_value_of_its_own() {
        let (mut tree, root) = read(r#"{"a":{"b":[1,{"c":null}]}}"#);
        let copy = tree.copy(root);
        let inner = tree.get(root, "a").unwrap();
        tree.set_name(inner, "b", "changed");
        assert_eq!(text(&tree, root), r#"{"a":{"b":"changed"}}"#);
        assert_eq!(text(&tree, copy), r#"{"a":{"b":[1,{"c":null}]}}"#);
    }

    #[test]
    fn a_node_knows_the_way_to_itself_wherever_it_is_moved() {
        let (mut tree, root) = read(r#"{"list":[{"x":1},{"x":2}],"one":null}"#);
        let list = tree.get(root, "list").unwrap();
        let second = tree.children(list)[1];
        let x = tree.get(second, "x").unwrap();
        let key = |key: &str| PathSegment::Key(key.to_owned());
        assert_eq!(tree.path(x), [key("list"), PathSegment::Index(1), key("x")]);
        let one = tree.get(root, "one").unwrap();
        tree.replace(one, second);
        assert_eq!(tree.path(x), [key("one"), key("x")]);
        assert_eq!(tree.path(root), []);
    }

    #[test]
    fn what_cannot_be_read_leaves_nothing_behind() {
        let (mut tree, root) = read(r#"{"a":1}"#);
        let before = tree.len();
        assert!(tree.read(br#"{"b":[1,2,"#).is_err());
        assert_eq!(tree.len(), before);
        assert_eq!(text(&tree, root), r#"{"a":1}"#);
    }
}
