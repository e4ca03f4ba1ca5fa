//! Which fields an object of a type answers: `CollectFields` over the client's
//! operation, done once per field and run-time type instead of once per object.

use std::{cell::RefCell, rc::Rc};

use graphql_tools::{
    parser::query::TypeCondition,
    static_graphql::query::{Selection as Item, SelectionSet},
};
use hive_router_query_planner::state::supergraph_state::TypeNode;

use crate::{
    authorize::{Cause, Denied},
    plan::Renamed,
    supergraph::{Schema, TypeInfo, TypeKind},
};

/// What the client selected.
#[derive(Debug)]
pub enum Selection {
    Field {
        key: String,
        /// The key as it is written, with its quotes and colon.
        label: Box<str>,
        /// Where the data has it; None where that is the key.
        read: Option<String>,
        name: String,
        below: Vec<Selection>,
    },
    Fragment {
        /// None holds for every type.
        condition: Option<String>,
        below: Vec<Selection>,
    },
}

/// Compiles a selection, in the order the client wrote it. `renamed` knows the
/// keys that are ours.
pub fn compile(set: &SelectionSet, renamed: &Renamed) -> Vec<Selection> {
    let items = set.items.iter().filter_map(|item| match item {
        Item::Field(field) => {
            let read = field.alias.as_ref().unwrap_or(&field.name);
            let own = renamed.get(read);
            let key = own.unwrap_or(read).clone();
            Some(Selection::Field {
                label: format!("\"{key}\":").into(),
                key,
                read: own.is_some().then(|| read.clone()),
                name: field.name.clone(),
                below: compile(&field.selection_set, renamed),
            })
        }
        Item::InlineFragment(it) => {
            let condition = it.type_condition.as_ref();
            Some(Selection::Fragment {
                condition: condition.map(|TypeCondition::On(name)| name.clone()),
                below: compile(&it.selection_set, renamed),
            })
        }
        // All of them were opened.
        Item::FragmentSpread(_) => None,
    });
    items.collect()
}

/// About how many bytes a selection takes.
pub fn size(selections: &[Selection]) -> usize {
    let of = |selection: &Selection| match selection {
        Selection::Field {
            key, name, below, ..
        } => 2 * key.len() + name.len() + size(below),
        Selection::Fragment {
            condition, below, ..
        } => condition.as_ref().map_or(0, String::len) + size(below),
    };
    size_of_val(selections) + selections.iter().map(of).sum::<usize>()
}

/// The fields of one type.
#[derive(Debug)]
pub struct Shape<'p> {
    pub fields: Vec<ShapeField<'p>>,
    /// Whether the answer depends on the concrete type, and this is none: the
    /// client asked for `__typename`, or for fields of some members.
    pub needs_type: bool,
    denied: Option<&'p Denied>,
}

/// One field.
#[derive(Debug)]
pub struct ShapeField<'p> {
    pub key: &'p str,
    /// The key as it is written.
    pub label: &'p str,
    /// Its key in the data.
    pub read: &'p str,
    /// Whether its values are scalars, which are written as they came.
    pub is_scalar: bool,
    /// None for `__typename`.
    pub kind: Option<&'p TypeNode>,
    /// What its type is.
    pub info: Option<&'p TypeInfo>,
    /// Why the caller is not given it, where that is so.
    pub refused: Option<Cause>,
    denied: Option<&'p Denied>,
    below: Vec<&'p [Selection]>,
    known: RefCell<Vec<(String, Rc<Shape<'p>>)>>,
}

impl<'p> Shape<'p> {
    /// Collects the fields for objects of `typename`.
    pub fn collect(
        schema: &'p Schema,
        typename: &str,
        sets: &[&'p [Selection]],
        denied: Option<&'p Denied>,
    ) -> Self {
        let mut shape = Self {
            fields: Vec::new(),
            needs_type: false,
            denied,
        };
        for set in sets {
            shape.add(schema, typename, set);
        }
        shape
    }

    fn add(&mut self, schema: &'p Schema, typename: &str, set: &'p [Selection]) {
        for item in set {
            match item {
                Selection::Field {
                    key,
                    label,
                    read,
                    name,
                    below,
                } => {
                    if let Some(field) = self.fields.iter_mut().find(|field| field.key == key) {
                        field.below.push(below);
                        continue;
                    }
                    let kind = if name == "__typename" {
                        self.needs_type = true;
                        None
                    } else {
                        let Some(kind) = schema.field(typename, name) else {
                            continue;
                        };
                        Some(kind)
                    };
                    let info = kind.and_then(|kind| schema.get(kind.inner_type()));
                    let scalar = |info: &TypeInfo| matches!(info.kind, TypeKind::Scalar);
                    self.fields.push(ShapeField {
                        key,
                        label,
                        is_scalar: info.is_some_and(scalar) && !kind.is_some_and(TypeNode::is_list),
                        read: read.as_deref().unwrap_or(key),
                        kind,
                        info,
                        refused: self.denied.and_then(|denied| denied.field(typename, name)),
                        denied: self.denied,
                        below: vec![below],
                        known: RefCell::default(),
                    });
                }
                Selection::Fragment { condition, below } => {
                    let fits = condition
                        .as_ref()
                        .is_none_or(|condition| schema.is_subtype(typename, condition));
                    let may_fit = |condition: &String| schema.overlaps(typename, condition);
                    if !fits && condition.as_ref().is_some_and(may_fit) {
                        self.needs_type = true;
                    }
                    if fits {
                        self.add(schema, typename, below);
                    }
                }
            }
        }
    }
}

impl<'p> ShapeField<'p> {
    /// The shape of the field's objects of a type.
    pub fn shape(&self, schema: &'p Schema, typename: &str) -> Rc<Shape<'p>> {
        if let Some((_, shape)) = self
            .known
            .borrow()
            .iter()
            .find(|(name, _)| name == typename)
        {
            return Rc::clone(shape);
        }
        let shape = Rc::new(Shape::collect(schema, typename, &self.below, self.denied));
        self.known
            .borrow_mut()
            .push((typename.to_owned(), Rc::clone(&shape)));
        shape
    }

    /// Whether nothing is selected in any object the field can hold. The plan
    /// may leave such a field out; its answer is `{}`, not null.
    pub fn is_vacuous(&self, schema: &'p Schema) -> bool {
        let (Some(kind), Some(info)) = (self.kind, self.info) else {
            return false;
        };
        !kind.is_list()
            && !info.possible.is_empty()
            && info
                .possible
                .iter()
                .all(|name| self.shape(schema, name).fields.is_empty())
    }
}
