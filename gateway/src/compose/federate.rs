//! What the planner expects of a supergraph and the composer leaves out:
//! `@join__type` on root types, unions, scalars and enums, and the links of the
//! specifications whose directives are in use. The result is sorted.

use std::collections::{BTreeMap, BTreeSet};

use cynic_parser::{common::OperationType, type_system::Definition as SdlDefinition};
use graphql_tools::static_graphql::schema::{
    Definition, Directive, Document, TypeDefinition, Value,
};
use hive_router_query_planner::utils::parsing::safe_parse_schema;

use super::{
    Parsed,
    guards::{AnyOf, GUARDS, Guards},
};

/// Specifications by the directive that shows their use, with what they define.
const SPECS: [(&str, &str, &str, &str); 5] = [
    ("authenticated", "https://specs.apollo.dev/authenticated/v0.1", "SECURITY",
        "directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"),
    ("requiresScopes", "https://specs.apollo.dev/requiresScopes/v0.1", "SECURITY",
        "scalar requiresScopes__Scope
        directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"),
    ("policy", "https://specs.apollo.dev/policy/v0.1", "SECURITY",
        "scalar policy__Policy
        directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"),
    ("cost", "https://specs.apollo.dev/cost/v0.1", "",
        "directive @cost(weight: Int!) on SCALAR | OBJECT | FIELD_DEFINITION | ARGUMENT_DEFINITION | ENUM | INPUT_FIELD_DEFINITION"),
    ("listSize", "https://specs.apollo.dev/cost/v0.1", "",
        "directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION"),
];

/// Completes the composer's text.
pub fn complete(mut document: Document, subgraphs: &[Parsed<'_>]) -> Result<String, String> {
    let graphs = graph_ids(&document);
    let owners = owners(&document, subgraphs, &graphs);
    for definition in &mut document.definitions {
        let Definition::TypeDefinition(definition) = definition else {
            continue;
        };
        let Some(owners) = owners.get(definition.name()) else {
            continue;
        };
        let directives = directives_mut(definition);
        let known: BTreeSet<String> = directives
            .iter()
            .filter(|it| it.name == "join__type")
            .filter_map(|it| match argument(it, "graph") {
                Some(Value::Enum(graph)) => Some(graph.clone()),
                _ => None,
            })
            .collect();
        for graph in owners.difference(&known) {
            directives.push(directive(
                "join__type",
                &[("graph", Value::Enum(graph.clone()))],
            ));
        }
    }
    link(&mut document)?;
    Ok(sorted(document))
}

/// Subgraph name → its id in `join__Graph`.
fn graph_ids(document: &Document) -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for definition in &document.definitions {
        let Definition::TypeDefinition(TypeDefinition::Enum(it)) = definition else {
            continue;
        };
        if it.name != "join__Graph" {
            continue;
        }
        for value in &it.values {
            let graph = value.directives.iter().find(|it| it.name == "join__graph");
            if let Some(Value::String(name)) = graph.and_then(|it| argument(it, "name")) {
                ids.insert(name.clone(), value.name.clone());
            }
        }
    }
    ids
}

/// Type → the graphs whose SDL has it.
fn owners(
    document: &Document,
    subgraphs: &[Parsed<'_>],
    graphs: &BTreeMap<String, String>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for subgraph in subgraphs {
        let Some(graph) = graphs.get(&subgraph.schema.name) else {
            continue;
        };
        for definition in subgraph.document.definitions() {
            let (SdlDefinition::Type(it) | SdlDefinition::TypeExtension(it)) = definition else {
                continue;
            };
            let name = name_of(document, subgraph, it.name());
            owners.entry(name).or_default().insert(graph.clone());
        }
    }
    owners
}

/// What a type of a subgraph is called in the supergraph: a root may have a
/// name of its own in the subgraph.
pub fn name_of(document: &Document, subgraph: &Parsed<'_>, name: &str) -> String {
    let root = subgraph.roots().get(name).copied();
    let ours = root.and_then(|root| match root {
        OperationType::Query => document.query_type_name(),
        OperationType::Mutation => document.mutation_type_name(),
        OperationType::Subscription => document.subscription_type_name(),
    });
    ours.map_or_else(|| name.to_owned(), Clone::clone)
}

/// Writes what all subgraphs together ask for in place of what the composer
/// made of it.
pub fn guard(document: &mut Document, guards: &Guards) {
    let none = [None, None];
    for definition in &mut document.definitions {
        let Definition::TypeDefinition(definition) = definition else {
            continue;
        };
        let typename = definition.name().to_owned();
        let of = |field: Option<&String>| {
            guards
                .get(&(typename.clone(), field.cloned()))
                .unwrap_or(&none)
        };
        replace(directives_mut(definition), of(None));
        let fields = match definition {
            TypeDefinition::Object(it) => &mut it.fields,
            TypeDefinition::Interface(it) => &mut it.fields,
            _ => continue,
        };
        for field in fields {
            replace(&mut field.directives, of(Some(&field.name)));
        }
    }
}

fn replace(directives: &mut Vec<Directive>, guards: &[Option<AnyOf>; 2]) {
    for ((name, argument), any_of) in GUARDS.into_iter().zip(guards) {
        let Some(any_of) = any_of else { continue };
        directives.retain(|it| it.name != name);
        let text = |name: &String| Value::String(name.clone());
        let all = |names: &Vec<String>| Value::List(names.iter().map(text).collect());
        let value = Value::List(any_of.iter().map(all).collect());
        directives.push(directive(name, &[(argument, value)]));
    }
}

fn argument<'d>(directive: &'d Directive, name: &str) -> Option<&'d Value> {
    directive
        .arguments
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

fn directive(name: &str, arguments: &[(&str, Value)]) -> Directive {
    Directive {
        position: graphql_tools::parser::Pos::default(),
        name: name.to_owned(),
        arguments: arguments
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

fn directives_mut(definition: &mut TypeDefinition) -> &mut Vec<Directive> {
    match definition {
        TypeDefinition::Scalar(it) => &mut it.directives,
        TypeDefinition::Object(it) => &mut it.directives,
        TypeDefinition::Interface(it) => &mut it.directives,
        TypeDefinition::Union(it) => &mut it.directives,
        TypeDefinition::Enum(it) => &mut it.directives,
        TypeDefinition::InputObject(it) => &mut it.directives,
    }
}

/// Links the specifications in use, and defines what they bring.
fn link(document: &mut Document) -> Result<(), String> {
    let text = document.to_string();
    for (name, url, purpose, definitions) in SPECS {
        if !uses(&text, name) {
            continue;
        }
        let defined = document.definitions.iter().any(|definition| {
            matches!(definition, Definition::DirectiveDefinition(it) if it.name == name)
        });
        if !defined {
            let added = safe_parse_schema(definitions).map_err(|error| error.to_string())?;
            document.definitions.extend(added.definitions);
        }
        for definition in &mut document.definitions {
            let Definition::SchemaDefinition(schema) = definition else {
                continue;
            };
            let linked = schema.directives.iter().any(
                |it| matches!(argument(it, "url"), Some(Value::String(known)) if known == url),
            );
            if !linked {
                let mut arguments = vec![("url", Value::String(url.to_owned()))];
                if !purpose.is_empty() {
                    arguments.push(("for", Value::Enum(purpose.to_owned())));
                }
                schema.directives.push(directive("link", &arguments));
            }
        }
    }
    Ok(())
}

/// Whether the directive is applied somewhere: `@name` that is not defined there.
fn uses(text: &str, name: &str) -> bool {
    let at = format!("@{name}");
    text.match_indices(&at).any(|(index, _)| {
        let ends = text[index + at.len()..]
            .chars()
            .next()
            .is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
        ends && !text[..index].ends_with("directive ")
    })
}

/// The same graph is the same text, whatever order the parts came in.
fn sorted(mut document: Document) -> String {
    for definition in &mut document.definitions {
        if let Definition::TypeDefinition(definition) = definition {
            directives_mut(definition).sort_by_cached_key(ToString::to_string);
        }
    }
    document
        .definitions
        .sort_by_cached_key(|definition| match definition {
            Definition::SchemaDefinition(_) => (0, String::new()),
            Definition::DirectiveDefinition(it) => (1, it.name.clone()),
            Definition::TypeDefinition(it) => (2, it.name().to_owned()),
            Definition::TypeExtension(it) => (3, it.name().to_owned()),
        });
    document.to_string()
}
