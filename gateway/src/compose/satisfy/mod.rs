//! Can every query that the graph admits be answered?
//!
//! We walk the graph as a client could. At each type we know in which subgraphs
//! the position may stand; key jumps widen that set; each field must then be
//! resolvable in one of them. The first query that gets stuck is named.
//!
//! Two things are taken on trust, so that no good graph is refused: a field that
//! some `@provides` of the same subgraph hands out counts as resolvable there,
//! and objects behind an `@interfaceObject` may take its fields.

mod provided;
mod unresolved;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
};

use graphql_tools::static_graphql::query::{Selection, SelectionSet};
use hive_router_query_planner::{
    state::supergraph_state::{SupergraphDefinition, SupergraphField, SupergraphState},
    utils::parsing::safe_parse_schema,
};

use self::provided::{Provided, provided};
use super::{Problem, fieldset};

/// Problems of one composition; the rest would repeat them.
const SHOWN: usize = 10;

type Graphs = BTreeSet<String>;

/// A position of a client's query.
#[derive(Clone, Debug)]
struct Stand {
    typename: String,
    graphs: Graphs,
    /// The fields on the way, from the root.
    way: Vec<String>,
    root: &'static str,
}

/// Refuses a supergraph in which some query cannot be answered.
pub fn check(supergraph: &str) -> Result<(), Vec<Problem>> {
    let document = safe_parse_schema(supergraph).map_err(|error| {
        let detail = error.to_string();
        vec![Problem {
            subgraphs: Vec::new(),
            zh: detail.clone(),
            en: detail,
        }]
    })?;
    // The planner reports some broken schemas by panicking.
    let state = catch_unwind(AssertUnwindSafe(|| SupergraphState::new(&document)));
    let state = state.map_err(|_| {
        vec![Problem {
            subgraphs: Vec::new(),
            zh: "合成结果不符合 join 规范".to_owned(),
            en: "the composed graph does not follow the join spec".to_owned(),
        }]
    })?;
    let checker = Checker {
        provided: provided(&state),
        state: &state,
    };
    let problems = checker.walk();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

struct Checker<'s> {
    state: &'s SupergraphState,
    /// (graph, type, field) that some `@provides` hands out.
    provided: Provided,
}

