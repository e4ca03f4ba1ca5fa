//! Runs a program: calls subgraphs, merges their answers into one tree.
//!
//! All calls of a request are polled by one task, so the tree needs no copy and
//! its lock is never contended nor held over a wait. Answers stay in slots that
//! outlive the tree, which borrows its texts from them. Places are nodes of the
//! tree: they stay what they are while other calls add to it.

mod call;
mod entities;
mod errors;
mod event;
mod locate;
mod merge;
mod represent;
mod rewrite;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;
use serde_json::{Map, Value as Json};

pub use self::errors::of_call as call_error;
use crate::{
    context::RequestContext,
    error::{GraphError, PathSegment},
    plan::{Fetch, Program, Step},
    supergraph::Generation,
    value::{Node, Places, Tree},
};

/// What a request is executed with.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    pub generation: &'a Generation,
    pub context: &'a RequestContext,
    pub variables: &'a Map<String, Json>,
    /// The answers, by the slots of the program.
    pub slots: &'a [OnceLock<Bytes>],
    /// Most errors in one response.
    pub max_errors: usize,
    /// Whether texts of uncoded subgraph errors are shown.
    pub expose: bool,
}

/// One call, for the plan summary.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    pub service: String,
    /// How many calls precede it at least.
    pub level: usize,
    pub kind: &'static str,
    /// Distinct entities asked for.
    pub representations: usize,
    pub micros: u64,
    pub ok: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome<'a> {
    pub tree: Tree<'a>,
    /// The root of the data.
    pub data: Node,
    /// Where an entity stands of which an owner said that there is none.
    pub absent: Places,
    pub errors: Vec<GraphError>,
    /// Errors beyond the limit.
    pub dropped_errors: usize,
    pub calls: Vec<CallReport>,
}

impl Outcome<'_> {
    /// Nothing yet, and room for so many nodes.
    pub fn with_capacity(nodes: usize) -> Self {
        let mut tree = Tree::with_capacity(nodes);
        Self {
            data: tree.object(),
            tree,
            absent: Places::default(),
            errors: Vec::new(),
            dropped_errors: 0,
            calls: Vec::new(),
        }
    }
}

struct Execution<'a> {
    with: Surroundings<'a>,
    /// Keys of ours, and the client's.
    renamed: &'a HashMap<String, String>,
    outcome: Mutex<Outcome<'a>>,
}

/// Runs a program.
pub async fn run<'a>(program: &'a Program, with: Surroundings<'a>) -> Outcome<'a> {
    let execution = Execution {
        with,
        renamed: &program.renamed,
        outcome: Mutex::new(Outcome::with_capacity(program.room.nodes())),
    };
    execution.step(&program.root).await;
    let outcome = execution.outcome.into_inner();
    let outcome = outcome.unwrap_or_else(PoisonError::into_inner);
    program.room.took(outcome.tree.len());
    outcome
}

impl<'a> Execution<'a> {
    fn outcome(&self) -> MutexGuard<'_, Outcome<'a>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step<'s>(&'s self, step: &'a Step) -> BoxFuture<'s, ()> {
        Box::pin(async move {
            match step {
                Step::Fetch(fetch) => self.fetch(fetch).await,
                Step::Entities(entities) => self.entities(entities).await,
                Step::Sequence(steps) => {
                    for step in steps {
                        self.step(step).await;
                    }
                }
                Step::Parallel(steps) => {
                    join_all(steps.iter().map(|step| self.step(step))).await;
                }
                Step::Condition {
                    variable,
                    then,
                    otherwise,
                } => {
                    let holds = self.with.variables.get(variable) == Some(&Json::Bool(true));
                    if let Some(step) = if holds { then } else { otherwise } {
                        self.step(step).await;
                    }
                }
                Step::Subscription(source) => self.event(source),
            }
        })
    }

    /// Root fields, at the root or again at places in the data.
    async fn fetch(&self, fetch: &'a Fetch) {
        let places = if fetch.path.is_empty() {
            vec![self.outcome().data]
        } else {
            let schema = &self.with.generation.schema;
            let outcome = self.outcome();
            let data = outcome.tree.view(outcome.data);
            let mut places = Vec::new();
            locate::locate(schema, data, &fetch.path, &mut |place| {
                places.push(place.node());
            });
            places
        };
        if places.is_empty() {
            return;
        }
        let answer = self
            .call(&fetch.call, self.variables(&fetch.call, &[]), 0)
            .await;
        self.place(fetch, &places, answer);
    }

    /// Puts the answer of root fields where it belongs.
    fn place(&self, fetch: &'a Fetch, places: &[Node], answer: Result<Node, Box<GraphError>>) {
        let schema = &self.with.generation.schema;
        let outcome = &mut *self.outcome();
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                for place in places {
                    for key in &fetch.keys {
                        let mut path = outcome.tree.path(*place);
                        path.push(PathSegment::Key(key.clone()));
                        self.report(outcome, (*error).clone().at(path));
                    }
                }
                return;
            }
        };
        for mut error in errors::all(outcome.tree.view(answer), self.with.expose) {
            rewrite::rename_path(&mut error.path, &fetch.rewrites);
            for place in places {
                let mut path = outcome.tree.path(*place);
                path.extend(error.path.iter().cloned());
                self.report(outcome, error.clone().at(path));
            }
        }
        let tree = &mut outcome.tree;
        let Some(data) = tree.take(answer, "data") else {
            return;
        };
        rewrite::apply(schema, tree, data, &fetch.rewrites);
        let Some((last, others)) = places.split_last() else {
            return;
        };
        for place in others {
            let copy = tree.copy(data);
            merge::merge(schema, tree, *place, copy);
        }
        merge::merge(schema, tree, *last, data);
    }

    fn report(&self, outcome: &mut Outcome<'a>, mut error: GraphError) {
        for segment in &mut error.path {
            if let PathSegment::Key(key) = segment
                && let Some(own) = self.renamed.get(key)
            {
                key.clone_from(own);
            }
        }
        let known = |it: &GraphError| {
            it.path == error.path && it.code == error.code && it.reason == error.reason
        };
        if !error.path.is_empty() && outcome.errors.iter().any(known) {
            return;
        }
        if outcome.errors.len() < self.with.max_errors {
            outcome.errors.push(error);
        } else {
            outcome.dropped_errors += 1;
        }
    }
}
