//! An operation without what is denied. What stays is planned; the projection
//! knows the whole and nulls the rest.

use graphql_tools::{
    parser::query::TypeCondition,
    static_graphql::query::{Definition, Document, Field, InlineFragment, Selection, SelectionSet},
};

use super::Denied;
use crate::{plan::selection_mut, supergraph::Schema};

/// Takes what is denied out of an operation whose fragments are opened.
pub fn filter(schema: &Schema, denied: &Denied, root: &str, document: &mut Document) {
    let filter = Filter { schema, denied };
    for definition in &mut document.definitions {
        if let Definition::Operation(operation) = definition {
            filter.set(root, selection_mut(operation));
        }
    }
}

struct Filter<'f> {
    schema: &'f Schema,
    denied: &'f Denied,
}

impl Filter<'_> {
    fn set(&self, parent: &str, set: &mut SelectionSet) {
        let mut kept = Vec::with_capacity(set.items.len());
        for item in std::mem::take(&mut set.items) {
            match item {
                Selection::Field(field) => self.field(parent, field, &mut kept),
                Selection::InlineFragment(mut it) => {
                    let condition = match &it.type_condition {
                        Some(TypeCondition::On(name)) => name.clone(),
                        None => parent.to_owned(),
                    };
                    if self.denied.of_type(&condition).is_none() {
                        self.set(&condition, &mut it.selection_set);
                        kept.push(Selection::InlineFragment(it));
                    }
                }
                // All of them were opened.
                Selection::FragmentSpread(_) => {}
            }
        }
        set.items = kept;
    }

    fn field(&self, parent: &str, mut field: Field, kept: &mut Vec<Selection>) {
        if self.denied.field(parent, &field.name).is_some() {
            return;
        }
        if let Some(kind) = self.schema.field(parent, &field.name)
            && !field.selection_set.items.is_empty()
        {
            self.set(kind.inner_type(), &mut field.selection_set);
        }
        if !self.schema.is_abstract(parent) {
            kept.push(Selection::Field(field));
            return;
        }
        let members = self
            .schema
            .get(parent)
            .into_iter()
            .flat_map(|info| &info.possible);
        let is_denied = |member: &&String| {
            self.denied.of_type(member).is_some()
                || self.denied.field(member, &field.name).is_some()
        };
        let (out, within): (Vec<_>, Vec<_>) = members.partition(is_denied);
        if out.is_empty() || field.name == "__typename" {
            kept.push(Selection::Field(field));
            return;
        }
        // Members differ: the field is asked of those that may be seen.
        let mut within: Vec<_> = within
            .into_iter()
            .filter(|name| self.schema.get(name).is_some_and(|info| info.accessible))
            .collect();
        within.sort();
        for member in within {
            kept.push(Selection::InlineFragment(InlineFragment {
                position: field.position,
                type_condition: Some(TypeCondition::On(member.clone())),
                directives: Vec::new(),
                selection_set: SelectionSet {
                    span: field.selection_set.span,
                    items: vec![Selection::Field(field.clone())],
                },
            }));
        }
    }
}
