//! 联动链: what this service adds to a chain, one statement each.

use kernel::keys::TraceId;
use kit::auth::Caller;

use crate::{
    domain::{community::Community, need::Need, rating::Rating},
    error::Result,
    state::State,
    store,
};

/// The need a chain began with, where the caller may read it.
pub async fn need(state: &State, caller: &Caller, trace: TraceId) -> Result<Option<Need>> {
    let found = store::need::find_by_trace(&mut *state.core.db.read().await?, trace).await?;
    Ok(found.filter(|need| {
        state
            .core
            .policies
            .allows(&caller.actor, "readNeed", &super::need::resource(need))
    }))
}

/// The community where it began; communities are public.
pub async fn community(state: &State, trace: TraceId) -> Result<Option<Community>> {
    store::community::find_by_trace(&mut *state.core.db.read().await?, trace).await
}

/// The rating of the result; public, without a name.
pub async fn rating(state: &State, trace: TraceId) -> Result<Option<Rating>> {
    store::rating::find_by_trace(&mut *state.core.db.read().await?, trace).await
}

/// Whether there is such a chain at all.
pub async fn exists(state: &State, trace: TraceId) -> Result<bool> {
    Ok(
        store::need::find_by_trace(&mut *state.core.db.read().await?, trace)
            .await?
            .is_some(),
    )
}
