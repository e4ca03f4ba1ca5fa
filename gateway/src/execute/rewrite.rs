//! Rewrites of the plan: values set in what is sent, keys renamed in what came.

use hive_router_query_planner::planner::plan_nodes::{FetchNodePathSegment, FetchRewrite};

use crate::{
    error::PathSegment,
    supergraph::Schema,
    value::{Object, Value},
};

/// Applies all rewrites to a value.
pub fn apply<'a>(schema: &Schema, value: &mut Value<'a>, rewrites: &'a [FetchRewrite]) {
    for rewrite in rewrites {
        match rewrite {
            FetchRewrite::ValueSetter(setter) => {
                at(schema, value, &setter.path, &mut |object, key| {
                    object.set(key, Value::String(&setter.set_value_to));
                });
            }
            FetchRewrite::KeyRenamer(renamer) => {
                at(schema, value, &renamer.path, &mut |object, key| {
                    if let Some(member) = object.remove(key) {
                        object.set(&renamer.rename_key_to, member);
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
    value: &mut Value<'a>,
    path: &'a [FetchNodePathSegment],
    edit: &mut dyn FnMut(&mut Object<'a>, &'a str),
) {
    match value {
        Value::Array(items) => {
            for item in items {
                at(schema, item, path, edit);
            }
        }
        Value::Object(object) => match path {
            [FetchNodePathSegment::Key(key)] => edit(object, key),
            [FetchNodePathSegment::Key(key), rest @ ..] => {
                if let Some(member) = object.get_mut(key) {
                    at(schema, member, rest, edit);
                }
            }
            [FetchNodePathSegment::TypenameEquals(names), rest @ ..] => {
                let fits = object
                    .typename()
                    .is_none_or(|found| names.iter().any(|name| schema.is_subtype(found, name)));
                if fits {
                    at(schema, value, rest, edit);
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
