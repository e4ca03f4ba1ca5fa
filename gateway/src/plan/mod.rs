//! From a document to a program: parse, limit, validate, split, normalise,
//! plan. All of it is work of the processor, so it runs off the async threads,
//! under a time limit, once per document and operation.

mod ambiguous;
mod cache;
mod compile;
mod hidden;
mod limits;
mod open;
mod parse;
mod parts;
mod planner;
mod program;
mod rename;
mod room;
mod split;
mod validate;
mod variables;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use graphql_tools::static_graphql::query::{Document, OperationDefinition};
use hive_router_query_planner::{
    ast::{normalization::normalize_operation, operation::VariableDefinition},
    state::supergraph_state::OperationKind,
    utils::cancellation::CancellationToken,
};
use kernel::refuse;

use self::cache::PlanKey;
pub(crate) use self::open::selection_mut;
pub use self::rename::Renamed;
pub use self::{
    cache::{PlanCache, warm},
    parse::parse,
    program::{Alias, Call, Entities, Fetch, PathStep, Program, Require, Step},
    split::{choose, fragments},
    validate::validate,
    variables::coerce,
};
use crate::{
    authorize::{Denied, Guard, filter, guards},
    config::Limits,
    cost::Formula,
    error::Rejection,
    project::Selection,
    stage,
    supergraph::Generation,
};

/// A planned operation.
#[derive(Debug)]
pub struct Prepared {
    pub kind: OperationKind,
    /// The operation's name, where it has one.
    pub name: Option<String>,
    /// The name of the root type.
    pub root: String,
    pub variables: Vec<VariableDefinition>,
    /// None where no subgraph is asked.
    pub program: Option<Program>,
    /// What the answer looks like.
    pub selection: Vec<Selection>,
    /// What it costs, once its variables are known.
    pub formula: Formula,
    /// The document, where the gateway answers part of it from the schema.
    pub introspection: Option<Document>,
    /// The Boolean variables that decide what is asked. Where there are some,
    /// the outline has no program: each answer to them has a plan of its own.
    pub conditions: Vec<String>,
    /// What it touches that only some callers are given.
    pub guards: Vec<Guard>,
    /// What the plan leaves out for this caller.
    pub denied: Option<Arc<Denied>>,
    /// What it was made for, where that is more than the document.
    fit: Option<Fit>,
    uses: AtomicU64,
}

/// What a plan is made for, besides its document.
#[derive(Clone, Debug, Default)]
pub struct Fit {
    /// The values of the operation's conditions.
    pub conditions: BTreeMap<String, bool>,
    pub denied: Arc<Denied>,
}

impl Fit {
    fn key(&self) -> String {
        let mut key = String::new();
        for (name, value) in &self.conditions {
            key.push_str(name);
            key.push_str(if *value { "+" } else { "-" });
        }
        if !self.denied.is_empty() {
            key.push('|');
            key.push_str(self.denied.key());
        }
        key
    }
}

