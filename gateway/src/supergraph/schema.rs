//! What the stages ask about types: kinds, fields, members, enum values, and
//! whether a client may see them.

use std::collections::{HashMap, HashSet};

use graphql_tools::static_graphql::{
    query::SelectionSet,
    schema::{Definition, Document, TypeDefinition, Value},
};
use hive_router_query_planner::state::supergraph_state::TypeNode;

use super::{
    joins::{WithArguments, object_keys, required_with_arguments, stand_ins, varying},
    reached,
};

/// An input field or an argument.
#[derive(Clone, Debug)]
pub struct InputField {
    pub kind: TypeNode,
    pub has_default: bool,
}

/// What a type is.
#[derive(Clone, Debug)]
pub enum TypeKind {
    Object {
        fields: HashMap<String, TypeNode>,
    },
    Interface {
        fields: HashMap<String, TypeNode>,
    },
    Union,
    Enum {
        values: HashSet<String>,
    },
    Scalar,
    Input {
        fields: HashMap<String, InputField>,
        one_of: bool,
    },
}

/// One type of the supergraph.
#[derive(Clone, Debug)]
pub struct TypeInfo {
    pub kind: TypeKind,
    /// Whether clients may see it.
    pub accessible: bool,
    /// The objects a value of this type can be.
    pub possible: HashSet<String>,
}

/// All types by name.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    types: HashMap<String, TypeInfo>,
    pub query: String,
    pub mutation: Option<String>,
    pub subscription: Option<String>,
    /// Whether some object is hidden from clients: only then must run-time
    /// types be asked for that the client did not select.
    pub has_hidden_objects: bool,
    /// The names of all fields.
    field_names: HashSet<String>,
    /// Interface → the keys by which some subgraph knows it as one object.
    object_keys: HashMap<String, Vec<SelectionSet>>,
    required_with_arguments: WithArguments,
    /// Service → object it does not know → the interface it knows instead.
    stand_ins: HashMap<String, HashMap<String, String>>,
    /// Type → fields whose type is another one in some subgraph.
    varying: HashMap<String, HashSet<String>>,
}

impl Schema {
    /// Reads the supergraph; `api` is the part of it that clients see.
    pub fn new(supergraph: &Document, api: &Document) -> Self {
        let visible = Self::index(api);
        let mut schema = Self {
            types: Self::index(supergraph),
            query: api.query_type().name.clone(),
            mutation: api.mutation_type().map(|object| object.name.clone()),
            subscription: api.subscription_type().map(|object| object.name.clone()),
            has_hidden_objects: false,
            field_names: HashSet::new(),
            object_keys: object_keys(supergraph),
            required_with_arguments: required_with_arguments(supergraph),
            stand_ins: HashMap::new(),
            varying: varying(supergraph),
        };
        for info in schema.types.values() {
            if let TypeKind::Object { fields } | TypeKind::Interface { fields } = &info.kind {
                schema.field_names.extend(fields.keys().cloned());
            }
        }
        // Clients are held to what they see: hidden fields, values and inputs
        // are gone, hidden types stay known only to be recognised at run time.
        for (name, info) in &mut schema.types {
            match visible.get(name) {
                Some(seen) => info.kind = seen.kind.clone(),
                None => info.accessible = false,
            }
        }
        for (name, seen) in visible {
            schema.types.entry(name).or_insert(seen);
        }
        schema.stand_ins = stand_ins(supergraph, &schema);
        schema.has_hidden_objects = schema.types.iter().any(|(name, info)| {
            !info.accessible && matches!(info.kind, TypeKind::Object { .. }) && !name.contains("__")
        });
        schema
    }

