//! 联动链: what this service adds to chains, one statement for many.

use std::collections::HashMap;

use kernel::keys::{CommunityId, NeedId, TraceId};
use kit::auth::Caller;

use crate::{
    domain::{need::Need, rating::Rating},
    error::Result,
    state::State,
    store,
};

/// What a chain began with.
#[derive(Clone, Debug)]
pub struct Beginning {
    pub need_id: NeedId,
    /// Communities are public.
    pub community_id: CommunityId,
    /// The need, where the caller may read it.
    pub need: Option<Need>,
}

/// What chains began with; those that there are not are left out.
pub async fn beginnings(
    state: &State,
    caller: &Caller,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Beginning>> {
    let found = store::need::load_by_trace(&mut *state.core.db.read().await?, traces).await?;
    let policies = &state.core.policies;
    let seen =
        |need: &Need| policies.allows(&caller.actor, "readNeed", &super::need::resource(need));
    let beginning = |(trace, need): (TraceId, Need)| {
        let beginning = Beginning {
            need_id: need.id,
            community_id: need.community_id,
            need: Some(need).filter(seen),
        };
        (trace, beginning)
    };
    Ok(found.into_iter().map(beginning).collect())
}

/// The ratings of what came of needs; public, without a name.
pub async fn ratings(state: &State, needs: &[NeedId]) -> Result<HashMap<NeedId, Rating>> {
    store::rating::load_many(&mut *state.core.db.read().await?, needs).await
}
