//! Response keys that no plan can confuse.
//!
//! A client may name a field as another field of the same type is called
//! (`id: name`), or even `__typename`. The tree that answers are merged in would
//! then hold the one where a later call looks for the other. And a key whose
//! type differs between subgraphs, selected in several members of an abstract
//! type, makes a document that its subgraph must refuse. Such fields travel
//! under keys of our own; the projection and error paths give back the client's.

use std::collections::HashMap;

use graphql_tools::{
    parser::query::TypeCondition,
    static_graphql::query::{Definition, Document, Field, Selection, SelectionSet},
};

use super::open::selection_mut;
use crate::supergraph::Schema;

/// Our key → the client's.
pub type Renamed = HashMap<String, String>;

/// Gives the fields of a document keys that are safe.
pub fn rename(schema: &Schema, root: &str, document: &mut Document) -> Renamed {
    let mut renamed = Renamed::new();
    for definition in &mut document.definitions {
        if let Definition::Operation(operation) = definition {
            let set = selection_mut(operation);
            visit(schema, root, set, &mut renamed);
        }
    }
    renamed
}

fn visit(schema: &Schema, parent: &str, set: &mut SelectionSet, renamed: &mut Renamed) {
    for item in &mut set.items {
        match item {
            Selection::Field(field) => {
                if let Some(ours) = safe_key(schema, parent, field) {
                    let key = field.alias.as_ref().unwrap_or(&field.name).clone();
                    field.alias = Some(ours.clone());
                    renamed.insert(ours, key);
                }
                if let Some(kind) = schema.field(parent, &field.name) {
                    visit(schema, kind.inner_type(), &mut field.selection_set, renamed);
                }
            }
            Selection::InlineFragment(it) => {
                let condition = match &it.type_condition {
                    Some(TypeCondition::On(name)) => name.clone(),
                    None => parent.to_owned(),
                };
                visit(schema, &condition, &mut it.selection_set, renamed);
            }
            // All of them were opened.
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn safe_key(schema: &Schema, parent: &str, field: &Field) -> Option<String> {
    let key = field.alias.as_ref().unwrap_or(&field.name);
    let kind = schema.field(parent, &field.name);
    let is_leaf = kind.is_some_and(|kind| !schema.has_selections(kind.inner_type()));
    if is_leaf && schema.is_object(parent) && schema.varies(parent, &field.name) {
        return Some(format!("_in_{parent}_{key}"));
    }
    // The planner loses track of a required field with arguments of its own
    // beside one that the client asks for with others; and what a computed field
    // requires of another object shall not stand in the object of the client.
    if schema.is_required_with_arguments(&field.name)
        || schema.leads_to_required_with_arguments(&field.name)
    {
        return Some(format!("_as_{key}"));
    }
    // What begins like our own keys is no exception from the rule.
    let confusable = *key != field.name && (key.starts_with('_') || schema.is_field_name(key));
    confusable.then(|| format!("_as_{key}"))
}
