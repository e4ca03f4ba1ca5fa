//! At which field an input does not fit, where the library refused it.
//!
//! async-graphql says what is wrong with a value but not where it stands, and
//! of a scalar only its type. What the schema expects is read once, from its
//! own text; a request is walked only when it was refused.

mod fits;
mod say;
mod walk;

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::{
        parse_schema,
        types::{
            FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeKind,
            TypeSystemDefinition,
        },
    },
};

pub(super) use fits::Whole;

/// Something in an input that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Where: a variable, or an argument, and the way into it.
    pub field: String,
    pub zh: String,
    pub en: String,
}

/// What was asked, as it came.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The schema it was asked of.
    pub inputs: &'a Inputs,
    /// The document.
    pub query: &'a str,
    /// The operation, where the document has several.
    pub operation: Option<&'a str>,
    /// The variables as JSON; empty for none.
    pub variables: &'a [u8],
}

/// What a place takes.
struct Slot {
    kind: Type,
    /// Whether it may be left out although it takes no null.
    default: bool,
}

/// A type of which inputs are made; scalars are known by their name.
enum Kind {
    Enum(Vec<Name>),
    Object(HashMap<Name, Slot>),
}

/// A field: what it answers, and what it takes.
struct Field {
    answers: Name,
    arguments: HashMap<Name, Slot>,
}

/// The inputs of a schema.
#[derive(Default)]
pub struct Inputs {
    kinds: HashMap<Name, Kind>,
    fields: HashMap<Name, HashMap<Name, Field>>,
    roots: [Option<Name>; 3],
}

impl Inputs {
    /// Reads the text of a schema. What cannot be read is not known: its
    /// misfits are told without a field.
    pub fn read(sdl: &str) -> Self {
        match parse_schema(sdl) {
            Ok(document) => Self::of(document),
            Err(error) => {
                tracing::warn!(%error, "the schema's own text could not be read");
                Self::default()
            }
        }
    }

    fn of(document: ServiceDocument) -> Self {
        let mut inputs = Self::default();
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let schema = schema.node;
                    let roots = [schema.query, schema.mutation, schema.subscription];
                    inputs.roots = roots.map(|root| root.map(|name| name.node));
                }
                TypeSystemDefinition::Type(kind) => {
                    inputs.add(kind.node.name.node, kind.node.kind);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        inputs
    }

    fn add(&mut self, name: Name, kind: TypeKind) {
        match kind {
            TypeKind::Object(object) => {
                let fields = object.fields.into_iter().map(|field| answer(field.node));
                self.fields.insert(name, fields.collect());
            }
            TypeKind::Interface(interface) => {
                let fields = interface.fields.into_iter().map(|field| answer(field.node));
                self.fields.insert(name, fields.collect());
            }
            TypeKind::Enum(list) => {
                let values = list.values.into_iter().map(|value| value.node.value.node);
                self.kinds.insert(name, Kind::Enum(values.collect()));
            }
            TypeKind::InputObject(object) => {
                let fields = object.fields.into_iter().map(|field| slot(field.node));
                self.kinds.insert(name, Kind::Object(fields.collect()));
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
}

fn slot(definition: InputValueDefinition) -> (Name, Slot) {
    let slot = Slot {
        kind: definition.ty.node,
        default: definition.default_value.is_some(),
    };
    (definition.name.node, slot)
}

fn answer(definition: FieldDefinition) -> (Name, Field) {
    let field = Field {
        answers: walk::named(&definition.ty.node).clone(),
        arguments: definition
            .arguments
            .into_iter()
            .map(|argument| slot(argument.node))
            .collect(),
    };
    (definition.name.node, field)
}

#[cfg(test)]
mod tests;
