//! What an engine knows of its schema.

use std::collections::{BTreeMap, BTreeSet};

use graphql_tools::{
    parser::{query::parse_query, schema::parse_schema},
    static_graphql::{
        query::{self, SelectionSet},
        schema::{self, Definition, Document, TypeDefinition, TypeExtension},
    },
};
use serde_json::Value as Json;

#[derive(Clone, Debug)]
pub struct Field {
    pub kind: schema::Type,
    pub external: bool,
    pub requires: Option<SelectionSet>,
    pub provides: Option<SelectionSet>,
    pub arguments: Vec<(String, schema::Type, Option<query::Value>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Object,
    Interface,
    Union,
    Enum(BTreeSet<String>),
    Scalar,
    Input,
}

#[derive(Clone, Debug)]
pub struct Type {
    pub kind: Kind,
    pub fields: BTreeMap<String, Field>,
    /// Fields of an input type: name, type, whether it has a default.
    pub inputs: Vec<(String, schema::Type, bool)>,
    pub possible: BTreeSet<String>,
    pub keys: Vec<(SelectionSet, bool)>,
}

#[derive(Clone, Debug)]
pub struct Types {
    pub all: BTreeMap<String, Type>,
    pub query: String,
    pub mutation: Option<String>,
    /// For validation.
    pub document: Document,
}

pub fn inner(kind: &schema::Type) -> &str {
    match kind {
        schema::Type::NamedType(name) => name,
        schema::Type::ListType(kind) | schema::Type::NonNullType(kind) => inner(kind),
    }
}

pub fn field_set(text: &str) -> SelectionSet {
    let document = parse_query::<String>(&format!("{{ {text} }}"))
        .unwrap()
        .into_static();
    match document.definitions.into_iter().next() {
        Some(query::Definition::Operation(query::OperationDefinition::SelectionSet(set))) => set,
        _ => panic!("no field set: {text}"),
    }
}

fn argument<'d>(directive: &'d schema::Directive, name: &str) -> Option<&'d schema::Value> {
    directive
        .arguments
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

fn fields_argument(directives: &[schema::Directive], name: &str) -> Option<SelectionSet> {
    let directive = directives.iter().find(|it| it.name == name)?;
    match argument(directive, "fields") {
        Some(schema::Value::String(text)) => Some(field_set(text)),
        _ => None,
    }
}

fn has(directives: &[schema::Directive], name: &str) -> bool {
    directives.iter().any(|it| it.name == name)
}

fn fields(list: &[schema::Field], external: bool) -> BTreeMap<String, Field> {
    let fields = list.iter().map(|field| {
        let arguments = field.arguments.iter();
        let own = Field {
            kind: field.field_type.clone(),
            external: external || has(&field.directives, "external"),
            requires: fields_argument(&field.directives, "requires"),
            provides: fields_argument(&field.directives, "provides"),
            arguments: arguments
                .map(|it| {
                    (
                        it.name.clone(),
                        it.value_type.clone(),
                        it.default_value.clone(),
                    )
                })
                .collect(),
        };
        (field.name.clone(), own)
    });
    fields.collect()
}

fn keys(directives: &[schema::Directive]) -> Vec<(SelectionSet, bool)> {
    let keys = directives
        .iter()
        .filter(|it| it.name == "key")
        .filter_map(|key| {
            let resolvable = argument(key, "resolvable") != Some(&schema::Value::Boolean(false));
            match argument(key, "fields") {
                Some(schema::Value::String(text)) => Some((field_set(text), resolvable)),
                _ => None,
            }
        });
    keys.collect()
}

/// What every subgraph has besides its own types.
const MACHINERY: &str = r"
directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
scalar Int scalar Float scalar String scalar Boolean scalar ID
";

/// The SDL without `extend schema @link(…)`, which the parser does not know.
fn without_links(sdl: &str) -> String {
    let Some((before, after)) = sdl.split_once("extend schema") else {
        return sdl.to_owned();
    };
    let mut rest = after.trim_start();
    while let Some(directive) = rest.strip_prefix('@') {
        let end = directive.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        rest = directive[end.unwrap_or(directive.len())..].trim_start();
        if rest.starts_with('(') {
            rest = rest
                .split_once(')')
                .map_or("", |(_, after)| after)
                .trim_start();
        }
    }
    format!("{before}{}", without_links(rest))
}

