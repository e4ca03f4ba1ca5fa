//! Field sets of `@key`, `@requires` and `@provides`.

use graphql_tools::{
    parser::query::parse_query,
    static_graphql::query::{Definition, OperationDefinition, SelectionSet},
};

/// Parses `id owner { id }`.
pub fn parse(text: &str) -> Option<SelectionSet> {
    let document = parse_query::<String>(&format!("{{ {text} }}"))
        .ok()?
        .into_static();
    document
        .definitions
        .into_iter()
        .find_map(|definition| match definition {
            Definition::Operation(OperationDefinition::SelectionSet(set)) => Some(set),
            _ => None,
        })
}
