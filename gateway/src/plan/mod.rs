//! From a document to a program: parse, limit, validate, split, normalise,
//! plan. All of it is work of the processor, so it runs off the async threads,
//! under a time limit, once per document and operation.

mod compile;
mod hidden;
mod limits;
mod parse;
mod program;
mod split;
mod validate;
mod variables;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use graphql_tools::static_graphql::query::{Document, OperationDefinition};
use hive_router_query_planner::{
    ast::{
        normalization::normalize_operation,
        operation::{OperationDefinition as Normalized, VariableDefinition},
        selection_item::SelectionItem,
        selection_set::SelectionSet,
    },
    graph::PlannerOverrideContext,
    planner::PlannerError,
    state::supergraph_state::OperationKind,
    utils::cancellation::CancellationToken,
};
use kernel::refuse;

pub use self::{
    parse::parse,
    program::{Alias, Call, Entities, Fetch, PathStep, Program, Require, Step},
    split::{choose, fragments},
    validate::validate,
    variables::coerce,
};
use crate::{config::Limits, error::Rejection, project::Selection, supergraph::Generation};

/// A planned operation.
#[derive(Debug)]
pub struct Prepared {
    pub kind: OperationKind,
    /// The name of the root type.
    pub root: String,
    pub variables: Vec<VariableDefinition>,
    /// None where no subgraph is asked.
    pub program: Option<Program>,
    /// What the answer looks like.
    pub selection: Vec<Selection>,
    /// The document, where the gateway answers part of it from the schema.
    pub introspection: Option<Document>,
}

/// Document and operation name: the whole text, so that no two documents can
/// ever share a plan.
type PlanKey = (Arc<str>, Option<Arc<str>>);

/// Plans by document and operation name. Nothing of the variables is baked
/// into a plan: conditions stay nodes.
#[derive(Debug)]
pub struct PlanCache(moka::sync::Cache<PlanKey, Arc<Prepared>>);

impl PlanCache {
    /// Keeps plans for at most `bytes` of documents.
    pub fn new(bytes: u64) -> Self {
        let cache = moka::sync::Cache::builder()
            .max_capacity(bytes)
            .weigher(|(document, _): &(Arc<str>, _), _| {
                u32::try_from(document.len()).unwrap_or(u32::MAX).max(64)
            })
            .build();
        Self(cache)
    }

    pub fn len(&self) -> u64 {
        self.0.run_pending_tasks();
        self.0.entry_count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Finds or makes the plan.
pub async fn prepare(
    generation: &Arc<Generation>,
    document: &str,
    operation_name: Option<&str>,
    limits: &Limits,
) -> Result<Arc<Prepared>, Rejection> {
    // Before anything is copied for the cache key.
    if document.len() > limits.body_bytes {
        return Err(limits::exceeded("body_bytes", limits.body_bytes, document.len()).into());
    }
    let key = (
        Arc::<str>::from(document),
        operation_name.map(Arc::<str>::from),
    );
    if let Some(known) = generation.plans.0.get(&key) {
        metrics::counter!("gateway.plan_cache.hits").increment(1);
        return Ok(known);
    }
    metrics::counter!("gateway.plan_cache.misses").increment(1);
    let (worker, limits) = (Arc::clone(generation), limits.clone());
    let limit = Duration::from_millis(limits.plan_millis);
    let work = tokio::task::spawn_blocking(move || {
        // The planner and the validator hold a few `expect`s; a document that
        // reaches one must not take the worker thread's caller with it.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            worker.plans.0.try_get_with(key.clone(), || {
                plan(&worker, &key.0, key.1.as_deref(), &limits).map(Arc::new)
            })
        }));
        match outcome {
            Ok(Ok(prepared)) => Ok(prepared),
            Ok(Err(rejection)) => Err(Rejection::clone(&rejection)),
            Err(_) => Err(broken()),
        }
    });
    // The token inside stops the planner; this bounds the wait for a free thread.
    match tokio::time::timeout(limit + Duration::from_secs(1), work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(broken()),
        Err(_) => Err(too_slow()),
    }
}

