//! Planner nodes → program.

use std::collections::HashMap;

use hive_router_query_planner::{
    ast::{
        operation::SubgraphFetchOperation, selection_item::SelectionItem,
        selection_set::SelectionSet,
    },
    planner::plan_nodes::{BatchFetchNode, ConditionNode, FetchNode, FlattenNodePath, PlanNode},
    state::supergraph_state::OperationKind,
};
use kernel::{Refusal, refuse};

use super::{
    parts::Part,
    program::{Alias, Call, Entities, Fetch, PathStep, Program, Require, Step},
    room::Room,
};
use crate::supergraph::REACHED;

/// Compiles the plans of an operation, to be run one after the other.
pub fn compile(parts: &[Part]) -> Result<Program, Refusal> {
    let mut compiler = Compiler { slots: 0 };
    let mut steps = Vec::with_capacity(parts.len());
    let mut level = 0;
    for part in parts {
        let mut step = compiler.step(&part.node, &part.at, level)?;
        if let Some(entry) = &part.entry {
            step.enter(part.at.len(), entry);
        }
        level += step.levels();
        steps.push(step);
    }
    let root = match steps.pop() {
        Some(only) if steps.is_empty() => only,
        last => Step::Sequence(steps.into_iter().chain(last).collect()),
    };
    Ok(Program {
        root,
        slots: compiler.slots,
        renamed: HashMap::new(),
        room: Room::default(),
    })
}

struct Compiler {
    slots: usize,
}

impl Compiler {
    /// `at` is the path of the enclosing Flatten nodes.
    fn step(&mut self, node: &PlanNode, at: &[PathStep], level: usize) -> Result<Step, Refusal> {
        match node {
            // What it would bring is there already.
            PlanNode::Fetch(fetch) if fetch.service_name == REACHED => {
                Ok(Step::Sequence(Vec::new()))
            }
            PlanNode::Fetch(fetch) => Ok(self.fetch(fetch, at, level)),
            PlanNode::BatchFetch(batch) => Ok(self.batch(batch, at, level)),
            PlanNode::Flatten(flatten) => {
                let path = joined(at, &flatten.path);
                self.step(&flatten.node, &path, level)
            }
            PlanNode::Sequence(sequence) => {
                let mut steps = Vec::with_capacity(sequence.nodes.len());
                let mut level = level;
                for node in &sequence.nodes {
                    let step = self.step(node, at, level)?;
                    level += step.levels();
                    steps.push(step);
                }
                Ok(Step::Sequence(steps))
            }
            PlanNode::Parallel(parallel) => {
                let steps = parallel.nodes.iter().map(|node| self.step(node, at, level));
                Ok(Step::Parallel(steps.collect::<Result<_, _>>()?))
            }
            PlanNode::Condition(condition) => self.condition(condition, at, level),
            PlanNode::Subscription(subscription) => {
                let slot = self.slot();
                Ok(Step::Subscription(Box::new(root_fetch(
                    &subscription.primary,
                    at,
                    slot,
                    level,
                ))))
            }
            PlanNode::Defer(_) => Err(refuse!(Refused, "DEFER_UNSUPPORTED",
                zh: "不支持 @defer", en: "@defer is not supported")),
        }
    }

    const fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    fn condition(
        &mut self,
        node: &ConditionNode,
        at: &[PathStep],
        level: usize,
    ) -> Result<Step, Refusal> {
        let mut branch = |node: &Option<Box<PlanNode>>| {
            let step = node
                .as_ref()
                .map(|node| self.step(node, at, level))
                .transpose();
            step.map(|step| step.map(Box::new))
        };
        let (then, otherwise) = (branch(&node.if_clause)?, branch(&node.else_clause)?);
        Ok(Step::Condition {
            variable: node.condition.clone(),
            then,
            otherwise,
        })
    }

    fn fetch(&mut self, node: &FetchNode, at: &[PathStep], level: usize) -> Step {
        let slot = self.slot();
        let Some(requires) = &node.requires else {
            return Step::Fetch(Box::new(root_fetch(node, at, slot, level)));
        };
        let alias = Alias {
            key: "_entities".to_owned(),
            variable: "representations".to_owned(),
            paths: vec![at.to_vec()],
            requires: compile_requires(requires),
            input_rewrites: node.input_rewrites.clone().unwrap_or_default(),
            output_rewrites: node.output_rewrites.clone().unwrap_or_default(),
            keys: keys_by_type(&node.operation, "_entities"),
        };
        let usages = node.variable_usages.iter().flatten();
        let call = call(&node.service_name, &node.operation, usages, slot, level);
        Step::Entities(Box::new(Entities {
            call,
            aliases: vec![alias],
        }))
    }

