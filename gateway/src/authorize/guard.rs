//! Which guarded types and fields an operation touches.

use std::collections::BTreeMap;

use graphql_tools::{
    parser::query::TypeCondition,
    static_graphql::query::{Selection, SelectionSet},
};

use super::{Requirement, Rules};
use crate::supergraph::Schema;

/// Something guarded: a type, or a field of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    pub typename: String,
    pub field: Option<String>,
    pub requirement: Requirement,
}

/// All guards of a selection whose fragments are opened, in a fixed order.
pub fn guards(schema: &Schema, rules: &Rules, root: &str, set: &SelectionSet) -> Vec<Guard> {
    if rules.is_empty() {
        return Vec::new();
    }
    let mut finder = Finder {
        schema,
        rules,
        found: BTreeMap::new(),
    };
    finder.visit(root, set);
    finder.found.into_values().collect()
}

struct Finder<'r> {
    schema: &'r Schema,
    rules: &'r Rules,
    found: BTreeMap<(String, Option<String>), Guard>,
}

impl Finder<'_> {
    fn visit(&mut self, parent: &str, set: &SelectionSet) {
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    self.field(parent, &field.name);
                    let possible = self
                        .schema
                        .get(parent)
                        .filter(|_| self.schema.is_abstract(parent));
                    for member in possible.into_iter().flat_map(|info| &info.possible) {
                        self.field(member, &field.name);
                    }
                    let Some(kind) = self.schema.field(parent, &field.name) else {
                        continue;
                    };
                    let below = kind.inner_type();
                    if self.schema.is_abstract(below) {
                        for member in self
                            .schema
                            .get(below)
                            .into_iter()
                            .flat_map(|info| &info.possible)
                        {
                            let requirement = self.rules.of_type(member).cloned();
                            self.found(member, None, requirement);
                        }
                    }
                    self.visit(below, &field.selection_set);
                }
                Selection::InlineFragment(it) => {
                    let condition = match &it.type_condition {
                        Some(TypeCondition::On(name)) => name,
                        None => parent,
                    };
                    self.visit(condition, &it.selection_set);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, typename: &str, field: &str) {
        let requirement = self.rules.of_field(typename, field).cloned();
        self.found(typename, Some(field), requirement);
    }

    fn found(&mut self, typename: &str, field: Option<&str>, requirement: Option<Requirement>) {
        if let Some(requirement) = requirement {
            let (typename, field) = (typename.to_owned(), field.map(str::to_owned));
            let guard = Guard {
                typename: typename.clone(),
                field: field.clone(),
                requirement,
            };
            self.found.insert((typename, field), guard);
        }
    }
}
