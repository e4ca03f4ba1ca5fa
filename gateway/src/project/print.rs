//! The schema that clients see, as text.

use graphql_tools::static_graphql::schema::{Definition, Document, TypeDefinition};

const BUILT_IN_SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];
const BUILT_IN_DIRECTIVES: [&str; 5] = ["skip", "include", "deprecated", "specifiedBy", "oneOf"];

/// Prints the schema without what every GraphQL service has.
pub fn print_api(api: &Document) -> String {
    let mut document = api.clone();
    let query = api.query_type().name.clone();
    document
        .definitions
        .retain_mut(|definition| match definition {
            Definition::TypeDefinition(TypeDefinition::Object(object)) if object.name == query => {
                object.fields.retain(|field| !field.name.starts_with("__"));
                true
            }
            Definition::TypeDefinition(TypeDefinition::Scalar(scalar)) => {
                !BUILT_IN_SCALARS.contains(&scalar.name.as_str())
            }
            Definition::TypeDefinition(it) => !it.name().starts_with("__"),
            Definition::DirectiveDefinition(it) => !BUILT_IN_DIRECTIVES.contains(&it.name.as_str()),
            _ => true,
        });
    document.to_string()
}
