//! A look at somebody else's health data leaves a record, in the transaction
//! of the read.

use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
};

use crate::{error::Result, state::State};

/// Records the looks at these, once each; one's own leave none. Ends the read.
pub(super) async fn record(
    state: &State,
    caller: &Caller,
    mut tx: Tx,
    (action, field): (&str, &str),
    seen: &[Resource],
) -> Result<()> {
    let now = state.core.clock.now();
    let looks: Vec<audit::Entry> = seen
        .iter()
        .filter(|one| one.owner_resident != caller.actor.resident_id)
        .map(|one| audit::Entry::read(caller, action, one, now).fields([field]))
        .collect();
    if !looks.is_empty() {
        audit::log::append_all(&mut tx, &looks).await?;
    }
    tx.commit().await
}
