//! One tree from many answers.

use crate::{
    supergraph::Schema,
    value::{Content, Node, Tree},
};

/// Merges `source`, which belongs nowhere else, into `target`: objects member by
/// member, lists by index, null never over data, otherwise the last write wins.
pub fn merge(schema: &Schema, tree: &mut Tree<'_>, target: Node, source: Node) {
    let what = |node| tree.view(node).content();
    match (what(target), what(source)) {
        (_, Content::Null) => {}
        (Content::Object(_), Content::Object(_)) => members(schema, tree, target, source),
        (Content::Array(_), Content::Array(_)) => items(schema, tree, target, source),
        _ => tree.replace(target, source),
    }
}

fn members(schema: &Schema, tree: &mut Tree<'_>, target: Node, source: Node) {
    let mut rest = tree.first(source);
    while let Some(member) = rest {
        rest = tree.next(member);
        let key = tree.key(member);
        match tree.get(target, key) {
            None => tree.append(target, member),
            Some(old) if key == "__typename" => typename(schema, tree, old, member),
            Some(old) => merge(schema, tree, old, member),
        }
    }
}

fn items(schema: &Schema, tree: &mut Tree<'_>, target: Node, source: Node) {
    let (mut stored, mut rest) = (tree.first(target), tree.first(source));
    while let Some(item) = rest {
        rest = tree.next(item);
        match stored {
            Some(old) => {
                stored = tree.next(old);
                merge(schema, tree, old, item);
            }
            None => tree.append(target, item),
        }
    }
}

/// The entity's own name for its type wins, so that an interface becomes the
/// concrete type; a concrete type never becomes an interface again.
fn typename(schema: &Schema, tree: &mut Tree<'_>, stored: Node, fresh: Node) {
    let name = |node| tree.view(node).as_raw_str();
    let (known, told) = (name(stored), name(fresh));
    if known == told {
        return;
    }
    let is_concrete = |name: Option<&str>| name.is_some_and(|name| schema.is_object(name));
    let is_null = tree.view(fresh).is_null();
    if is_concrete(told) || (!is_concrete(known) && !is_null) {
        tree.replace(stored, fresh);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::write_value;

    fn merged(target: &str, source: &str) -> String {
        let mut tree = Tree::new();
        let root = tree.read(target.as_bytes()).unwrap();
        let source = tree.read(source.as_bytes()).unwrap();
        merge(&Schema::default(), &mut tree, root, source);
        let mut out = Vec::new();
        write_value(&mut out, tree.view(root));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn null_never_overwrites_data_but_data_overwrites_null() {
        assert_eq!(
            merged(r#"{"a":1,"b":null}"#, r#"{"a":null,"b":2}"#),
            r#"{"a":1,"b":2}"#
        );
    }

    #[test]
    fn lists_are_zipped_and_objects_are_deep() {
        assert_eq!(
            merged(
                r#"{"l":[{"a":1},{"a":2}]}"#,
                r#"{"l":[{"b":1},{"b":2},{"b":3}]}"#
            ),
            r#"{"l":[{"a":1,"b":1},{"a":2,"b":2},{"b":3}]}"#
        );
    }

    #[test]
    fn the_last_scalar_wins() {
        assert_eq!(merged(r#"{"a":1}"#, r#"{"a":2}"#), r#"{"a":2}"#);
    }
}
