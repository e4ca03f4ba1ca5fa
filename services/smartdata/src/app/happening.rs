//! 事件库: noting what other services tell, and reading it by chain.

use std::collections::HashMap;

use kernel::keys::{ResidentId, TraceId};
use kit::auth::{Caller, Resource};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{domain::happening::Happening, error::Result, state::State, store};

/// Notes a happening in the transaction of its event.
pub async fn note(conn: &mut PgConnection, event: Uuid, happening: &Happening) -> Result<()> {
    store::happening::insert(conn, event, happening).await
}

/// What happened on each chain, as far as the caller may read it.
pub async fn load_many_by_trace(
    state: &State,
    caller: &Caller,
    traces: &[TraceId],
) -> Result<HashMap<TraceId, Vec<Happening>>> {
    let mut chains =
        store::happening::load_many_by_trace(&mut *state.core.db.read().await?, traces).await?;
    for happenings in chains.values_mut() {
        happenings.retain(|it| {
            state
                .core
                .policies
                .allows(&caller.actor, "readHappening", &resource(it))
        });
    }
    Ok(chains)
}

fn resource(happening: &Happening) -> Resource {
    Resource::new("Happening", happening.id)
        .in_division(happening.division_code)
        .owned_by(happening.resident_id.as_ref().map(ResidentId::as_uuid))
}