impl Checker<'_> {
    fn walk(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen = HashSet::new();
        let mut reported = HashSet::new();
        let roots = [
            ("query", Some(&self.state.query_type)),
            ("mutation", self.state.mutation_type.as_ref()),
            ("subscription", self.state.subscription_type.as_ref()),
        ];
        let mut queue: VecDeque<Stand> = VecDeque::new();
        for (root, name) in roots {
            if let Some(definition) = name.and_then(|name| self.state.definitions.get(name)) {
                queue.push_back(Stand {
                    typename: definition.name().to_owned(),
                    graphs: graphs_of(definition),
                    way: Vec::new(),
                    root,
                });
            }
        }
        while let Some(stand) = queue.pop_front() {
            if !seen.insert((stand.typename.clone(), stand.graphs.clone())) {
                continue;
            }
            let Some(definition) = self.state.definitions.get(&stand.typename) else {
                continue;
            };
            let reach = self.reach(definition, &stand.graphs);
            let fields: BTreeMap<_, _> = definition.fields().iter().collect();
            for (name, field) in fields {
                if field.inaccessible {
                    continue;
                }
                let by = self.resolvers(definition, field, &reach);
                if by.is_empty() {
                    if self.is_on_trust(definition, field) {
                        continue;
                    }
                    if reported.insert((stand.typename.clone(), name.clone())) {
                        let problem =
                            unresolved::problem(self.state, &stand, &reach, definition, field);
                        problems.push(problem);
                        if problems.len() == SHOWN {
                            return problems;
                        }
                    }
                    continue;
                }
                self.enter(&stand, field, &by, &mut queue);
            }
        }
        problems
    }

    /// Goes through a field to the types it can answer.
    fn enter(
        &self,
        stand: &Stand,
        field: &SupergraphField,
        by: &Graphs,
        queue: &mut VecDeque<Stand>,
    ) {
        let name = field.field_type.inner_type();
        let Some(definition) = self.state.definitions.get(name) else {
            return;
        };
        let mut way = stand.way.clone();
        way.push(field.name.clone());
        let mut push = |typename: &str, graphs: Graphs, way: Vec<String>| {
            if !graphs.is_empty() {
                queue.push_back(Stand {
                    typename: typename.to_owned(),
                    graphs,
                    way,
                    root: stand.root,
                });
            }
        };
        match definition {
            SupergraphDefinition::Object(_) => push(name, by.clone(), way),
            SupergraphDefinition::Union(union) => {
                for member in &union.types {
                    let members = union.union_members.iter();
                    let graphs = members
                        .filter(|it| it.member == *member)
                        .map(|it| it.graph.clone());
                    let graphs: Graphs = graphs.collect();
                    let mut way = way.clone();
                    way.push(format!("... on {member}"));
                    push(member, by.intersection(&graphs).cloned().collect(), way);
                }
            }
            SupergraphDefinition::Interface(_) => {
                for member in self.state.interface_members(name).into_iter().flatten() {
                    let Some(object) = self.state.definitions.get(member) else {
                        continue;
                    };
                    let implements = object.join_implements().iter();
                    let graphs = implements
                        .filter(|it| it.interface == name)
                        .map(|it| it.graph_id.clone());
                    let graphs: Graphs = graphs.collect();
                    let mut way = way.clone();
                    way.push(format!("... on {member}"));
                    push(member, by.intersection(&graphs).cloned().collect(), way);
                }
            }
            _ => {}
        }
    }

    /// The graphs reachable from `graphs` by key jumps.
    fn reach(&self, definition: &SupergraphDefinition, graphs: &Graphs) -> Graphs {
        let mut reach = graphs.clone();
        if definition.try_into_root_type().is_some() {
            reach.extend(graphs_of(definition));
            return reach;
        }
        loop {
            let before = reach.len();
            for join in definition.join_types() {
                if !join.resolvable || reach.contains(&join.graph_id) {
                    continue;
                }
                let key = join.key.as_deref().and_then(fieldset::parse);
                if key.is_some_and(|key| self.selects(definition, &reach, &key)) {
                    reach.insert(join.graph_id.clone());
                }
            }
            if reach.len() == before {
                return reach;
            }
        }
    }

    /// Whether a field set can be had from `graphs`.
    fn selects(
        &self,
        definition: &SupergraphDefinition,
        graphs: &Graphs,
        set: &SelectionSet,
    ) -> bool {
        set.items.iter().all(|item| match item {
            Selection::Field(it) if it.name == "__typename" => true,
            Selection::Field(it) => {
                let Some(field) = definition.fields().get(&it.name) else {
                    return false;
                };
                let mut by = self.resolvers(definition, field, graphs);
                by.extend(
                    graphs
                        .iter()
                        .filter(|graph| is_key_field(definition, graph, &it.name))
                        .cloned(),
                );
                if by.is_empty() {
                    return false;
                }
                let below = self.state.definitions.get(field.field_type.inner_type());
                it.selection_set.items.is_empty()
                    || below.is_some_and(|below| {
                        let reach = self.reach(below, &by);
                        self.selects(below, &reach, &it.selection_set)
                    })
            }
            Selection::InlineFragment(it) => {
                let condition = it.type_condition.as_ref().map(AsRef::as_ref);
                let target =
                    condition.map_or(Some(definition), |name| self.state.definitions.get(name));
                target.is_some_and(|target| self.selects(target, graphs, &it.selection_set))
            }
            Selection::FragmentSpread(_) => false,
        })
    }

    /// The graphs of `reach` that resolve the field.
    fn resolvers(
        &self,
        definition: &SupergraphDefinition,
        field: &SupergraphField,
        reach: &Graphs,
    ) -> Graphs {
        let mut resolvers: Graphs = field
            .resolvable_in_graphs(definition)
            .into_iter()
            .filter(|graph| reach.contains(graph))
            .collect();
        // A label decides at run time; both sides resolve the field.
        let labelled = field
            .join_field
            .iter()
            .filter(|it| it.override_label.is_some());
        resolvers.extend(
            labelled
                .filter_map(|it| it.graph_id.clone())
                .filter(|it| reach.contains(it)),
        );
        resolvers.retain(|graph| {
            let own = field
                .join_field
                .iter()
                .find(|it| it.graph_id.as_deref() == Some(graph));
            let requires = own.and_then(|it| it.requires.as_deref());
            requires.is_none_or(|text| {
                // What is required comes from the other subgraphs.
                let others = reach.iter().filter(|it| *it != graph).cloned().collect();
                fieldset::parse(text).is_none_or(|set| {
                    self.selects(definition, &others, &set) || self.selects(definition, reach, &set)
                })
            })
        });
        let key = |graph: &String| {
            (
                graph.clone(),
                definition.name().to_owned(),
                field.name.clone(),
            )
        };
        resolvers.extend(
            reach
                .iter()
                .filter(|graph| self.provided.contains(&key(graph)))
                .cloned(),
        );
        resolvers
    }

    fn is_on_trust(&self, definition: &SupergraphDefinition, field: &SupergraphField) -> bool {
        let of_interface = |name: &String| {
            let objects = &self.state.interface_object_types_in_subgraphs;
            objects.contains_key(name)
                && self
                    .state
                    .definitions
                    .get(name)
                    .is_some_and(|it| it.fields().contains_key(&field.name))
        };
        definition
            .join_implements()
            .iter()
            .any(|it| of_interface(&it.interface))
            || of_interface(&definition.name().to_owned())
    }
}

fn graphs_of(definition: &SupergraphDefinition) -> Graphs {
    definition
        .join_types()
        .iter()
        .map(|it| it.graph_id.clone())
        .collect()
}

/// Key fields are known to a subgraph even where it marks them external.
fn is_key_field(definition: &SupergraphDefinition, graph: &str, field: &str) -> bool {
    definition
        .join_types()
        .iter()
        .filter(|it| it.graph_id == graph)
        .any(|join| {
            let set = join.key.as_deref().and_then(fieldset::parse);
            set.is_some_and(|set| {
                set.items
                    .iter()
                    .any(|item| matches!(item, Selection::Field(it) if it.name == field))
            })
        })
}
