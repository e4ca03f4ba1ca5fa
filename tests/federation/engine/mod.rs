//! A GraphQL server made of a schema and records: each subgraph of a case, and
//! the one schema that the whole graph is compared with. It shares no code with
//! the gateway besides the parser, and is strict: a document that does not fit
//! its schema, an `@external` field it does not provide, a representation
//! without a key or with a field it does not know are errors.

mod run;
mod template;
pub mod types;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use graphql_tools::{
    parser::query::parse_query,
    static_graphql::query::{Definition, OperationDefinition, SelectionSet},
    validation::{rules::default_rules_validation_plan, validate::validate},
};
use serde_json::{Map, Value as Json, json};

use self::{run::Run, types::Types};
use crate::world::World;

/// One server.
#[derive(Debug)]
pub struct Engine {
    /// Empty for the one schema.
    pub name: String,
    pub sdl: String,
    pub types: Types,
    /// The one schema: all types, also those that clients must not see.
    pub all: Option<Types>,
    /// The one schema: what computed fields are computed from.
    pub requires: BTreeMap<(String, String), SelectionSet>,
    pub world: Arc<World>,
    /// The documents and variables it was asked.
    pub asked: Mutex<Vec<(String, Map<String, Json>)>>,
}

impl Engine {
    pub fn subgraph(name: &str, sdl: &str, world: &Arc<World>) -> Self {
        Self {
            name: name.to_owned(),
            sdl: sdl.to_owned(),
            types: Types::subgraph(sdl),
            all: None,
            requires: BTreeMap::new(),
            world: Arc::clone(world),
            asked: Mutex::default(),
        }
    }

    /// One schema over everything. `api` is what clients see of `all`.
    pub fn monolith(api: Types, all: Types, subgraphs: &[Types], world: &Arc<World>) -> Self {
        let mut requires = BTreeMap::new();
        for types in subgraphs {
            for (name, own) in &types.all {
                for (field, it) in &own.fields {
                    if let Some(set) = &it.requires {
                        // An interface object computes for all its members.
                        let members = all
                            .all
                            .get(name)
                            .map(|it| it.possible.clone())
                            .unwrap_or_default();
                        for member in members.into_iter().chain([name.clone()]) {
                            requires.insert((member, field.clone()), set.clone());
                        }
                    }
                }
            }
        }
        Self {
            name: String::new(),
            sdl: String::new(),
            types: api,
            all: Some(all),
            requires,
            world: Arc::clone(world),
            asked: Mutex::default(),
        }
    }

    /// Answers a request.
    pub fn answer(&self, text: &str, variables: Map<String, Json>) -> Json {
        self.asked
            .lock()
            .unwrap()
            .push((text.to_owned(), variables.clone()));
        let document = match parse_query::<String>(text) {
            Ok(document) => document.into_static(),
            Err(error) => return refused(&format!("{}: cannot parse {text}: {error}", self.name)),
        };
        let problems = validate(
            &self.types.document,
            &document,
            &default_rules_validation_plan(),
        );
        if let Some(problem) = problems.first() {
            return refused(&format!("{}: {} in {text}", self.name, problem.message));
        }
        let mut variables = variables;
        let mut operation = None;
        let mut fragments = BTreeMap::new();
        for definition in &document.definitions {
            match definition {
                Definition::Operation(it) => operation = Some(it),
                Definition::Fragment(it) => {
                    fragments.insert(it.name.as_str(), it);
                }
            }
        }
        let (root, set, definitions) = match operation {
            Some(OperationDefinition::SelectionSet(set)) => (&self.types.query, set, None),
            Some(OperationDefinition::Query(it)) => (
                &self.types.query,
                &it.selection_set,
                Some(&it.variable_definitions),
            ),
            Some(OperationDefinition::Mutation(it)) => match &self.types.mutation {
                Some(root) => (root, &it.selection_set, Some(&it.variable_definitions)),
                None => return refused("there are no mutations here"),
            },
            _ => return refused("this operation is not served"),
        };
        for definition in definitions.into_iter().flatten() {
            if let (false, Some(value)) = (
                variables.contains_key(&definition.name),
                &definition.default_value,
            ) {
                let value = types::literal(value, &Map::new()).unwrap_or_default();
                variables.insert(definition.name.clone(), value);
            }
        }
        let mut run = Run::new(self, &self.types, &variables, &fragments);
        let data = run.root(root, set);
        let mut answer = json!({ "data": data });
        if !run.errors.is_empty() {
            answer["errors"] = Json::Array(run.errors);
        }
        answer
    }
}

fn refused(message: &str) -> Json {
    json!({"errors": [{"message": message, "extensions": {"code": "REFUSED_BY_SUBGRAPH"}}]})
}
