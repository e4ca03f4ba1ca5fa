//! 联动链: what this service adds to a chain, as far as the caller may read it.

use kernel::keys::TraceId;
use kit::auth::Caller;

use crate::{
    domain::{
        social_worker::SocialWorker, volunteer::Volunteer, volunteer_record::VolunteerRecord,
    },
    error::Result,
    state::State,
    store,
};

/// The social workers who served in a chain.
pub async fn social_workers(
    state: &State,
    caller: &Caller,
    trace: TraceId,
) -> Result<Vec<SocialWorker>> {
    let mut found =
        store::social_worker::list_by_trace(&mut *state.core.db.read().await?, trace).await?;
    found.retain(|worker| super::social_worker::readable(state, caller, worker));
    Ok(found)
}

/// The volunteers who served in a chain.
pub async fn volunteers(state: &State, caller: &Caller, trace: TraceId) -> Result<Vec<Volunteer>> {
    let mut found =
        store::volunteer::list_by_trace(&mut *state.core.db.read().await?, trace).await?;
    found.retain(|volunteer| super::volunteer::readable(state, caller, volunteer));
    Ok(found)
}

/// Every record of volunteer service in a chain, reversals included.
pub async fn volunteer_records(
    state: &State,
    caller: &Caller,
    trace: TraceId,
) -> Result<Vec<VolunteerRecord>> {
    let found =
        store::volunteer_record::list_by_trace(&mut *state.core.db.read().await?, trace).await?;
    super::volunteer_record::readable(state, caller, found).await
}