impl Prepared {
    fn used(&self) {
        self.uses.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was taken from the cache.
    pub fn uses(&self) -> u64 {
        self.uses.load(Ordering::Relaxed)
    }

    /// About how many bytes it takes.
    fn bytes(&self) -> usize {
        let program = self
            .program
            .as_ref()
            .map_or(0, |program| program.root.bytes());
        program + crate::project::size(&self.selection)
    }
}

/// Finds or makes what can be said of a document alone; where nothing else
/// decides, with its plan. [`crate::authorize::fit`] makes it one for a request.
pub async fn outline(
    generation: &Arc<Generation>,
    document: &str,
    operation_name: Option<&str>,
    limits: &Limits,
) -> Result<Arc<Prepared>, Rejection> {
    prepare(generation, document, operation_name, limits, None).await
}

/// Finds or makes the plan for conditions and rights.
pub async fn prepare(
    generation: &Arc<Generation>,
    document: &str,
    operation_name: Option<&str>,
    limits: &Limits,
    fit: Option<Fit>,
) -> Result<Arc<Prepared>, Rejection> {
    // Before anything is copied for the cache key.
    if document.len() > limits.body_bytes {
        return Err(limits::exceeded("body_bytes", limits.body_bytes, document.len()).into());
    }
    let key = (
        Arc::<str>::from(document),
        operation_name.map(Arc::<str>::from),
        fit.as_ref().map(|fit| Arc::<str>::from(fit.key())),
    );
    if let Some(known) = generation.plans.get(&key) {
        metrics::counter!("gateway.plan_cache.hits").increment(1);
        return Ok(known);
    }
    metrics::counter!("gateway.plan_cache.misses").increment(1);
    let (worker, limits) = (Arc::clone(generation), limits.clone());
    let limit = Duration::from_millis(limits.plan_millis);
    let work = tokio::task::spawn_blocking(move || make(&worker, &key, &limits, fit.as_ref()));
    // The token inside stops the planner; this bounds the wait for a free thread.
    match tokio::time::timeout(limit + Duration::from_secs(1), work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(broken()),
        Err(_) => Err(too_slow()),
    }
}

/// Finds or makes the plan, on a thread that may block.
fn make(
    generation: &Generation,
    key: &PlanKey,
    limits: &Limits,
    fit: Option<&Fit>,
) -> Result<Arc<Prepared>, Rejection> {
    // The planner and the validator hold a few `expect`s; a document that
    // reaches one must not take the worker thread's caller with it.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let make = || plan(generation, &key.0, key.1.as_deref(), limits, fit);
        generation.plans.get_or_make(key, make)
    }));
    match outcome {
        Ok(Ok(prepared)) => Ok(prepared),
        Ok(Err(rejection)) => Err(Rejection::clone(&rejection)),
        Err(_) => Err(broken()),
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
    fit: Option<&Fit>,
) -> Result<Prepared, Rejection> {
    let document = stage::timed("parse", || parse::parse(text, limits))?;
    stage::timed("validate", || {
        limits::check(&document, limits)?;
        validate::validate(&generation.planner.consumer_schema.document, &document)
    })?;
    let begun = Instant::now();
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
        name: split::name_of(operation).map(str::to_owned),
        uses: AtomicU64::new(0),
        root,
        variables,
        program: None,
        selection: Vec::new(),
        formula: Formula::default(),
        introspection: None,
        conditions: Vec::new(),
        guards: Vec::new(),
        fit: fit.cloned(),
        denied: fit
            .map(|fit| Arc::clone(&fit.denied))
            .filter(|it| !it.is_empty()),
    };
    if let Some(planned) = split.planned {
        if fit.is_none() {
            prepared.formula = formula(generation, &prepared, &planned, limits)?;
        }
        let known = fit.map(|fit| &fit.conditions);
        let (mut opened, conditions) = open::open(schema, &prepared.root, &planned, known);
        let renamed = rename::rename(schema, &prepared.root, &mut opened);
        let selection = choose(&opened, None)?.selection_set();
        prepared.guards = guards(schema, &generation.rules, &prepared.root, selection);
        if conditions.is_empty() {
            prepared.selection = crate::project::compile(selection, &renamed);
            let denied = prepared.denied.as_deref();
            prepared.program =
                program(generation, &prepared.root, opened, renamed, limits, denied)?;
        }
        prepared.conditions = conditions;
    }
    stage::record("plan", begun);
    prepared.introspection = split.introspects.then_some(document);
    Ok(prepared)
}

/// The price of all that may be asked, whatever the conditions.
fn formula(
    generation: &Generation,
    prepared: &Prepared,
    planned: &Document,
    limits: &Limits,
) -> Result<Formula, Rejection> {
    let normalized = normalize_operation(&generation.planner.supergraph, planned, None);
    let normalized = normalized.map_err(|error| {
        tracing::error!(%error, "normalisation failed");
        broken()
    })?;
    Ok(Formula::new(
        &generation.costs,
        &limits.cost,
        &prepared.root,
        prepared.kind.is_mutation(),
        &normalized.operation.selection_set,
    ))
}

fn program(
    generation: &Generation,
    root: &str,
    mut document: Document,
    renamed: Renamed,
    limits: &Limits,
    denied: Option<&Denied>,
) -> Result<Option<Program>, Rejection> {
    if let Some(denied) = denied {
        filter(&generation.schema, denied, root, &mut document);
    }
    let token = CancellationToken::with_timeout(Duration::from_millis(limits.plan_millis));
    let names = denied.is_some() || generation.schema.has_hidden_objects;
    let program = parts::plan(generation, root, document, names, &token)
        .inspect_err(|_| tracing::error!("planning failed"))?;
    Ok(program.map(|program| Program { renamed, ..program }))
}

fn head(operation: &OperationDefinition) -> (OperationKind, Vec<VariableDefinition>) {
    let kind = match operation {
        OperationDefinition::SelectionSet(_) | OperationDefinition::Query(_) => {
            OperationKind::Query
        }
        OperationDefinition::Mutation(_) => OperationKind::Mutation,
        OperationDefinition::Subscription(_) => OperationKind::Subscription,
    };
    let variables = split::variables_of(operation).iter();
    (kind, variables.map(VariableDefinition::from).collect())
}
