//! The graph with one subgraph more, which exists in plans alone: it knows the
//! keys of every entity and nothing else, and has a root field for each. A plan
//! that begins there goes on from entities that another plan has reached.

use std::collections::{BTreeMap, BTreeSet};

use graphql_tools::{
    parser::Pos,
    static_graphql::{
        query::{Selection, SelectionSet},
        schema::{
            Definition, Directive, Document, EnumValue, Field, ObjectType, Type, TypeDefinition,
            Value,
        },
    },
};
use hive_router_query_planner::planner::{Planner, QueryPlannerOptions};

use super::joins::argument;
use crate::compose::parse_field_set;

/// The name of the subgraph, in plans and in the supergraph.
pub const SERVICE: &str = "sanshe-reached";
const GRAPH: &str = "SANSHE_REACHED";

/// A planner that can begin at entities.
pub struct Reached {
    pub planner: Planner,
    entities: BTreeSet<String>,
}

impl Reached {
    /// None where there is no entity, or the planner takes no such graph.
    pub fn new(supergraph: &Document) -> Option<Self> {
        let mut document = supergraph.clone();
        let keys = keys(&document);
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (entity, sets) in &keys {
            for (_, set) in sets {
                note(&document, entity, set, &mut known)?;
            }
        }
        if keys.is_empty() {
            return None;
        }
        let query = document.query_type().name.clone();
        for definition in &mut document.definitions {
            let Definition::TypeDefinition(definition) = definition else {
                continue;
            };
            match definition {
                TypeDefinition::Enum(list) if list.name == "join__Graph" => {
                    list.values.push(graph());
                }
                // Whatever a key is made of is known there as well.
                TypeDefinition::Enum(it) => it.directives.push(join_type(None)),
                TypeDefinition::Scalar(it) if !it.directives.is_empty() => {
                    it.directives.push(join_type(None));
                }
                TypeDefinition::Object(object) if object.name == query => {
                    join(object, &BTreeSet::new());
                    object.directives.push(join_type(None));
                    object.fields.extend(keys.keys().map(|entity| root(entity)));
                }
                TypeDefinition::Object(object) => {
                    let Some(fields) = known.get(&object.name) else {
                        continue;
                    };
                    join(object, fields);
                    match keys.get(&object.name) {
                        None => object.directives.push(join_type(None)),
                        Some(sets) => {
                            let joins = sets.iter().map(|(key, _)| join_type(Some(key)));
                            object.directives.extend(joins);
                        }
                    }
                }
                _ => {}
            }
        }
        let options = QueryPlannerOptions::default();
        let planner = Planner::new_from_supergraph(&document, options)
            .inspect_err(|error| tracing::warn!(%error, "plans cannot go on from entities"))
            .ok()?;
        Some(Self {
            planner,
            entities: keys.into_keys().collect(),
        })
    }

    /// The root field that stands for entities of a type.
    pub fn field(&self, typename: &str) -> Option<String> {
        self.entities
            .contains(typename)
            .then(|| field_name(typename))
    }
}

const PREFIX: &str = "_reached_";

fn field_name(typename: &str) -> String {
    format!("{PREFIX}{typename}")
}

/// The type whose entities a root field stands for.
pub fn entity(field: &str) -> Option<&str> {
    field.strip_prefix(PREFIX)
}

type Keys = BTreeMap<String, Vec<(String, SelectionSet)>>;

/// The keys by which some subgraph can be asked for an object.
fn keys(document: &Document) -> Keys {
    let mut keys = Keys::new();
    for definition in &document.definitions {
        let Definition::TypeDefinition(TypeDefinition::Object(object)) = definition else {
            continue;
        };
        for join in object
            .directives
            .iter()
            .filter(|it| it.name == "join__type")
        {
            let refused = argument(join, "resolvable") == Some(&Value::Boolean(false));
            let Some(Value::String(text)) = argument(join, "key").filter(|_| !refused) else {
                continue;
            };
            let known = keys.get(&object.name);
            let is_known = known.is_some_and(|sets| sets.iter().any(|(known, _)| known == text));
            if !is_known && let Some(set) = parse_field_set(text) {
                let sets = keys.entry(object.name.clone()).or_default();
                sets.push((text.clone(), set));
            }
        }
    }
    keys
}