    fn index(document: &Document) -> HashMap<String, TypeInfo> {
        let mut types = HashMap::new();
        let mut members: Vec<(String, String)> = Vec::new();
        for definition in &document.definitions {
            let Definition::TypeDefinition(definition) = definition else {
                continue;
            };
            let (name, kind) = match definition {
                TypeDefinition::Object(object) => {
                    members.push((object.name.clone(), object.name.clone()));
                    let interfaces = object.implements_interfaces.iter();
                    members.extend(interfaces.map(|name| (name.clone(), object.name.clone())));
                    let fields = object.fields.iter();
                    let fields = fields
                        .map(|f| (f.name.clone(), (&f.field_type).into()))
                        .collect();
                    (&object.name, TypeKind::Object { fields })
                }
                TypeDefinition::Interface(interface) => {
                    let fields = interface.fields.iter();
                    let fields = fields
                        .map(|f| (f.name.clone(), (&f.field_type).into()))
                        .collect();
                    (&interface.name, TypeKind::Interface { fields })
                }
                TypeDefinition::Union(union) => {
                    members.extend(union.types.iter().map(|m| (union.name.clone(), m.clone())));
                    (&union.name, TypeKind::Union)
                }
                TypeDefinition::Enum(list) => {
                    let values = list.values.iter().map(|value| value.name.clone()).collect();
                    (&list.name, TypeKind::Enum { values })
                }
                TypeDefinition::Scalar(scalar) => (&scalar.name, TypeKind::Scalar),
                TypeDefinition::InputObject(input) => {
                    let fields = input.fields.iter().map(|field| {
                        let has_default = field
                            .default_value
                            .as_ref()
                            .is_some_and(|v| !matches!(v, Value::Null));
                        let kind = (&field.value_type).into();
                        (field.name.clone(), InputField { kind, has_default })
                    });
                    let one_of = input.directives.iter().any(|found| found.name == "oneOf");
                    (
                        &input.name,
                        TypeKind::Input {
                            fields: fields.collect(),
                            one_of,
                        },
                    )
                }
            };
            let info = TypeInfo {
                kind,
                accessible: true,
                possible: HashSet::new(),
            };
            types.insert(name.clone(), info);
        }
        for (name, member) in members {
            if let Some(info) = types.get_mut(&name) {
                info.possible.insert(member);
            }
        }
        types
    }

    pub fn get(&self, name: &str) -> Option<&TypeInfo> {
        self.types.get(name)
    }

    /// The type of a field as a client sees it.
    pub fn field(&self, parent: &str, field: &str) -> Option<&TypeNode> {
        match &self.types.get(parent)?.kind {
            TypeKind::Object { fields } | TypeKind::Interface { fields } => fields.get(field),
            _ => None,
        }
    }

    /// What the objects of a field are; known also of the fields by which a plan
    /// begins at entities.
    pub fn below<'s>(&'s self, parent: &str, field: &'s str) -> Option<&'s str> {
        let kind = self.field(parent, field).map(TypeNode::inner_type);
        kind.or_else(|| reached::entity(field))
    }

    /// Whether some type has a field of this name.
    pub fn is_field_name(&self, name: &str) -> bool {
        self.field_names.contains(name)
    }

    /// Whether some subgraph gives the field another type than the graph does.
    pub fn varies(&self, parent: &str, field: &str) -> bool {
        self.varying
            .get(parent)
            .is_some_and(|fields| fields.contains(field))
    }

    /// The keys by which some subgraph knows an interface as one object.
    pub fn object_keys(&self, interface: &str) -> &[SelectionSet] {
        self.object_keys.get(interface).map_or(&[], Vec::as_slice)
    }

    /// Whether some `@requires` asks for a field of this name with arguments.
    pub fn is_required_with_arguments(&self, field: &str) -> bool {
        self.required_with_arguments.fields.contains(field)
    }

    /// Whether some `@requires` comes to such a field by one of this name.
    pub fn leads_to_required_with_arguments(&self, field: &str) -> bool {
        self.required_with_arguments.ways.contains(field)
    }

    /// What a service calls objects of a type that it does not know.
    pub fn stand_in(&self, service: &str, typename: &str) -> Option<&str> {
        let of_service = self.stand_ins.get(service)?;
        of_service.get(typename).map(String::as_str)
    }

    pub fn is_object(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|info| matches!(info.kind, TypeKind::Object { .. }))
    }

    /// Whether values of the type are objects.
    pub fn has_selections(&self, name: &str) -> bool {
        self.is_object(name) || self.is_abstract(name)
    }

    pub fn is_abstract(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|info| matches!(info.kind, TypeKind::Interface { .. } | TypeKind::Union))
    }

    /// Whether every value of `name` is a value of `of`.
    pub fn is_subtype(&self, name: &str, of: &str) -> bool {
        if name == of {
            return true;
        }
        let (Some(info), Some(of)) = (self.get(name), self.get(of)) else {
            return false;
        };
        !info.possible.is_empty() && info.possible.is_subset(&of.possible)
    }

    /// Whether some value can be of both.
    pub fn overlaps(&self, one: &str, other: &str) -> bool {
        if one == other {
            return true;
        }
        let (Some(one), Some(other)) = (self.get(one), self.get(other)) else {
            return false;
        };
        !one.possible.is_disjoint(&other.possible)
    }
}
