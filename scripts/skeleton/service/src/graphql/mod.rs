//! This service's part of the graph: roots merged from one file per noun.

mod loaders;
mod __noun__;

use async_graphql::{EmptySubscription, MergedObject, Request, Schema};
use kit::{auth::Caller, graph::loader};

use crate::state::State;

/// Root queries.
#[derive(MergedObject, Default)]
pub struct Query(__noun__::__Noun__Query);

/// Root mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(__noun__::__Noun__Mutation);

/// The schema of this subgraph.
pub type Subgraph = Schema<Query, Mutation, EmptySubscription>;

/// The schema; `state` is absent where only its text is wanted.
pub fn schema(state: Option<State>) -> Subgraph {
    let builder = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .enable_federation()
        .limit_depth(20);
    match state {
        Some(state) => builder.data(state).finish(),
        None => builder.finish(),
    }
}

/// Adds the loaders of one request.
pub fn prepare(state: &State, request: Request, _caller: &Caller) -> Request {
    request.data(loader(loaders::Scoped {
        state: state.clone(),
    }))
}
