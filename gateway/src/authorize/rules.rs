//! What types and fields ask of a caller, read from the supergraph.

use std::collections::{HashMap, HashSet};

use graphql_tools::static_graphql::{
    query::{Selection, SelectionSet},
    schema::{Definition, Directive, Document, Field, TypeDefinition, Value},
};

use crate::{compose::parse_field_set, supergraph::Schema};

/// One `scopes:` or `policies:`: any of the lists will do, all of its names
/// must be there.
type AnyOf = Vec<Vec<String>>;

/// What a caller must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    pub authenticated: bool,
    /// Each must hold.
    pub scopes: Vec<AnyOf>,
    /// Each must hold.
    pub policies: Vec<AnyOf>,
}

impl Requirement {
    fn read(directives: &[Directive]) -> Self {
        let mut own = Self::default();
        for directive in directives {
            match directive.name.as_str() {
                "authenticated" => own.authenticated = true,
                "requiresScopes" => own.scopes.push(lists(directive, "scopes")),
                "policy" => own.policies.push(lists(directive, "policies")),
                _ => {}
            }
        }
        own
    }

    fn add(&mut self, other: &Self) {
        self.authenticated |= other.authenticated;
        for scopes in &other.scopes {
            if !self.scopes.contains(scopes) {
                self.scopes.push(scopes.clone());
            }
        }
        for policies in &other.policies {
            if !self.policies.contains(policies) {
                self.policies.push(policies.clone());
            }
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn lists(directive: &Directive, name: &str) -> AnyOf {
    let value = directive.arguments.iter().find(|(known, _)| known == name);
    let Some((_, Value::List(any))) = value else {
        return Vec::new();
    };
    let all = |value: &Value| match value {
        Value::List(names) => names.iter().filter_map(text).collect(),
        single => text(single).into_iter().collect(),
    };
    any.iter().map(all).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// What is guarded, by type and by field.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    types: HashMap<String, Requirement>,
    fields: HashMap<String, HashMap<String, Requirement>>,
}

impl Rules {
    pub fn new(supergraph: &Document, schema: &Schema) -> Self {
        let reader = Reader::new(supergraph, schema);
        if reader.own_types.is_empty() && reader.own_fields.is_empty() {
            return Self::default();
        }
        let mut rules = Self {
            types: reader.own_types.clone(),
            fields: HashMap::new(),
        };
        for (typename, fields) in &reader.fields {
            for field in fields.keys() {
                let mut requirement = Requirement::default();
                reader.effective(typename, field, &mut requirement, &mut HashSet::new());
                if !requirement.is_empty() {
                    let of_type = rules.fields.entry((*typename).to_owned()).or_default();
                    of_type.insert((*field).to_owned(), requirement);
                }
            }
        }
        rules
    }

    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.fields.is_empty()
    }

    /// What a value of the type asks for.
    pub fn of_type(&self, typename: &str) -> Option<&Requirement> {
        self.types.get(typename)
    }

    /// What a field asks for: of its own, of its interface's, of the type it
    /// answers, and of what it is computed from.
    pub fn of_field(&self, typename: &str, field: &str) -> Option<&Requirement> {
        self.fields.get(typename)?.get(field)
    }
}

struct Reader<'d> {
    schema: &'d Schema,
    fields: HashMap<&'d str, HashMap<&'d str, &'d Field>>,
    interfaces: HashMap<&'d str, &'d [String]>,
    own_types: HashMap<String, Requirement>,
    own_fields: HashMap<(&'d str, &'d str), Requirement>,
}

impl<'d> Reader<'d> {
    fn new(document: &'d Document, schema: &'d Schema) -> Self {
        let mut reader = Self {
            schema,
            fields: HashMap::new(),
            interfaces: HashMap::new(),
            own_types: HashMap::new(),
            own_fields: HashMap::new(),
        };
        for definition in &document.definitions {
            let Definition::TypeDefinition(definition) = definition else {
                continue;
            };
            let (name, directives, fields) = match definition {
                TypeDefinition::Object(it) => {
                    reader
                        .interfaces
                        .insert(&it.name, &it.implements_interfaces);
                    (&it.name, &it.directives, it.fields.as_slice())
                }
                TypeDefinition::Interface(it) => {
                    reader
                        .interfaces
                        .insert(&it.name, &it.implements_interfaces);
                    (&it.name, &it.directives, it.fields.as_slice())
                }
                TypeDefinition::Scalar(it) => (&it.name, &it.directives, [].as_slice()),
                TypeDefinition::Enum(it) => (&it.name, &it.directives, [].as_slice()),
                TypeDefinition::Union(it) => (&it.name, &it.directives, [].as_slice()),
                TypeDefinition::InputObject(_) => continue,
            };
            let own = Requirement::read(directives);
            if !own.is_empty() {
                reader.own_types.insert(name.clone(), own);
            }
            for field in fields {
                let own = Requirement::read(&field.directives);
                if !own.is_empty() {
                    reader.own_fields.insert((name, &field.name), own);
                }
                reader
                    .fields
                    .entry(name)
                    .or_default()
                    .insert(&field.name, field);
            }
        }
        reader
    }

