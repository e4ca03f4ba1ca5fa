//! Types that clients must not see can still arrive in an abstract field. Where
//! a supergraph has such types, the plan asks for `__typename` everywhere it
//! could matter, so that the projection notices.

use hive_router_query_planner::{
    ast::{
        operation::OperationDefinition,
        selection_item::SelectionItem,
        selection_set::{FieldSelection, SelectionSet},
    },
    state::supergraph_state::OperationKind,
};

use crate::supergraph::Schema;

/// Adds `__typename` to the selections of abstract fields.
pub fn ask(schema: &Schema, operation: &mut OperationDefinition) {
    let root = match operation.operation_kind {
        Some(OperationKind::Mutation) => schema.mutation.as_deref(),
        Some(OperationKind::Subscription) => schema.subscription.as_deref(),
        _ => Some(schema.query.as_str()),
    };
    if let Some(root) = root {
        visit(schema, root, &mut operation.selection_set);
    }
}

fn visit(schema: &Schema, parent: &str, set: &mut SelectionSet) {
    for item in &mut set.items {
        match item {
            SelectionItem::Field(field) => {
                let Some(name) = schema.below(parent, &field.name) else {
                    continue;
                };
                visit(schema, name, &mut field.selections);
                let asked = field.selections.items.iter().any(|item| {
                    matches!(item, SelectionItem::Field(it)
                        if it.name == "__typename" && it.alias.is_none()
                            && it.skip_if.is_none() && it.include_if.is_none())
                });
                if schema.is_abstract(name) && !asked {
                    let typename = FieldSelection::new_skipped_typename();
                    field
                        .selections
                        .items
                        .insert(0, SelectionItem::Field(typename));
                }
            }
            SelectionItem::InlineFragment(fragment) => {
                let condition = fragment.type_condition.clone();
                visit(schema, &condition, &mut fragment.selections);
            }
            SelectionItem::FragmentSpread(_) => {}
        }
    }
}
