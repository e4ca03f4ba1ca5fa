//! From a path of the plan to the places in the data it means.

use crate::{
    plan::PathStep,
    supergraph::Schema,
    value::{Content, View},
};

/// Calls `visit` with every object the path means. Null and absent positions
/// are passed over.
pub fn locate<'t, 'a>(
    schema: &Schema,
    value: View<'t, 'a>,
    path: &[PathStep],
    visit: &mut dyn FnMut(View<'t, 'a>),
) {
    match value.content() {
        Content::Array(_) => {
            // A type condition maps over lists too; so does the end of a path.
            let rest = match path {
                [PathStep::List, rest @ ..] => rest,
                _ => path,
            };
            for item in value.items() {
                locate(schema, item, rest, visit);
            }
        }
        Content::Object(_) => match path {
            [] => visit(value),
            [PathStep::Field(name), rest @ ..] => {
                if let Some(member) = value.get(name) {
                    locate(schema, member, rest, visit);
                }
            }
            [PathStep::TypeCondition(names), rest @ ..] => {
                let matches = value
                    .typename()
                    .is_none_or(|found| names.iter().any(|name| schema.is_subtype(found, name)));
                if matches {
                    locate(schema, value, rest, visit);
                }
            }
            // The plan expects a list where the data has one object.
            [PathStep::List, rest @ ..] => locate(schema, value, rest, visit),
        },
        _ => {}
    }
}
