//! Runs a program: calls subgraphs, merges their answers into one tree.
//!
//! All calls of a request are polled by one task, so the tree needs no copy and
//! its lock is never contended nor held over a wait. Answers stay in slots that
//! outlive the tree, which borrows its texts from them.

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
use self::locate::Place;
use crate::{
    context::RequestContext,
    error::{GraphError, PathSegment},
    plan::{Fetch, Program, Step},
    supergraph::Generation,
    value::{Object, Value},
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
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    pub data: Value<'a>,
    pub errors: Vec<GraphError>,
    /// Errors beyond the limit.
    pub dropped_errors: usize,
    pub calls: Vec<CallReport>,
}

struct Execution<'a> {
    with: Surroundings<'a>,
    /// Keys of ours, and the client's.
    renamed: &'a HashMap<String, String>,
    outcome: Mutex<Outcome<'a>>,
}

/// Runs a program.
pub async fn run<'a>(program: &'a Program, with: Surroundings<'a>) -> Outcome<'a> {
    let outcome = Outcome {
        data: Value::Object(Object::new()),
        ..Outcome::default()
    };
    let execution = Execution {
        with,
        renamed: &program.renamed,
        outcome: Mutex::new(outcome),
    };
    execution.step(&program.root).await;
    execution
        .outcome
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
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
        let schema = &self.with.generation.schema;
        let mut places = Vec::new();
        if fetch.path.is_empty() {
            places.push(Vec::new());
        } else {
            locate::locate(
                schema,
                &self.outcome().data,
                &fetch.path,
                &mut |place, _| {
                    places.push(place.to_vec());
                },
            );
            if places.is_empty() {
                return;
            }
        }
        let answer = self
            .call(&fetch.call, self.variables(&fetch.call, &[]), 0)
            .await;
        self.place(fetch, &places, answer);
    }

    /// Puts the answer of root fields where it belongs.
    fn place(
        &self,
        fetch: &'a Fetch,
        places: &[Place<'a>],
        answer: Result<Object<'a>, Box<GraphError>>,
    ) {
        let schema = &self.with.generation.schema;
        let mut outcome = self.outcome();
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                for place in places {
                    for key in &fetch.keys {
                        let mut path: Vec<_> = place.iter().map(|step| step.to_error()).collect();
                        path.push(PathSegment::Key(key.clone()));
                        self.report(&mut outcome, (*error).clone().at(path));
                    }
                }
                return;
            }
        };
        let errors = answer.remove("errors");
        for error in errors.iter().filter_map(Value::as_array).flatten() {
            let mut error = errors::read(error, self.with.expose);
            rewrite::rename_path(&mut error.path, &fetch.rewrites);
            for place in places {
                let own = place.iter().map(|step| step.to_error());
                let path = own.chain(error.path.iter().cloned()).collect();
                self.report(&mut outcome, error.clone().at(path));
            }
        }
        let Some(mut data) = answer.remove("data").filter(|data| !data.is_null()) else {
            return;
        };
        rewrite::apply(schema, &mut data, &fetch.rewrites);
        let Some((last, others)) = places.split_last() else {
            return;
        };
        for place in others {
            if let Some(target) = locate::descend(&mut outcome.data, place) {
                merge::merge(schema, target, data.clone());
            }
        }
        if let Some(target) = locate::descend(&mut outcome.data, last) {
            merge::merge(schema, target, data);
        }
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
