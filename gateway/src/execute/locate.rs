//! From a path of the plan to the places in the data it means.

use crate::{
    error::PathSegment,
    plan::PathStep,
    supergraph::Schema,
    value::{Object, Value},
};

/// One step to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seg<'a> {
    Key(&'a str),
    Index(usize),
}

impl Seg<'_> {
    pub fn to_error(self) -> PathSegment {
        match self {
            Self::Key(key) => PathSegment::Key(key.to_owned()),
            Self::Index(index) => PathSegment::Index(index),
        }
    }
}

/// A place.
pub type Place<'a> = Vec<Seg<'a>>;

/// Calls `visit` with every object the path means, and its place. Null and
/// absent positions are passed over.
pub fn locate<'a>(
    schema: &Schema,
    data: &Value<'a>,
    path: &'a [PathStep],
    visit: &mut dyn FnMut(&[Seg<'a>], &Object<'a>),
) {
    walk(schema, data, path, &mut Vec::new(), visit);
}

fn walk<'a>(
    schema: &Schema,
    value: &Value<'a>,
    path: &'a [PathStep],
    place: &mut Place<'a>,
    visit: &mut dyn FnMut(&[Seg<'a>], &Object<'a>),
) {
    match value {
        Value::Array(items) => {
            // A type condition maps over lists too; so does the end of a path.
            let rest = match path {
                [PathStep::List, rest @ ..] => rest,
                _ => path,
            };
            for (index, item) in items.iter().enumerate() {
                place.push(Seg::Index(index));
                walk(schema, item, rest, place, visit);
                place.pop();
            }
        }
        Value::Object(object) => match path {
            [] => visit(place, object),
            [PathStep::Field(name), rest @ ..] => {
                if let Some(member) = object.get(name) {
                    place.push(Seg::Key(name));
                    walk(schema, member, rest, place, visit);
                    place.pop();
                }
            }
            [PathStep::TypeCondition(names), rest @ ..] => {
                let matches = object
                    .typename()
                    .is_none_or(|found| names.iter().any(|name| schema.is_subtype(found, name)));
                if matches {
                    walk(schema, value, rest, place, visit);
                }
            }
            // The plan expects a list where the data has one object.
            [PathStep::List, rest @ ..] => walk(schema, value, rest, place, visit),
        },
        _ => {}
    }
}

/// The value at a place.
pub fn descend<'v, 'a>(data: &'v mut Value<'a>, place: &[Seg<'a>]) -> Option<&'v mut Value<'a>> {
    let mut value = data;
    for step in place {
        value = match (step, value) {
            (Seg::Key(key), Value::Object(object)) => object.get_mut(key)?,
            (Seg::Index(index), Value::Array(items)) => items.get_mut(*index)?,
            _ => return None,
        };
    }
    Some(value)
}
