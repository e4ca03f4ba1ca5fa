//! The message for a query that gets stuck: which, where, and what would help.

use hive_router_query_planner::state::supergraph_state::{
    SupergraphDefinition, SupergraphField, SupergraphState,
};

use super::{Graphs, Stand};
use crate::compose::Problem;

/// The problem of a field that cannot be reached.
pub fn problem(
    state: &SupergraphState,
    stand: &Stand,
    reach: &Graphs,
    definition: &SupergraphDefinition,
    field: &SupergraphField,
) -> Problem {
    let name_of = |id: &String| state.known_subgraphs.get(id).unwrap_or(id).clone();
    let list = |ids: &mut dyn Iterator<Item = &String>| {
        let mut names: Vec<_> = ids.map(name_of).collect();
        names.sort();
        names
    };
    let owners = field.resolvable_in_graphs(definition);
    let (from, to) = (list(&mut stand.graphs.iter()), list(&mut owners.iter()));
    let mut way = stand.way.clone();
    way.push(field.name.clone());
    let query = format!(
        "{} {{ {} {}",
        stand.root,
        way.join(" { "),
        "}".repeat(way.len())
    );
    let (coordinate, typename) = (
        format!("{}.{}", stand.typename, field.name),
        &stand.typename,
    );
    let (from_text, to_text) = (from.join(", "), to.join(", "));
    let mut subgraphs: Vec<_> = from.iter().chain(&to).cloned().collect();
    subgraphs.sort();
    subgraphs.dedup();
    // The owner is within reach, but lacks what it computes the field from.
    let lacking = field.join_field.iter().find_map(|join| {
        let graph = join
            .graph_id
            .as_ref()
            .filter(|graph| reach.contains(*graph))?;
        Some((name_of(graph), join.requires.as_ref()?))
    });
    if let Some((owner, requires)) = lacking {
        return Problem {
            subgraphs,
            zh: format!(
                "查询「{query}」无法解析:子图 {owner} 的字段 {coordinate} 要求 \
                 @requires(fields: \"{requires}\"),但从子图 {from_text} 的 {typename} 出发,\
                 其他可到达的子图都不能给出这些字段。请为 {typename} 声明能到达其所有者的 @key"
            ),
            en: format!(
                "the query \"{query}\" cannot be resolved: {coordinate} of {owner} has \
                 @requires(fields: \"{requires}\"), and no subgraph that can be reached from \
                 {typename} in {from_text} gives these fields. Give {typename} a @key that leads \
                 to their owner"
            ),
        };
    }
    Problem {
        subgraphs,
        zh: format!(
            "查询「{query}」无法解析:字段 {coordinate} 由子图 {to_text} 提供,\
             但从子图 {from_text} 的 {typename} 无法到达那里。请在 {to_text} 中为 {typename} \
             声明一个 {from_text} 也能给出的 @key,或在 {from_text} 中也解析该字段(@shareable)"
        ),
        en: format!(
            "the query \"{query}\" cannot be resolved: {coordinate} is resolved by {to_text}, \
             which cannot be reached from {typename} in {from_text}. Give {typename} a resolvable \
             @key in {to_text} whose fields {from_text} has, or resolve the field in {from_text} \
             too (@shareable)"
        ),
    }
}
