//! Rewrites of the plan: values set in what is sent, keys renamed in what came.

use hive_router_query_planner::planner::plan_nodes::{FetchNodePathSegment, FetchRewrite};

use crate::{
    error::PathSegment,
    supergraph::Schema,
    value::{Content, Node, Tree},
};

/// Applies all rewrites to a value.
pub fn apply<'a>(schema: &Schema, tree: &mut Tree<'a>, value: Node, rewrites: &'a [FetchRewrite]) {
    for rewrite in rewrites {
        match rewrite {
            FetchRewrite::ValueSetter(setter) => {
                at(schema, tree, value, &setter.path, &|tree, object, key| {
                    tree.set_name(object, key, &setter.set_value_to);
                });
            }
            FetchRewrite::KeyRenamer(renamer) => {
                at(schema, tree, value, &renamer.path, &|tree, object, key| {
                    if let Some(member) = tree.take(object, key) {
                        tree.set(object, &renamer.rename_key_to, member);
                    }
                });
            }
        }
    }
}

/// Finds the objects that hold the last key of the path. Paths have no list
/// steps, so lists are gone through.
fn at<'a>(
    schema: &Schema,
    tree: &mut Tree<'a>,
    value: Node,
    path: &'a [FetchNodePathSegment],
    edit: &dyn Fn(&mut Tree<'a>, Node, &'a str),
) {
    match tree.view(value).content() {
        Content::Array(_) => {
            for item in tree.children(value) {
                at(schema, tree, item, path, edit);
            }
        }
        Content::Object(_) => match path {
            [FetchNodePathSegment::Key(key)] => edit(tree, value, key),
            [FetchNodePathSegment::Key(key), rest @ ..] => {
                if let Some(member) = tree.get(value, key) {
                    at(schema, tree, member, rest, edit);
                }
            }
            [FetchNodePathSegment::TypenameEquals(names), rest @ ..] => {
                let typename = tree.view(value).typename();
                let fits = typename
                    .is_none_or(|found| names.iter().any(|name| schema.is_subtype(found, name)));
                if fits {
                    at(schema, tree, value, rest, edit);
                }
            }
            [] => {}
        },
        _ => {}
    }
}

/// Gives an error path the names that the client knows.
pub fn rename_path(path: &mut [PathSegment], rewrites: &[FetchRewrite]) {
    for rewrite in rewrites {
        let FetchRewrite::KeyRenamer(renamer) = rewrite else {
            continue;
        };
        let Some(FetchNodePathSegment::Key(alias)) = renamer.path.last() else {
            continue;
        };
        for segment in path.iter_mut() {
            if matches!(segment, PathSegment::Key(key) if key == alias) {
                *segment = PathSegment::Key(renamer.rename_key_to.clone());
            }
        }
    }
}
