//! What the supergraph says of weights and sizes.

use std::collections::HashMap;

use graphql_tools::static_graphql::schema::{
    Definition, Directive, Document, Field, InputValue, Type, TypeDefinition, Value,
};

use super::{
    graphs::{Graphs, Ids},
    size::ListSize,
};

/// The specification of `@cost` and `@listSize`.
const SPEC: &str = "https://specs.apollo.dev/cost/";

/// Weights and sizes by type and field.
#[derive(Debug, Default)]
pub struct Model {
    types: HashMap<String, TypeCost>,
}

/// A type.
#[derive(Debug, Default)]
pub(super) struct TypeCost {
    pub weight: Option<u64>,
    pub is_composite: bool,
    pub is_input: bool,
    /// Objects, which a value can only be one of.
    pub is_object: bool,
    /// The heaviest object that an abstract type can be.
    pub heaviest: u64,
    pub fields: HashMap<String, FieldCost>,
    /// Who has the type.
    pub graphs: Graphs,
}

/// A field, of an output or an input type.
#[derive(Debug)]
pub(super) struct FieldCost {
    pub weight: Option<u64>,
    /// The named type inside.
    pub of: String,
    /// How many lists are around it.
    pub lists: u32,
    pub size: Option<ListSize>,
    pub arguments: HashMap<String, FieldCost>,
    /// The default of an argument.
    pub default: Option<u64>,
    /// Who resolves it; empty for all who have its type.
    pub graphs: Graphs,
}

/// What the two directives are called here.
struct Names {
    cost: Vec<String>,
    list_size: Vec<String>,
    graphs: Ids,
}

impl Model {
    pub fn new(supergraph: &Document) -> Self {
        let names = Names::of(supergraph);
        let types = supergraph.definitions.iter().filter_map(|definition| {
            let Definition::TypeDefinition(definition) = definition else {
                return None;
            };
            Some((definition.name().to_owned(), names.kind(definition)))
        });
        let mut model = Self {
            types: types.collect(),
        };
        for (of, member) in members(supergraph) {
            let weight = model.types.get(member).and_then(|it| it.weight);
            if let (Some(weight), Some(of)) = (weight, model.types.get_mut(of)) {
                of.heaviest = of.heaviest.max(weight);
            }
        }
        model
    }

    pub(super) fn get(&self, name: &str) -> Option<&TypeCost> {
        self.types.get(name)
    }

    /// A field; an object type says less than its interface where the
    /// interface is asked.
    pub(super) fn field(&self, parent: &str, name: &str) -> Option<&FieldCost> {
        self.types.get(parent)?.fields.get(name)
    }
}

impl Names {
    /// The plain names always count; a link may bring others.
    fn of(document: &Document) -> Self {
        let mut names = Self {
            cost: vec!["cost".to_owned()],
            list_size: vec!["listSize".to_owned(), "cost__listSize".to_owned()],
            graphs: Ids::of(document),
        };
        let schemas = document.definitions.iter().filter_map(|it| match it {
            Definition::SchemaDefinition(schema) => Some(&schema.directives),
            _ => None,
        });
        for link in schemas.flatten().filter(|it| it.name == "link") {
            if !matches!(argument(link, "url"), Some(Value::String(url)) if url.starts_with(SPEC)) {
                continue;
            }
            if let Some(Value::String(prefix)) = argument(link, "as") {
                names.cost.push(prefix.clone());
                names.list_size.push(format!("{prefix}__listSize"));
            }
            let Some(Value::List(imports)) = argument(link, "import") else {
                continue;
            };
            for import in imports {
                let Value::Object(members) = import else {
                    continue;
                };
                let text = |name: &str| match member(members, name) {
                    Some(Value::String(text)) => Some(text.trim_start_matches('@').to_owned()),
                    _ => None,
                };
                match (text("name").as_deref(), text("as")) {
                    (Some("cost"), Some(name)) => names.cost.push(name),
                    (Some("listSize"), Some(name)) => names.list_size.push(name),
                    _ => {}
                }
            }
        }
        names
    }

    fn kind(&self, definition: &TypeDefinition) -> TypeCost {
        let (directives, mut kind) = match definition {
            TypeDefinition::Scalar(it) => (&it.directives, TypeCost::default()),
            TypeDefinition::Enum(it) => (&it.directives, TypeCost::default()),
            TypeDefinition::Union(it) => (&it.directives, TypeCost::default()),
            TypeDefinition::Object(it) => {
                let mut kind = self.output(&it.fields);
                kind.is_object = true;
                (&it.directives, kind)
            }
            TypeDefinition::Interface(it) => (&it.directives, self.output(&it.fields)),
            TypeDefinition::InputObject(it) => {
                let fields = it
                    .fields
                    .iter()
                    .map(|field| (field.name.clone(), self.input(field)));
                let kind = TypeCost {
                    fields: fields.collect(),
                    is_input: true,
                    ..TypeCost::default()
                };
                (&it.directives, kind)
            }
        };
        kind.is_composite = matches!(
            definition,
            TypeDefinition::Object(_) | TypeDefinition::Interface(_) | TypeDefinition::Union(_)
        );
        kind.weight = self.weight(directives);
        kind.graphs = self.graphs.of_type(directives);
        kind
    }

