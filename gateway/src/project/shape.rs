//! Which fields an object of a type answers: `CollectFields` over the normalised
//! operation, done once per field and run-time type instead of once per object.

use std::{cell::RefCell, rc::Rc};

use hive_router_query_planner::{
    ast::{selection_item::SelectionItem, selection_set::SelectionSet},
    state::supergraph_state::TypeNode,
};
use serde_json::{Map, Value as Json};

use crate::supergraph::Schema;

/// What the client selected.
#[derive(Debug)]
pub enum Selection {
    Field {
        key: String,
        name: String,
        when: When,
        below: Vec<Selection>,
    },
    Fragment {
        condition: String,
        when: When,
        below: Vec<Selection>,
    },
}

/// `@skip` and `@include` by variables; literal ones are gone already.
#[derive(Debug, Default)]
pub struct When {
    skip: Option<String>,
    include: Option<String>,
}

impl When {
    fn holds(&self, variables: &Map<String, Json>) -> bool {
        let is = |name: &String| variables.get(name) == Some(&Json::Bool(true));
        !self.skip.as_ref().is_some_and(is) && self.include.as_ref().is_none_or(is)
    }
}

/// Compiles a normalised selection.
pub fn compile(set: &SelectionSet) -> Vec<Selection> {
    let items = set.items.iter().filter_map(|item| match item {
        SelectionItem::Field(field) if field.omit_from_response => None,
        SelectionItem::Field(field) => Some(Selection::Field {
            key: field.selection_identifier().to_owned(),
            name: field.name.clone(),
            when: When {
                skip: field.skip_if.clone(),
                include: field.include_if.clone(),
            },
            below: compile(&field.selections),
        }),
        SelectionItem::InlineFragment(fragment) => Some(Selection::Fragment {
            condition: fragment.type_condition.clone(),
            when: When {
                skip: fragment.skip_if.clone(),
                include: fragment.include_if.clone(),
            },
            below: compile(&fragment.selections),
        }),
        // Normalisation has opened all spreads.
        SelectionItem::FragmentSpread(_) => None,
    });
    items.collect()
}

/// About how many bytes a selection takes.
pub fn size(selections: &[Selection]) -> usize {
    let of = |selection: &Selection| match selection {
        Selection::Field {
            key, name, below, ..
        } => key.len() + name.len() + size(below),
        Selection::Fragment {
            condition, below, ..
        } => condition.len() + size(below),
    };
    size_of_val(selections) + selections.iter().map(of).sum::<usize>()
}

/// The fields of one type.
#[derive(Debug)]
pub struct Shape<'p> {
    pub fields: Vec<ShapeField<'p>>,
    /// Whether the client asked for `__typename`.
    pub names_type: bool,
}

/// One field.
#[derive(Debug)]
pub struct ShapeField<'p> {
    pub key: &'p str,
    /// None for `__typename`.
    pub kind: Option<&'p TypeNode>,
    below: Vec<&'p [Selection]>,
    known: RefCell<Vec<(String, Rc<Shape<'p>>)>>,
}

impl<'p> Shape<'p> {
    /// Collects the fields for objects of `typename`.
    pub fn collect(
        schema: &'p Schema,
        variables: &Map<String, Json>,
        typename: &str,
        sets: &[&'p [Selection]],
    ) -> Self {
        let mut shape = Self {
            fields: Vec::new(),
            names_type: false,
        };
        for set in sets {
            shape.add(schema, variables, typename, set);
        }
        shape
    }

    fn add(
        &mut self,
        schema: &'p Schema,
        variables: &Map<String, Json>,
        typename: &str,
        set: &'p [Selection],
    ) {
        for item in set {
            match item {
                Selection::Field {
                    key,
                    name,
                    when,
                    below,
                } => {
                    if !when.holds(variables) {
                        continue;
                    }
                    if let Some(field) = self.fields.iter_mut().find(|field| field.key == key) {
                        field.below.push(below);
                        continue;
                    }
                    let kind = if name == "__typename" {
                        self.names_type = true;
                        None
                    } else {
                        let Some(kind) = schema.field(typename, name) else {
                            continue;
                        };
                        Some(kind)
                    };
                    self.fields.push(ShapeField {
                        key,
                        kind,
                        below: vec![below],
                        known: RefCell::default(),
                    });
                }
                Selection::Fragment {
                    condition,
                    when,
                    below,
                } => {
                    if when.holds(variables) && schema.is_subtype(typename, condition) {
                        self.add(schema, variables, typename, below);
                    }
                }
            }
        }
    }
}

impl<'p> ShapeField<'p> {
    /// The shape of the field's objects of a type.
    pub fn shape(
        &self,
        schema: &'p Schema,
        variables: &Map<String, Json>,
        typename: &str,
    ) -> Rc<Shape<'p>> {
        if let Some((_, shape)) = self
            .known
            .borrow()
            .iter()
            .find(|(name, _)| name == typename)
        {
            return Rc::clone(shape);
        }
        let shape = Rc::new(Shape::collect(schema, variables, typename, &self.below));
        self.known
            .borrow_mut()
            .push((typename.to_owned(), Rc::clone(&shape)));
        shape
    }

    /// Whether nothing is selected in any object the field can hold. The plan
    /// may leave such a field out; its answer is `{}`, not null.
    pub fn is_vacuous(&self, schema: &'p Schema, variables: &Map<String, Json>) -> bool {
        let Some(kind) = self.kind else { return false };
        let Some(info) = schema.get(kind.inner_type()) else {
            return false;
        };
        !kind.is_list()
            && !info.possible.is_empty()
            && info
                .possible
                .iter()
                .all(|name| self.shape(schema, variables, name).fields.is_empty())
    }
}
