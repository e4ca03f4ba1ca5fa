//! What the supergraph gives only to some callers: `@authenticated`,
//! `@requiresScopes` and `@policy`.
//!
//! | file | what |
//! |---|---|
//! | `rules.rs` | what each type and field asks for, read from the supergraph |
//! | `guard.rs` | which of that an operation touches, known when it is planned |
//! | `decide.rs` | what this caller is denied |
//! | `filter.rs` | the operation without it, so that no subgraph is asked |
//!
//! The projection nulls what is denied and says so. A denied field is not
//! fetched for another one either: what `@requires` it is denied as well. Where
//! members of an abstract type differ, the field is asked only of those that
//! the caller may see. An interface's field guards the field in all its
//! members; a guard on an interface type holds where a value is declared to be
//! of that interface.

mod decide;
mod filter;
mod guard;
mod rules;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value as Json};

pub use self::{
    decide::{Caller, Cause, Denied},
    filter::filter,
    guard::{Guard, guards},
    rules::{Requirement, Rules},
};
use crate::{
    authenticate::Identity,
    config::Limits,
    context::RequestContext,
    error::Rejection,
    plan::{self, Fit, Prepared},
    supergraph::Generation,
};

/// Decides the policies of `@policy`.
pub trait Policies: Send + Sync + 'static {
    /// Those of `policies` that hold for the caller.
    fn decide<'a>(
        &'a self,
        policies: &'a [String],
        caller: &'a Caller,
        context: &'a RequestContext,
    ) -> BoxFuture<'a, Vec<String>>;
}

/// Who decides. Without an authenticator nobody is known, and without policies
/// none holds: what the supergraph guards then stays closed.
#[derive(Clone, Copy, Default)]
pub struct Deciders<'a> {
    pub identity: Option<&'a Identity>,
    pub policies: Option<&'a dyn Policies>,
}

/// The plan for this request: the outline's, or one for its conditions and
/// without what this caller is denied.
#[expect(clippy::too_many_arguments, reason = "all that a plan is made for")]
pub async fn fit(
    generation: &Arc<Generation>,
    outline: Arc<Prepared>,
    document: &str,
    operation_name: Option<&str>,
    limits: &Limits,
    variables: &Map<String, Json>,
    deciders: Deciders<'_>,
    context: &RequestContext,
) -> Result<Arc<Prepared>, Rejection> {
    if outline.guards.is_empty() && outline.conditions.is_empty() {
        return Ok(outline);
    }
    let denied = decide::decide(&outline.guards, deciders, context).await?;
    if !denied.is_empty() {
        metrics::counter!("gateway.authorize.denied").increment(1);
    } else if outline.conditions.is_empty() {
        return Ok(outline);
    }
    let conditions = outline.conditions.iter().map(|name| {
        let holds = variables.get(name) == Some(&Json::Bool(true));
        (name.clone(), holds)
    });
    let fit = Fit {
        conditions: conditions.collect(),
        denied,
    };
    plan::prepare(generation, document, operation_name, limits, Some(fit)).await
}
