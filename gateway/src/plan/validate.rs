//! Document against the schema that clients see.

use std::sync::LazyLock;

use graphql_tools::{
    static_graphql::{
        query::{self, Selection, SelectionSet},
        schema,
    },
    validation::{
        rules::default_rules_validation_plan,
        utils::ValidationError,
        validate::{ValidationPlan, validate as run},
    },
};
use kernel::refuse;

use crate::error::{GraphError, Rejection};

/// More problems of one document help nobody.
const SHOWN: usize = 20;

static RULES: LazyLock<ValidationPlan> = LazyLock::new(default_rules_validation_plan);

/// Refuses a document that does not fit the schema.
pub fn validate(api: &schema::Document, document: &query::Document) -> Result<(), Rejection> {
    let mut problems = run(api, document, &RULES);
    for definition in &document.definitions {
        let set = match definition {
            query::Definition::Operation(it) => it.selection_set(),
            query::Definition::Fragment(it) => &it.selection_set,
        };
        leaf_typename(set, &mut problems);
    }
    if problems.is_empty() {
        return Ok(());
    }
    let errors = problems.into_iter().take(SHOWN).map(|problem| {
        let detail = unhinted(&problem.message);
        let mut error = GraphError::new(refuse!(Invalid, "GRAPHQL_VALIDATION_FAILED",
            zh: "查询与图的结构不符:{detail}",
            en: "the query does not fit the schema: {detail}"));
        error.locations = problem
            .locations
            .iter()
            .map(|at| (at.line, at.column))
            .collect();
        error
    });
    Err(Rejection::request(errors.collect()))
}

/// A message without its guess at what was meant: guesses tell names to whoever
/// tries.
fn unhinted(message: &str) -> &str {
    message.split(" Did you mean").next().unwrap_or_default()
}

/// `__typename` is a field of no type, so the rules do not see what is below it.
fn leaf_typename(set: &SelectionSet, problems: &mut Vec<ValidationError>) {
    for item in &set.items {
        match item {
            Selection::Field(field) if field.name == "__typename" => {
                if !field.selection_set.items.is_empty() || !field.arguments.is_empty() {
                    problems.push(ValidationError {
                        locations: vec![field.position],
                        message: "\"__typename\" has no arguments and no fields.".to_owned(),
                        error_code: "LeafFieldSelections",
                    });
                }
            }
            Selection::Field(field) => leaf_typename(&field.selection_set, problems),
            Selection::InlineFragment(it) => leaf_typename(&it.selection_set, problems),
            Selection::FragmentSpread(_) => {}
        }
    }
}