    fn batch(&mut self, node: &BatchFetchNode, at: &[PathStep], level: usize) -> Step {
        let slot = self.slot();
        let aliases = node.entity_batch.aliases.iter().map(|alias| Alias {
            key: alias.alias.clone(),
            variable: alias.representations_variable_name.clone(),
            paths: alias
                .merge_paths
                .iter()
                .map(|path| joined(at, path))
                .collect(),
            requires: compile_requires(&alias.requires),
            input_rewrites: alias.input_rewrites.clone().unwrap_or_default(),
            output_rewrites: alias.output_rewrites.clone().unwrap_or_default(),
            keys: keys_by_type(&node.operation, &alias.alias),
        });
        let aliases = aliases.collect();
        let usages = node.variable_usages.iter().flatten();
        let call = call(&node.service_name, &node.operation, usages, slot, level);
        Step::Entities(Box::new(Entities { call, aliases }))
    }
}

fn joined(at: &[PathStep], path: &FlattenNodePath) -> Vec<PathStep> {
    at.iter().chain(path.as_slice()).cloned().collect()
}

fn call<'n>(
    service: &str,
    operation: &SubgraphFetchOperation,
    usages: impl Iterator<Item = &'n String>,
    slot: usize,
    level: usize,
) -> Call {
    let kind = operation.document.operation.operation_kind.as_ref();
    Call {
        service: service.to_owned(),
        slot,
        level,
        document: operation.document_str.clone(),
        variables: usages.cloned().collect(),
        is_mutation: kind.is_some_and(OperationKind::is_mutation),
    }
}

fn root_fetch(node: &FetchNode, at: &[PathStep], slot: usize, level: usize) -> Fetch {
    let usages = node.variable_usages.iter().flatten();
    let mut keys = Vec::new();
    collect_keys(
        &node.operation,
        &node.operation.document.operation.selection_set,
        &mut keys,
    );
    Fetch {
        call: call(&node.service_name, &node.operation, usages, slot, level),
        path: at.to_vec(),
        rewrites: node.output_rewrites.clone().unwrap_or_default(),
        keys,
    }
}

/// The response keys of a selection, through fragments.
fn collect_keys(operation: &SubgraphFetchOperation, set: &SelectionSet, keys: &mut Vec<String>) {
    for item in &set.items {
        match item {
            SelectionItem::Field(field) => {
                let key = field.selection_identifier();
                let is_ours = key == "__typename" || key.starts_with("_internal_qp_alias");
                if !is_ours && !keys.iter().any(|known| known == key) {
                    keys.push(key.to_owned());
                }
            }
            SelectionItem::InlineFragment(it) => collect_keys(operation, &it.selections, keys),
            SelectionItem::FragmentSpread(name) => {
                let fragments = &operation.document.fragments;
                if let Some(it) = fragments.iter().find(|it| it.name == *name) {
                    collect_keys(operation, &it.selection_set, keys);
                }
            }
        }
    }
}

fn keys_by_type(operation: &SubgraphFetchOperation, alias: &str) -> Vec<(String, Vec<String>)> {
    let root = &operation.document.operation.selection_set;
    let field = root.items.iter().find_map(|item| match item {
        SelectionItem::Field(field) if field.selection_identifier() == alias => Some(field),
        _ => None,
    });
    let mut by_type = Vec::new();
    for item in field.iter().flat_map(|field| &field.selections.items) {
        let (condition, set) = match item {
            SelectionItem::InlineFragment(it) => (&it.type_condition, &it.selections),
            SelectionItem::FragmentSpread(name) => {
                let fragments = &operation.document.fragments;
                match fragments.iter().find(|it| it.name == *name) {
                    Some(it) => (&it.type_condition, &it.selection_set),
                    None => continue,
                }
            }
            SelectionItem::Field(_) => continue,
        };
        let mut keys = Vec::new();
        collect_keys(operation, set, &mut keys);
        by_type.push((condition.clone(), keys));
    }
    by_type
}

fn compile_requires(set: &SelectionSet) -> Vec<Require> {
    let items = set.items.iter().filter_map(|item| match item {
        SelectionItem::Field(field) => Some(Require::Field {
            read: field.name.clone(),
            or_read: field.alias.clone(),
            send: field.selection_identifier().to_owned(),
            below: compile_requires(&field.selections),
        }),
        SelectionItem::InlineFragment(fragment) => Some(Require::fragment(
            fragment.type_condition.clone(),
            compile_requires(&fragment.selections),
        )),
        // The planner opens spreads in what it requires.
        SelectionItem::FragmentSpread(_) => None,
    });
    items.collect()
}
