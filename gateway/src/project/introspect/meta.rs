//! What the schema says about itself, field by field.

use std::collections::HashMap;

use graphql_tools::static_graphql::{
    query::Value as Literal,
    schema::{
        Definition, Directive, DirectiveDefinition, DirectiveLocation, Document, EnumValue, Field,
        InputValue, Type, TypeDefinition,
    },
};

/// Something that introspection talks about.
#[derive(Clone, Copy)]
pub enum Node<'d> {
    Schema,
    Named(&'d TypeDefinition),
    Wrapped(&'d Type),
    Field(&'d Field),
    Input(&'d InputValue),
    Value(&'d EnumValue),
    Directive(&'d DirectiveDefinition),
}

/// What a field answers.
pub enum Answer<'d> {
    Null,
    Text(String),
    Flag(bool),
    Texts(Vec<&'static str>),
    One(Node<'d>),
    Many(Vec<Node<'d>>),
}

/// The schema, with its types at hand.
pub struct Meta<'d> {
    api: &'d Document,
    types: HashMap<&'d str, &'d TypeDefinition>,
}

impl<'d> Meta<'d> {
    pub fn new(api: &'d Document) -> Self {
        Self {
            api,
            types: api.type_map(),
        }
    }

    /// The type of this name.
    pub fn named(&self, name: &str) -> Option<Node<'d>> {
        self.types.get(name).map(|it| Node::Named(it))
    }

    /// The answer of a field; `all` includes what is deprecated.
    pub fn resolve(&self, node: Node<'d>, name: &str, all: bool) -> Answer<'d> {
        match node {
            Node::Schema => self.schema(name),
            Node::Named(it) => self.type_field(it, name, all),
            Node::Wrapped(it) => match (name, it) {
                ("__typename", _) => Answer::Text("__Type".to_owned()),
                ("kind", Type::ListType(_)) => Answer::Text("LIST".to_owned()),
                ("kind", _) => Answer::Text("NON_NULL".to_owned()),
                ("ofType", Type::ListType(inner) | Type::NonNullType(inner)) => self.of(inner),
                _ => Answer::Null,
            },
            Node::Field(it) => match name {
                "__typename" => Answer::Text("__Field".to_owned()),
                "args" => Answer::Many(inputs(&it.arguments, all)),
                "type" => self.of(&it.field_type),
                _ => described(&it.name, it.description.as_ref(), &it.directives, name),
            },
            Node::Input(it) => match name {
                "__typename" => Answer::Text("__InputValue".to_owned()),
                "type" => self.of(&it.value_type),
                "defaultValue" => text(it.default_value.as_ref().map(ToString::to_string)),
                _ => described(&it.name, it.description.as_ref(), &it.directives, name),
            },
            Node::Value(it) => match name {
                "__typename" => Answer::Text("__EnumValue".to_owned()),
                _ => described(&it.name, it.description.as_ref(), &it.directives, name),
            },
            Node::Directive(it) => match name {
                "__typename" => Answer::Text("__Directive".to_owned()),
                "isRepeatable" => Answer::Flag(it.repeatable),
                "locations" => {
                    Answer::Texts(it.locations.iter().map(DirectiveLocation::as_str).collect())
                }
                "args" => Answer::Many(inputs(&it.arguments, all)),
                _ => described(&it.name, it.description.as_ref(), &[], name),
            },
        }
    }

    fn schema(&self, name: &str) -> Answer<'d> {
        let named = |name: Option<&String>| {
            let found = name.and_then(|name| self.types.get(name.as_str()));
            found.map_or(Answer::Null, |it| Answer::One(Node::Named(it)))
        };
        match name {
            "__typename" => Answer::Text("__Schema".to_owned()),
            "queryType" => named(Some(&self.api.query_type().name)),
            "mutationType" => named(self.api.mutation_type().map(|it| &it.name)),
            "subscriptionType" => named(self.api.subscription_type().map(|it| &it.name)),
            "types" => Answer::Many(
                self.api
                    .definitions
                    .iter()
                    .filter_map(|it| match it {
                        Definition::TypeDefinition(it) => Some(Node::Named(it)),
                        _ => None,
                    })
                    .collect(),
            ),
            "directives" => Answer::Many(
                self.api
                    .definitions
                    .iter()
                    .filter_map(|it| match it {
                        Definition::DirectiveDefinition(it) => Some(Node::Directive(it)),
                        _ => None,
                    })
                    .collect(),
            ),
            _ => Answer::Null,
        }
    }

    fn of(&self, kind: &'d Type) -> Answer<'d> {
        match kind {
            Type::NamedType(name) => {
                let found = self.types.get(name.as_str());
                found.map_or(Answer::Null, |it| Answer::One(Node::Named(it)))
            }
            wrapped => Answer::One(Node::Wrapped(wrapped)),
        }
    }

    fn type_field(&self, it: &'d TypeDefinition, name: &str, all: bool) -> Answer<'d> {
        use graphql_tools::parser::schema::TypeDefinition::{
            Enum, InputObject, Interface, Object, Scalar, Union,
        };
        match (name, it) {
            ("__typename", _) => Answer::Text("__Type".to_owned()),
            ("name", it) => Answer::Text(it.name().to_owned()),
            ("kind", it) => Answer::Text(
                match it {
                    Scalar(_) => "SCALAR",
                    Object(_) => "OBJECT",
                    Interface(_) => "INTERFACE",
                    Union(_) => "UNION",
                    Enum(_) => "ENUM",
                    InputObject(_) => "INPUT_OBJECT",
                }
                .to_owned(),
            ),
            ("description", it) => text(match it {
                Scalar(it) => it.description.clone(),
                Object(it) => it.description.clone(),
                Interface(it) => it.description.clone(),
                Union(it) => it.description.clone(),
                Enum(it) => it.description.clone(),
                InputObject(it) => it.description.clone(),
            }),
            ("fields", Object(it)) => Answer::Many(fields(&it.fields, all)),
            ("fields", Interface(it)) => Answer::Many(fields(&it.fields, all)),
            ("interfaces", Object(it)) => self.nodes(&it.implements_interfaces),
            ("interfaces", Interface(it)) => self.nodes(&it.implements_interfaces),
            ("possibleTypes", Union(it)) => self.nodes(&it.types),
            ("possibleTypes", Interface(interface)) => Answer::Many(
                self.api
                    .definitions
                    .iter()
                    .filter_map(|definition| match definition {
                        Definition::TypeDefinition(it @ Object(object))
                            if object.implements_interfaces.contains(&interface.name) =>
                        {
                            Some(Node::Named(it))
                        }
                        _ => None,
                    })
                    .collect(),
            ),
            ("enumValues", Enum(it)) => Answer::Many(
                it.values
                    .iter()
                    .filter(|v| all || deprecation(&v.directives).is_none())
                    .map(Node::Value)
                    .collect(),
            ),
            ("inputFields", InputObject(it)) => Answer::Many(inputs(&it.fields, all)),
            ("isOneOf", InputObject(it)) => {
                Answer::Flag(it.directives.iter().any(|found| found.name == "oneOf"))
            }
            ("specifiedByURL", Scalar(it)) => {
                text(directive_text(&it.directives, "specifiedBy", "url"))
            }
            _ => Answer::Null,
        }
    }

    fn nodes(&self, names: &[String]) -> Answer<'d> {
        let found = names
            .iter()
            .filter_map(|name| self.types.get(name.as_str()));
        Answer::Many(found.map(|it| Node::Named(it)).collect())
    }
}

fn text<'d>(text: Option<String>) -> Answer<'d> {
    text.map_or(Answer::Null, Answer::Text)
}

fn fields(fields: &[Field], all: bool) -> Vec<Node<'_>> {
    let shown = fields.iter().filter(|field| {
        !field.name.starts_with("__") && (all || deprecation(&field.directives).is_none())
    });
    shown.map(Node::Field).collect()
}

fn inputs(inputs: &[InputValue], all: bool) -> Vec<Node<'_>> {
    let shown = inputs
        .iter()
        .filter(|it| all || deprecation(&it.directives).is_none());
    shown.map(Node::Input).collect()
}

fn described<'d>(
    own_name: &str,
    description: Option<&String>,
    directives: &[Directive],
    name: &str,
) -> Answer<'d> {
    match name {
        "name" => Answer::Text(own_name.to_owned()),
        "description" => text(description.cloned()),
        "isDeprecated" => Answer::Flag(deprecation(directives).is_some()),
        "deprecationReason" => text(deprecation(directives)),
        _ => Answer::Null,
    }
}

fn directive_text(directives: &[Directive], name: &str, argument: &str) -> Option<String> {
    let found = directives.iter().find(|directive| directive.name == name)?;
    found
        .arguments
        .iter()
        .find_map(|(known, value)| match value {
            Literal::String(text) if known == argument => Some(text.clone()),
            _ => None,
        })
}

fn deprecation(directives: &[Directive]) -> Option<String> {
    directives
        .iter()
        .any(|it| it.name == "deprecated")
        .then(|| {
            directive_text(directives, "deprecated", "reason")
                .unwrap_or_else(|| "No longer supported".to_owned())
        })
}
