//! One subgraph's schema as it is read: text, syntax tree, and what the names of
//! its directives mean.

use std::{borrow::Cow, collections::BTreeMap};

use cynic_parser::{
    TypeSystemDocument,
    common::OperationType,
    parse_type_system_document,
    type_system::{Definition, Directive, FieldDefinition, TypeDefinition},
};
use graphql_tools::static_graphql::query::SelectionSet;

use super::{Problem, SubgraphSchema, cost, fieldset, names::Names};

/// A schema that could be parsed.
pub struct Parsed<'s> {
    pub schema: &'s SubgraphSchema,
    /// What the tree was made of.
    pub sdl: Cow<'s, str>,
    pub document: TypeSystemDocument,
    pub names: Names,
}

impl<'s> Parsed<'s> {
    pub fn new(schema: &'s SubgraphSchema) -> Result<Self, Problem> {
        let parse = |sdl: &str| {
            parse_type_system_document(sdl).map_err(|error| {
                let detail = error.to_string();
                Problem {
                    subgraphs: vec![schema.name.clone()],
                    zh: format!("SDL 语法错误:{detail}"),
                    en: format!("the SDL cannot be parsed: {detail}"),
                }
            })
        };
        let (mut sdl, mut document) = (Cow::Borrowed(schema.sdl.as_str()), parse(&schema.sdl)?);
        let names = Names::read(&document);
        if let Some(plain) = cost::plain(&sdl, &document, &names) {
            document = parse(&plain)?;
            sdl = Cow::Owned(plain);
        }
        Ok(Self {
            schema,
            sdl,
            document,
            names,
        })
    }

    /// The root types, which may have names of their own here.
    pub fn roots(&self) -> BTreeMap<&str, OperationType> {
        let mut roots = BTreeMap::from([
            ("Query", OperationType::Query),
            ("Mutation", OperationType::Mutation),
            ("Subscription", OperationType::Subscription),
        ]);
        for definition in self.document.definitions() {
            let (Definition::Schema(schema) | Definition::SchemaExtension(schema)) = definition
            else {
                continue;
            };
            let named = schema.root_operations();
            roots.extend(named.map(|root| (root.named_type(), root.operation_type())));
        }
        roots
    }

    /// Type → field → the type that it answers, of objects and interfaces.
    pub fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::new();
        for (typename, field) in self.each_field() {
            let known = fields.entry(typename).or_default();
            known.insert(field.name(), field.ty().name());
        }
        fields
    }

    /// The fields of objects and interfaces, extensions included.
    pub fn each_field(&self) -> impl Iterator<Item = (&str, FieldDefinition<'_>)> {
        self.types().flat_map(|it| {
            let fields = match it {
                TypeDefinition::Object(it) => Some(it.fields()),
                TypeDefinition::Interface(it) => Some(it.fields()),
                _ => None,
            };
            let fields = fields.into_iter().flatten();
            fields.map(move |field| (it.name(), field))
        })
    }

    /// Types and their extensions.
    pub fn types(&self) -> impl Iterator<Item = TypeDefinition<'_>> {
        self.document.definitions().filter_map(|it| match it {
            Definition::Type(it) | Definition::TypeExtension(it) => Some(it),
            _ => None,
        })
    }

    /// What `@key`, `@requires` and `@provides` select.
    pub fn field_sets(&self) -> Vec<FieldSet<'_>> {
        let mut sets = Vec::new();
        for definition in self.types() {
            let name = definition.name();
            for directive in definition.directives() {
                if self.names.means(&directive, "key") {
                    sets.extend(FieldSet::new(name.to_owned(), "key", name, directive));
                }
            }
        }
        for (typename, field) in self.each_field() {
            for directive in field.directives() {
                let (meaning, of) = match self.names.meaning(directive.name()) {
                    Some("requires") => ("requires", typename),
                    Some("provides") => ("provides", field.ty().name()),
                    _ => continue,
                };
                let at = format!("{typename}.{}", field.name());
                sets.extend(FieldSet::new(at, meaning, of, directive));
            }
        }
        sets
    }
}

/// Type → field → the type that it answers.
pub type Fields<'d> = BTreeMap<&'d str, BTreeMap<&'d str, &'d str>>;

/// A selection that a directive makes.
pub struct FieldSet<'d> {
    /// Where the directive stands.
    pub at: String,
    pub directive: &'static str,
    /// The type that it selects from.
    pub of: &'d str,
    pub set: SelectionSet,
}

impl<'d> FieldSet<'d> {
    /// None where the text cannot be parsed: the composer says so.
    fn new(
        at: String,
        directive: &'static str,
        of: &'d str,
        applied: Directive<'d>,
    ) -> Option<Self> {
        let mut arguments = applied.arguments();
        let fields = arguments.find(|it| it.name() == "fields")?;
        let set = fieldset::parse(fields.value().as_str()?)?;
        Some(Self {
            at,
            directive,
            of,
            set,
        })
    }
}
