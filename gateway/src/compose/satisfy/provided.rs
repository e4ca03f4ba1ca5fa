//! What `@provides` hands out beside the owner.

use std::collections::HashSet;

use graphql_tools::static_graphql::query::{Selection, SelectionSet};
use hive_router_query_planner::state::supergraph_state::SupergraphState;

use crate::compose::fieldset;

/// Graph, type and field.
pub type Provided = HashSet<(String, String, String)>;

/// What `@provides` hands out, by graph, type and field.
pub fn provided(state: &SupergraphState) -> Provided {
    let mut provided = Provided::new();
    for definition in state.definitions.values() {
        for field in definition.fields().values() {
            for join in &field.join_field {
                let (Some(graph), Some(text)) = (&join.graph_id, &join.provides) else {
                    continue;
                };
                if let Some(set) = fieldset::parse(text) {
                    hand_out(
                        state,
                        graph,
                        field.field_type.inner_type(),
                        &set,
                        &mut provided,
                    );
                }
            }
        }
    }
    provided
}

fn hand_out(
    state: &SupergraphState,
    graph: &str,
    typename: &str,
    set: &SelectionSet,
    provided: &mut Provided,
) {
    for item in &set.items {
        match item {
            Selection::Field(it) => {
                let members = state.interface_members(typename).into_iter().flatten();
                for name in members.map(String::as_str).chain([typename]) {
                    provided.insert((graph.to_owned(), name.to_owned(), it.name.clone()));
                }
                if let Some(below) = state.field_return_type_name(typename, &it.name) {
                    hand_out(state, graph, below, &it.selection_set, provided);
                }
            }
            Selection::InlineFragment(it) => {
                let condition = it.type_condition.as_ref();
                let name = condition.map_or(typename, |condition| condition.as_ref().as_str());
                hand_out(state, graph, name, &it.selection_set, provided);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}