impl Types {
    /// The schema of a subgraph, with `_entities` and `_service`.
    pub fn subgraph(sdl: &str) -> Self {
        let sdl = without_links(sdl);
        let parsed = parse_schema::<String>(&sdl);
        let mut document = parsed
            .unwrap_or_else(|error| panic!("{error}\n{sdl}"))
            .into_static();
        let mut definitions = Vec::new();
        let mut extensions = Vec::new();
        for definition in std::mem::take(&mut document.definitions) {
            match definition {
                Definition::TypeExtension(TypeExtension::Object(it)) => extensions.push(it),
                Definition::TypeDefinition(_) => definitions.push(definition),
                _ => {}
            }
        }
        for it in extensions {
            let known = definitions.iter_mut().find_map(|known| match known {
                Definition::TypeDefinition(TypeDefinition::Object(object))
                    if object.name == it.name =>
                {
                    Some(object)
                }
                _ => None,
            });
            match known {
                Some(object) => {
                    object.fields.extend(it.fields);
                    object.directives.extend(it.directives);
                }
                None => definitions.push(Definition::TypeDefinition(TypeDefinition::Object(
                    schema::ObjectType {
                        position: it.position,
                        description: None,
                        name: it.name,
                        implements_interfaces: it.implements_interfaces,
                        directives: it.directives,
                        fields: it.fields,
                    },
                ))),
            }
        }
        let entities: BTreeSet<String> = definitions
            .iter()
            .flat_map(|definition| match definition {
                Definition::TypeDefinition(TypeDefinition::Object(it))
                    if has(&it.directives, "key") =>
                {
                    vec![it.name.clone()]
                }
                _ => Vec::new(),
            })
            .collect();
        let mut machinery = format!("{MACHINERY} scalar _Any type _Service {{ sdl: String }}");
        let mut roots = "_service: _Service".to_owned();
        if !entities.is_empty() {
            let members: Vec<_> = entities.into_iter().collect();
            machinery.push_str(" union _Entity = ");
            machinery.push_str(&members.join(" | "));
            roots.push_str(" _entities(representations: [_Any!]!): [_Entity]!");
        }
        machinery.push_str(" type _Roots { ");
        machinery.push_str(&roots);
        machinery.push_str(" }");
        let mut added = parse_schema::<String>(&machinery)
            .unwrap()
            .into_static()
            .definitions;
        let root_fields = added
            .iter()
            .position(|it| matches!(it, Definition::TypeDefinition(it) if it.name() == "_Roots"));
        let Definition::TypeDefinition(TypeDefinition::Object(mut roots)) =
            added.remove(root_fields.unwrap())
        else {
            unreachable!("it was just written");
        };
        definitions.extend(added);
        let query = definitions.iter_mut().find_map(|it| match it {
            Definition::TypeDefinition(TypeDefinition::Object(it)) if it.name == "Query" => {
                Some(it)
            }
            _ => None,
        });
        if let Some(query) = query {
            query.fields.extend(roots.fields);
        } else {
            "Query".clone_into(&mut roots.name);
            definitions.push(Definition::TypeDefinition(TypeDefinition::Object(roots)));
        }
        document.definitions = definitions;
        Self::new(document)
    }

    pub fn new(document: Document) -> Self {
        let mut types = BTreeMap::new();
        let mut members: Vec<(String, String)> = Vec::new();
        for definition in &document.definitions {
            let Definition::TypeDefinition(definition) = definition else {
                continue;
            };
            let mut own = Type {
                kind: Kind::Object,
                fields: BTreeMap::new(),
                inputs: Vec::new(),
                possible: BTreeSet::new(),
                keys: Vec::new(),
            };
            match definition {
                TypeDefinition::Object(it) => {
                    own.fields = fields(&it.fields, has(&it.directives, "external"));
                    own.keys = keys(&it.directives);
                    own.possible.insert(it.name.clone());
                    members.extend(
                        it.implements_interfaces
                            .iter()
                            .map(|face| (face.clone(), it.name.clone())),
                    );
                }
                TypeDefinition::Interface(it) => {
                    own.kind = Kind::Interface;
                    own.fields = fields(&it.fields, false);
                    own.keys = keys(&it.directives);
                }
                TypeDefinition::Union(it) => {
                    own.kind = Kind::Union;
                    own.possible.extend(it.types.iter().cloned());
                }
                TypeDefinition::Enum(it) => {
                    own.kind = Kind::Enum(it.values.iter().map(|it| it.name.clone()).collect());
                }
                TypeDefinition::Scalar(_) => own.kind = Kind::Scalar,
                TypeDefinition::InputObject(it) => {
                    own.kind = Kind::Input;
                    own.inputs = it
                        .fields
                        .iter()
                        .map(|it| {
                            (
                                it.name.clone(),
                                it.value_type.clone(),
                                it.default_value.is_some(),
                            )
                        })
                        .collect();
                }
            }
            types.insert(definition.name().to_owned(), own);
        }
        for (face, member) in members {
            if let Some(face) = types.get_mut(&face) {
                face.possible.insert(member);
            }
        }
        Self {
            all: types,
            query: document
                .query_type_name()
                .cloned()
                .unwrap_or_else(|| "Query".to_owned()),
            mutation: document.mutation_type_name().cloned(),
            document,
        }
    }

    pub fn fits(&self, typename: &str, condition: &str) -> bool {
        typename == condition
            || self
                .all
                .get(condition)
                .is_some_and(|it| it.possible.contains(typename))
    }
}

/// Object → interfaces, over all schemas.
pub fn implements<'t>(all: impl Iterator<Item = &'t Types>) -> BTreeMap<String, BTreeSet<String>> {
    let mut implements: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for types in all {
        for (name, own) in &types.all {
            if own.kind == Kind::Interface {
                for member in &own.possible {
                    implements
                        .entry(member.clone())
                        .or_default()
                        .insert(name.clone());
                }
            }
        }
    }
    implements
}

/// A literal with its variables filled in; None for an absent variable.
pub fn literal(value: &query::Value, variables: &serde_json::Map<String, Json>) -> Option<Json> {
    Some(match value {
        query::Value::Variable(name) => return variables.get(name).cloned(),
        query::Value::Int(number) => number.as_i64().into(),
        query::Value::Float(number) => (*number).into(),
        query::Value::String(text) | query::Value::Enum(text) => Json::String(text.clone()),
        query::Value::Boolean(flag) => (*flag).into(),
        query::Value::Null => Json::Null,
        query::Value::List(items) => items
            .iter()
            .filter_map(|it| literal(it, variables))
            .collect(),
        query::Value::Object(members) => members
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), literal(value, variables)?)))
            .collect(),
    })
}
