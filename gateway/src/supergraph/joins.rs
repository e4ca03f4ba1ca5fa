//! What the `@join__` directives tell about subgraphs, beyond the planner's use.

use std::collections::{HashMap, HashSet};

use graphql_tools::static_graphql::{
    query::{Selection, SelectionSet},
    schema::{Definition, Directive, Document, TypeDefinition, Value},
};

use super::Schema;
use crate::compose::parse_field_set;

pub fn argument<'d>(directive: &'d Directive, name: &str) -> Option<&'d Value> {
    let found = directive.arguments.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value)
}

fn is_object_of_interface(join: &Directive) -> bool {
    join.name == "join__type" && argument(join, "isInterfaceObject") == Some(&Value::Boolean(true))
}

/// Reads `@join__type(key:, isInterfaceObject: true)`.
pub fn object_keys(supergraph: &Document) -> HashMap<String, Vec<SelectionSet>> {
    let mut keys: HashMap<String, Vec<SelectionSet>> = HashMap::new();
    for definition in &supergraph.definitions {
        let Definition::TypeDefinition(TypeDefinition::Interface(interface)) = definition else {
            continue;
        };
        for join in interface
            .directives
            .iter()
            .filter(|it| it.name == "join__type")
        {
            let argument = |name: &str| join.arguments.iter().find(|(known, _)| known == name);
            let is_object = argument("isInterfaceObject");
            if matches!(is_object, Some((_, Value::Boolean(true))))
                && let Some((_, Value::String(text))) = argument("key")
                && let Some(set) = parse_field_set(text)
            {
                keys.entry(interface.name.clone()).or_default().push(set);
            }
        }
    }
    keys
}

/// Reads `@join__field(type:)`.
pub fn varying(supergraph: &Document) -> HashMap<String, HashSet<String>> {
    let mut varying: HashMap<String, HashSet<String>> = HashMap::new();
    for definition in &supergraph.definitions {
        let Definition::TypeDefinition(TypeDefinition::Object(object)) = definition else {
            continue;
        };
        for field in &object.fields {
            let declared = field.field_type.to_string();
            let differs = field.directives.iter().any(|it| {
                it.name == "join__field"
                    && it.arguments.iter().any(|(name, value)| {
                        name == "type" && !matches!(value, Value::String(text) if *text == declared)
                    })
            });
            if differs {
                let fields = varying.entry(object.name.clone()).or_default();
                fields.insert(field.name.clone());
            }
        }
    }
    varying
}

/// The names of fields that some `@requires` asks for with arguments, and of
/// those that lead to one.
#[derive(Clone, Debug, Default)]
pub struct WithArguments {
    pub fields: HashSet<String>,
    pub ways: HashSet<String>,
}

/// Reads `@join__field(requires:)`.
pub fn required_with_arguments(supergraph: &Document) -> WithArguments {
    let mut names = WithArguments::default();
    for definition in &supergraph.definitions {
        let Definition::TypeDefinition(definition) = definition else {
            continue;
        };
        let fields = match definition {
            TypeDefinition::Object(it) => &it.fields,
            TypeDefinition::Interface(it) => &it.fields,
            _ => continue,
        };
        for join in fields.iter().flat_map(|field| &field.directives) {
            if join.name == "join__field"
                && let Some(Value::String(text)) = argument(join, "requires")
                && let Some(set) = parse_field_set(text)
            {
                with_arguments(&set, &mut names);
            }
        }
    }
    names
}

/// Notes them, and says whether there is one.
fn with_arguments(set: &SelectionSet, names: &mut WithArguments) -> bool {
    let mut any = false;
    for item in &set.items {
        any |= match item {
            Selection::Field(field) => {
                let has_arguments = !field.arguments.is_empty();
                if has_arguments {
                    names.fields.insert(field.name.clone());
                }
                let leads = with_arguments(&field.selection_set, names);
                if leads {
                    names.ways.insert(field.name.clone());
                }
                has_arguments || leads
            }
            Selection::InlineFragment(it) => with_arguments(&it.selection_set, names),
            Selection::FragmentSpread(_) => false,
        };
    }
    any
}

/// Service → member of an interface that it knows only as one object → that
/// interface.
pub fn stand_ins(
    supergraph: &Document,
    schema: &Schema,
) -> HashMap<String, HashMap<String, String>> {
    let mut services: HashMap<&str, &str> = HashMap::new();
    let mut known: HashSet<(&str, &str)> = HashSet::new();
    let mut objects: Vec<(&str, &str)> = Vec::new();
    for definition in &supergraph.definitions {
        let Definition::TypeDefinition(definition) = definition else {
            continue;
        };
        let (name, joins) = match definition {
            TypeDefinition::Object(it) => (&it.name, &it.directives),
            TypeDefinition::Interface(it) => (&it.name, &it.directives),
            TypeDefinition::Enum(it) if it.name == "join__Graph" => {
                for value in &it.values {
                    let named = value.directives.iter().find_map(|it| argument(it, "name"));
                    if let Some(Value::String(service)) = named {
                        services.insert(&value.name, service);
                    }
                }
                continue;
            }
            _ => continue,
        };
        for join in joins.iter().filter(|it| it.name == "join__type") {
            if let Some(Value::Enum(graph)) = argument(join, "graph") {
                known.insert((graph, name));
                if is_object_of_interface(join) {
                    objects.push((graph, name));
                }
            }
        }
    }
    let mut stand_ins: HashMap<String, HashMap<String, String>> = HashMap::new();
    for (graph, interface) in objects {
        let Some(service) = services.get(graph) else {
            continue;
        };
        let members = schema
            .get(interface)
            .into_iter()
            .flat_map(|it| &it.possible);
        for member in members.filter(|member| !known.contains(&(graph, member.as_str()))) {
            let of_service = stand_ins.entry((*service).to_owned()).or_default();
            of_service.insert(member.clone(), interface.to_owned());
        }
    }
    stand_ins
}