fn object<'d>(document: &'d Document, name: &str) -> Option<&'d ObjectType> {
    document
        .definitions
        .iter()
        .find_map(|definition| match definition {
            Definition::TypeDefinition(TypeDefinition::Object(it)) if it.name == name => Some(it),
            _ => None,
        })
}

/// Notes the fields of a key; None where it goes through an abstract type.
fn note(
    document: &Document,
    typename: &str,
    set: &SelectionSet,
    known: &mut BTreeMap<String, BTreeSet<String>>,
) -> Option<()> {
    let object = object(document, typename)?;
    for item in &set.items {
        let Selection::Field(wanted) = item else {
            return None;
        };
        let fields = known.entry(typename.to_owned()).or_default();
        fields.insert(wanted.name.clone());
        if !wanted.selection_set.items.is_empty() {
            let field = object.fields.iter().find(|it| it.name == wanted.name)?;
            let inner = inner(&field.field_type).to_owned();
            note(document, &inner, &wanted.selection_set, known)?;
        }
    }
    Some(())
}

fn inner(kind: &Type) -> &str {
    match kind {
        Type::NamedType(name) => name,
        Type::ListType(inner_type) | Type::NonNullType(inner_type) => inner(inner_type),
    }
}

/// Says of each field where it is: one without a word is everywhere, and that
/// must not mean the new subgraph, unless the field is `known` there.
fn join(object: &mut ObjectType, known: &BTreeSet<String>) {
    let joins = object
        .directives
        .iter()
        .filter(|it| it.name == "join__type");
    let graphs = joins.filter_map(|it| argument(it, "graph").cloned());
    let mut everywhere: Vec<Value> = Vec::new();
    for graph in graphs {
        if !everywhere.contains(&graph) {
            everywhere.push(graph);
        }
    }
    for field in &mut object.fields {
        let is_silent = !field.directives.iter().any(|it| it.name == "join__field");
        if is_silent {
            let joins = everywhere.iter().cloned().map(join_field);
            field.directives.extend(joins);
        }
        if known.contains(&field.name) {
            let graph = Value::Enum(GRAPH.to_owned());
            field.directives.push(join_field(graph));
        }
    }
}

fn directive(name: &str, arguments: Vec<(String, Value)>) -> Directive {
    Directive {
        position: Pos::default(),
        name: name.to_owned(),
        arguments,
    }
}

fn join_field(graph: Value) -> Directive {
    directive("join__field", vec![("graph".to_owned(), graph)])
}

/// Nobody can ask the subgraph for an entity: it is a place to begin at.
fn join_type(key: Option<&str>) -> Directive {
    let mut arguments = vec![("graph".to_owned(), Value::Enum(GRAPH.to_owned()))];
    if let Some(key) = key {
        arguments.push(("key".to_owned(), Value::String(key.to_owned())));
        arguments.push(("resolvable".to_owned(), Value::Boolean(false)));
    }
    directive("join__type", arguments)
}

fn graph() -> EnumValue {
    let text = |name: &str, value: &str| (name.to_owned(), Value::String(value.to_owned()));
    EnumValue {
        position: Pos::default(),
        description: None,
        name: GRAPH.to_owned(),
        directives: vec![directive(
            "join__graph",
            vec![text("name", SERVICE), text("url", "")],
        )],
    }
}

fn root(entity: &str) -> Field {
    Field {
        position: Pos::default(),
        description: None,
        name: field_name(entity),
        arguments: Vec::new(),
        field_type: Type::NamedType(entity.to_owned()),
        directives: vec![join_field(Value::Enum(GRAPH.to_owned()))],
    }
}
