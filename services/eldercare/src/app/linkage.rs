//! 联动链: what this service adds to the chain from a need to its rating. Each
//! part is one statement, and shows what the caller may read.

use kernel::keys::TraceId;
use kit::auth::Caller;

use crate::{
    domain::{credit::Posting, order::Order, visit::Visit},
    error::Result,
    state::State,
    store,
};

/// The orders of a chain.
pub async fn orders(state: &State, caller: &Caller, trace: TraceId) -> Result<Vec<Order>> {
    let mut orders = store::order::list_by_trace(&mut *state.core.db.read().await?, trace).await?;
    orders.retain(|order| super::order::readable(state, caller, order));
    Ok(orders)
}

/// The visits of a chain.
pub async fn visits(state: &State, caller: &Caller, trace: TraceId) -> Result<Vec<Visit>> {
    let mut visits = store::visit::list_by_trace(&mut *state.core.db.read().await?, trace).await?;
    visits.retain(|visit| super::visit::readable(state, caller, visit));
    Ok(visits)
}

/// The minutes that moved along a chain.
pub async fn postings(state: &State, caller: &Caller, trace: TraceId) -> Result<Vec<Posting>> {
    let mut postings =
        store::credit::list_postings_by_trace(&mut *state.core.db.read().await?, trace).await?;
    postings.retain(|posting| super::credit::posting_readable(state, caller, posting));
    Ok(postings)
}
