//! One operation through the planner.

use graphql_tools::static_graphql::query::{Definition, Document};
use hive_router_query_planner::{
    ast::{
        normalization::normalize_operation, selection_item::SelectionItem,
        selection_set::SelectionSet,
    },
    graph::PlannerOverrideContext,
    planner::{Planner, PlannerError, plan_nodes::PlanNode},
    utils::cancellation::CancellationToken,
};

use super::{broken, hidden, open, too_slow};
use crate::{error::Rejection, supergraph::Schema};

/// What an operation is planned with.
#[derive(Clone, Copy)]
pub struct Desk<'g> {
    pub planner: &'g Planner,
    pub schema: &'g Schema,
    /// Whether the names of types are asked for that decide what is shown.
    pub names: bool,
    /// Ends the planner when its time is up.
    pub token: &'g CancellationToken,
}

impl Desk<'_> {
    /// Plans an operation that is opened; None where nothing is to be asked.
    pub fn plan(self, root: &str, mut document: Document) -> Result<Option<PlanNode>, Rejection> {
        for definition in &mut document.definitions {
            if let Definition::Operation(operation) = definition {
                let set = open::selection_mut(operation);
                open::fill(self.schema, root, set);
                // An operation of which nothing is left cannot be planned.
                if set.items.is_empty() {
                    return Ok(None);
                }
            }
        }
        let normalized = normalize_operation(&self.planner.supergraph, &document, None);
        let normalized = normalized.map_err(|error| {
            tracing::error!(%error, "normalisation failed");
            broken()
        })?;
        let mut operation = normalized.operation;
        // The gateway knows the root's name.
        drop_typename(&mut operation.selection_set);
        if operation.selection_set.items.is_empty() {
            return Ok(None);
        }
        if self.names {
            hidden::ask(self.schema, &mut operation);
        }
        let plan = self.planner.plan_from_normalized_operation(
            &operation,
            PlannerOverrideContext::default(),
            self.token,
        );
        match plan {
            Ok(plan) => Ok(plan.node),
            Err(PlannerError::CancellationError(_)) => Err(too_slow()),
            // A cancelled walk is reported in several wrappings.
            Err(_) if self.token.bail_if_cancelled().is_err() => Err(too_slow()),
            Err(error) => {
                tracing::debug!(%error, "the planner finds no plan");
                Err(broken())
            }
        }
    }
}

fn drop_typename(set: &mut SelectionSet) {
    set.items.retain_mut(|item| match item {
        SelectionItem::Field(field) => field.name != "__typename",
        SelectionItem::InlineFragment(fragment) => {
            drop_typename(&mut fragment.selections);
            !fragment.selections.items.is_empty()
        }
        SelectionItem::FragmentSpread(_) => true,
    });
}