    fn effective(
        &self,
        typename: &'d str,
        field: &str,
        into: &mut Requirement,
        seen: &mut HashSet<(&'d str, &'d str)>,
    ) {
        let Some((field, definition)) = self
            .fields
            .get(typename)
            .and_then(|it| it.get_key_value(field))
        else {
            return;
        };
        if !seen.insert((typename, field)) {
            return;
        }
        if let Some(own) = self.own_fields.get(&(typename, field)) {
            into.add(own);
        }
        for interface in self.interfaces.get(typename).copied().unwrap_or_default() {
            if let Some(own) = self.own_fields.get(&(interface.as_str(), *field)) {
                into.add(own);
            }
        }
        let roots = [
            Some(&self.schema.query),
            self.schema.mutation.as_ref(),
            self.schema.subscription.as_ref(),
        ];
        if roots.into_iter().flatten().any(|root| root == typename)
            && let Some(own) = self.own_types.get(typename)
        {
            into.add(own);
        }
        let below = inner(definition);
        if let Some(own) = self.own_types.get(below) {
            into.add(own);
        }
        for join in definition
            .directives
            .iter()
            .filter(|it| it.name == "join__field")
        {
            let requires = join.arguments.iter().find(|(name, _)| name == "requires");
            if let Some((_, Value::String(text))) = requires
                && let Some(set) = parse_field_set(text)
            {
                self.required(typename, &set, into, seen);
            }
        }
    }

    fn required(
        &self,
        typename: &'d str,
        set: &SelectionSet,
        into: &mut Requirement,
        seen: &mut HashSet<(&'d str, &'d str)>,
    ) {
        for item in &set.items {
            match item {
                Selection::Field(it) => {
                    self.effective(typename, &it.name, into, seen);
                    let Some(definition) = self
                        .fields
                        .get(typename)
                        .and_then(|known| known.get(it.name.as_str()))
                    else {
                        continue;
                    };
                    self.required(inner(definition), &it.selection_set, into, seen);
                }
                Selection::InlineFragment(it) => {
                    let condition = it.type_condition.as_ref().map(AsRef::as_ref);
                    let known = condition
                        .and_then(|name: &String| self.fields.get_key_value(name.as_str()));
                    let typename = known.map_or(typename, |(name, _)| name);
                    if let Some(own) = self.own_types.get(typename) {
                        into.add(own);
                    }
                    self.required(typename, &it.selection_set, into, seen);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

fn inner(field: &Field) -> &str {
    let mut kind = &field.field_type;
    loop {
        match kind {
            graphql_tools::static_graphql::schema::Type::NamedType(name) => return name,
            graphql_tools::static_graphql::schema::Type::ListType(inner)
            | graphql_tools::static_graphql::schema::Type::NonNullType(inner) => kind = inner,
        }
    }
}