fn broken() -> Rejection {
    Rejection::unavailable(refuse!(Internal, "PLANNING_FAILED",
        zh: "查询计划失败,请换一种写法", en: "planning failed: write the query another way"))
}

fn too_slow() -> Rejection {
    Rejection::unavailable(refuse!(Timeout, "PLANNING_TIMEOUT", field: "plan_millis",
        zh: "查询过于复杂,计划超时", en: "the query is too complex: planning took too long"))
}

fn plan(
    generation: &Generation,
    text: &str,
    operation_name: Option<&str>,
    limits: &Limits,
) -> Result<Prepared, Rejection> {
    let document = parse::parse(text, limits)?;
    limits::check(&document, limits)?;
    validate::validate(&generation.planner.consumer_schema.document, &document)?;
    let operation = split::choose(&document, operation_name)?;
    let split = split::split(&document, operation);
    let (kind, variables) = head(operation);
    let schema = &generation.schema;
    let root = match kind {
        OperationKind::Query => Some(&schema.query),
        OperationKind::Mutation => schema.mutation.as_ref(),
        OperationKind::Subscription => schema.subscription.as_ref(),
    };
    let root = root.cloned().ok_or_else(|| {
        refuse!(Invalid, "OPERATION_KIND_UNKNOWN",
            zh: "图中没有 {kind} 根类型", en: "the graph has no {kind} root")
    })?;
    let mut prepared = Prepared {
        kind,
        root,
        variables,
        program: None,
        selection: Vec::new(),
        introspection: None,
    };
    if let Some(planned) = &split.planned {
        let normalized = normalize_operation(&generation.planner.supergraph, planned, None)
            .map_err(|error| {
                tracing::error!(%error, "normalisation failed");
                broken()
            })?;
        prepared.selection = crate::project::compile(&normalized.operation.selection_set);
        prepared.program = program(generation, normalized.operation, limits)?;
    }
    prepared.introspection = split.introspects.then_some(document);
    Ok(prepared)
}

fn program(
    generation: &Generation,
    mut operation: Normalized,
    limits: &Limits,
) -> Result<Option<Program>, Rejection> {
    // The gateway knows the root's name; and an operation that is empty after
    // normalisation cannot be planned.
    drop_typename(&mut operation.selection_set);
    if operation.selection_set.items.is_empty() {
        return Ok(None);
    }
    if generation.schema.has_hidden_objects {
        hidden::ask(&generation.schema, &mut operation);
    }
    let token = CancellationToken::with_timeout(Duration::from_millis(limits.plan_millis));
    let plan = generation.planner.plan_from_normalized_operation(
        &operation,
        PlannerOverrideContext::default(),
        &token,
    );
    let plan = plan.map_err(|error| match error {
        PlannerError::CancellationError(_) => too_slow(),
        error => {
            // A cancelled walk is reported in several wrappings.
            if token.bail_if_cancelled().is_err() {
                return too_slow();
            }
            tracing::error!(%error, "planning failed");
            broken()
        }
    })?;
    plan.node
        .as_ref()
        .map(compile::compile)
        .transpose()
        .map_err(Rejection::from)
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

fn head(operation: &OperationDefinition) -> (OperationKind, Vec<VariableDefinition>) {
    let (kind, definitions) = match operation {
        OperationDefinition::SelectionSet(_) => return (OperationKind::Query, Vec::new()),
        OperationDefinition::Query(it) => (OperationKind::Query, &it.variable_definitions),
        OperationDefinition::Mutation(it) => (OperationKind::Mutation, &it.variable_definitions),
        OperationDefinition::Subscription(it) => {
            (OperationKind::Subscription, &it.variable_definitions)
        }
    };
    (
        kind,
        definitions.iter().map(VariableDefinition::from).collect(),
    )
}