    fn output(&self, fields: &[Field]) -> TypeCost {
        let fields = fields.iter().map(|field| {
            let arguments = field.arguments.iter();
            let arguments = arguments.map(|it| (it.name.clone(), self.input(it)));
            let (of, lists) = inside(&field.field_type);
            let cost = FieldCost {
                weight: self.weight(&field.directives),
                of,
                lists,
                size: self.size(&field.directives),
                arguments: arguments.collect(),
                default: None,
                graphs: self.graphs.of_field(&field.directives),
            };
            (field.name.clone(), cost)
        });
        TypeCost {
            fields: fields.collect(),
            ..TypeCost::default()
        }
    }

    fn input(&self, input: &InputValue) -> FieldCost {
        let (of, lists) = inside(&input.value_type);
        FieldCost {
            weight: self.weight(&input.directives),
            of,
            lists,
            size: None,
            arguments: HashMap::new(),
            default: input.default_value.as_ref().and_then(whole),
            graphs: Graphs::default(),
        }
    }

    fn weight(&self, directives: &[Directive]) -> Option<u64> {
        let directive = directives.iter().find(|it| self.cost.contains(&it.name))?;
        argument(directive, "weight").and_then(whole)
    }

    fn size(&self, directives: &[Directive]) -> Option<ListSize> {
        let directive = directives
            .iter()
            .find(|it| self.list_size.contains(&it.name))?;
        let texts = |name: &str| match argument(directive, name) {
            Some(Value::List(items)) => items
                .iter()
                .filter_map(|item| match item {
                    Value::String(text) => Some(text.clone()),
                    _ => None,
                })
                .collect(),
            Some(Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        };
        Some(ListSize {
            assumed: argument(directive, "assumedSize").and_then(whole),
            // Merged from several subgraphs, an argument may stand twice.
            slicing: texts("slicingArguments")
                .into_iter()
                .fold(Vec::new(), |mut all, it| {
                    if !all.contains(&it) {
                        all.push(it);
                    }
                    all
                }),
            sized: texts("sizedFields"),
            requires_one: !matches!(
                argument(directive, "requireOneSlicingArgument"),
                Some(Value::Boolean(false))
            ),
        })
    }
}

/// Abstract types with each of their objects.
fn members(document: &Document) -> Vec<(&str, &str)> {
    let mut members = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::TypeDefinition(TypeDefinition::Union(union)) => {
                let objects = union.types.iter();
                members.extend(objects.map(|object| (union.name.as_str(), object.as_str())));
            }
            Definition::TypeDefinition(TypeDefinition::Object(object)) => {
                let interfaces = object.implements_interfaces.iter();
                members.extend(interfaces.map(|it| (it.as_str(), object.name.as_str())));
            }
            _ => {}
        }
    }
    members
}

fn argument<'d>(directive: &'d Directive, name: &str) -> Option<&'d Value> {
    member(&directive.arguments, name)
}

fn member<'d>(members: &'d [(String, Value)], name: &str) -> Option<&'d Value> {
    let mut members = members.iter();
    members
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

/// A weight as the join spec writes it, or as text with a fraction, which the
/// older specification has. Nothing is worth less than nothing.
fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => Some(u64::try_from(number.as_i64()?).unwrap_or(0)),
        Value::Float(number) => Some(rounded(*number)),
        Value::String(text) => text.trim().parse().ok().map(rounded),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and a weight below zero counts as zero"
)]
fn rounded(number: f64) -> u64 {
    number.ceil() as u64
}

fn inside(kind: &Type) -> (String, u32) {
    match kind {
        Type::NamedType(name) => (name.clone(), 0),
        Type::NonNullType(inner) => inside(inner),
        Type::ListType(inner) => {
            let (name, lists) = inside(inner);
            (name, lists + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use hive_router_query_planner::utils::parsing::safe_parse_schema;

    use super::*;

    #[test]
    fn reads_the_directives_under_whatever_name_they_were_linked() {
        for (link, cost, size) in [
            ("", "cost", "listSize"),
            (
                r#"@link(url: "https://specs.apollo.dev/cost/v0.1")"#,
                "cost",
                "cost__listSize",
            ),
            (
                r#"@link(url: "https://specs.apollo.dev/cost/v0.1", as: "price")"#,
                "price",
                "price__listSize",
            ),
            (
                r#"@link(url: "https://specs.apollo.dev/cost/v0.1",
                    import: [{name: "@cost", as: "@worth"}, {name: "@listSize", as: "@length"}])"#,
                "worth",
                "length",
            ),
        ] {
            let document = safe_parse_schema(&format!(
                r#"schema {link} {{ query: Query }}
                type Query {{ a(n: Int = 5): [A!] @{size}(assumedSize: 3, slicingArguments: ["n"], sizedFields: "b") }}
                type A @{cost}(weight: 2) {{ b: B @{cost}(weight: "1.5") }}
                scalar B @{cost}(weight: -1)"#,
            ))
            .unwrap();
            let model = Model::new(&document);
            assert_eq!(model.get("A").unwrap().weight, Some(2), "{link}");
            assert_eq!(model.get("B").unwrap().weight, Some(0));
            assert_eq!(model.field("A", "b").unwrap().weight, Some(2));
            let field = model.field("Query", "a").unwrap();
            assert_eq!((field.lists, field.arguments["n"].default), (1, Some(5)));
            let size = ListSize {
                assumed: Some(3),
                slicing: vec!["n".to_owned()],
                sized: vec!["b".to_owned()],
                requires_one: true,
            };
            assert_eq!(field.size, Some(size), "{link}");
        }
    }
}
