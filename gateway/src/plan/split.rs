//! Parts one document into what the planner plans and what the gateway answers
//! itself: `__schema` and `__type` at the root of a query.

use std::collections::{HashMap, HashSet};

use graphql_tools::{
    parser::query::{InlineFragment, TypeCondition},
    static_graphql::query::{
        Definition, Document, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
        VariableDefinition,
    },
};
use kernel::refuse;

use crate::error::Rejection;

/// The chosen operation, in two parts.
#[derive(Debug)]
pub struct Split {
    /// The operation without introspection and with the fragments it uses.
    /// None where nothing else was asked.
    pub planned: Option<Document>,
    /// Whether the root asks for `__schema` or `__type`.
    pub introspects: bool,
}

type Fragments<'d> = HashMap<&'d str, &'d FragmentDefinition>;

pub fn fragments(document: &Document) -> Fragments<'_> {
    let fragments = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
            Definition::Operation(_) => None,
        });
    fragments.collect()
}

pub(super) fn name_of(operation: &OperationDefinition) -> Option<&str> {
    match operation {
        OperationDefinition::SelectionSet(_) => None,
        OperationDefinition::Query(it) => it.name.as_deref(),
        OperationDefinition::Mutation(it) => it.name.as_deref(),
        OperationDefinition::Subscription(it) => it.name.as_deref(),
    }
}

pub(super) fn variables_of(operation: &OperationDefinition) -> &[VariableDefinition] {
    match operation {
        OperationDefinition::SelectionSet(_) => &[],
        OperationDefinition::Query(it) => &it.variable_definitions,
        OperationDefinition::Mutation(it) => &it.variable_definitions,
        OperationDefinition::Subscription(it) => &it.variable_definitions,
    }
}

/// Finds the operation that the client means.
pub fn choose<'d>(
    document: &'d Document,
    name: Option<&str>,
) -> Result<&'d OperationDefinition, Rejection> {
    let mut operations = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::Operation(operation) => Some(operation),
            Definition::Fragment(_) => None,
        });
    let refusal = match name {
        Some(name) => match operations.find(|operation| name_of(operation) == Some(name)) {
            Some(operation) => return Ok(operation),
            None => refuse!(Invalid, "OPERATION_UNKNOWN", field: "operationName",
                zh: "文档中没有名为 {name} 的操作",
                en: "the document has no operation named {name}"),
        },
        None => match (operations.next(), operations.next()) {
            (Some(operation), None) => return Ok(operation),
            (Some(_), Some(_)) => refuse!(Invalid, "OPERATION_NAME_REQUIRED",
                field: "operationName",
                zh: "文档中有多个操作,请用 operationName 指定一个",
                en: "the document has several operations: name one in operationName"),
            (None, _) => refuse!(Invalid, "OPERATION_MISSING", field: "query",
                zh: "文档中没有操作", en: "the document has no operation"),
        },
    };
    Err(refusal.into())
}

/// Parts the operation.
pub fn split(document: &Document, operation: &OperationDefinition) -> Split {
    let fragments = fragments(document);
    let is_query = matches!(
        operation,
        OperationDefinition::SelectionSet(_) | OperationDefinition::Query(_)
    );
    let mut planned = operation.clone();
    let set = match &mut planned {
        OperationDefinition::SelectionSet(set) => set,
        OperationDefinition::Query(it) => &mut it.selection_set,
        OperationDefinition::Mutation(it) => &mut it.selection_set,
        OperationDefinition::Subscription(it) => &mut it.selection_set,
    };
    let introspects = is_query && asks(set, &fragments);
    if introspects {
        strip(set, &fragments);
    }
    let is_empty = set.items.is_empty();
    let mut used = HashSet::new();
    reach(set, &fragments, &mut used);
    let planned =
        (!is_empty).then(|| {
            let mut definitions = vec![Definition::Operation(planned)];
            definitions.extend(document.definitions.iter().filter_map(
                |definition| match definition {
                    Definition::Fragment(it) if used.contains(it.name.as_str()) => {
                        Some(definition.clone())
                    }
                    _ => None,
                },
            ));
            Document { definitions }
        });
    Split {
        planned,
        introspects,
    }
}

fn is_introspection(name: &str) -> bool {
    matches!(name, "__schema" | "__type")
}

fn asks(set: &SelectionSet, fragments: &Fragments<'_>) -> bool {
    set.items.iter().any(|item| match item {
        Selection::Field(field) => is_introspection(&field.name),
        Selection::InlineFragment(fragment) => asks(&fragment.selection_set, fragments),
        Selection::FragmentSpread(spread) => fragments
            .get(spread.fragment_name.as_str())
            .is_some_and(|fragment| asks(&fragment.selection_set, fragments)),
    })
}

/// Drops introspection from a root selection. Spreads are opened, because the
/// same fragment may be used where nothing must be dropped.
fn strip(set: &mut SelectionSet, fragments: &Fragments<'_>) {
    let items = std::mem::take(&mut set.items);
    for item in items {
        let mut opened = match item {
            Selection::Field(field) => {
                if !is_introspection(&field.name) {
                    set.items.push(Selection::Field(field));
                }
                continue;
            }
            Selection::InlineFragment(fragment) => fragment,
            Selection::FragmentSpread(spread) => {
                let Some(fragment) = fragments.get(spread.fragment_name.as_str()) else {
                    continue;
                };
                let TypeCondition::On(name) = &fragment.type_condition;
                InlineFragment {
                    position: spread.position,
                    type_condition: Some(TypeCondition::On(name.clone())),
                    directives: spread.directives,
                    selection_set: fragment.selection_set.clone(),
                }
            }
        };
        strip(&mut opened.selection_set, fragments);
        if !opened.selection_set.items.is_empty() {
            set.items.push(Selection::InlineFragment(opened));
        }
    }
}

fn reach<'d>(set: &SelectionSet, fragments: &Fragments<'d>, used: &mut HashSet<&'d str>) {
    for item in &set.items {
        match item {
            Selection::Field(field) => reach(&field.selection_set, fragments, used),
            Selection::InlineFragment(it) => reach(&it.selection_set, fragments, used),
            Selection::FragmentSpread(spread) => {
                if let Some((name, it)) = fragments.get_key_value(spread.fragment_name.as_str())
                    && used.insert(name)
                {
                    reach(&it.selection_set, fragments, used);
                }
            }
        }
    }
}
