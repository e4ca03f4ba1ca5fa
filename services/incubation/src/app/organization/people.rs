//! Related people: never public, and every look is recorded.

use std::collections::HashMap;

use kernel::keys::{OrganizationId, ResidentId};
use kit::{audit, auth::Caller};

use super::resource;
use crate::{domain::organization::Organization, error::Result, state::State, store};

/// The related people of those organisations whose people the caller may see;
/// the others are left out.
pub async fn load_related(
    state: &State,
    caller: &Caller,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Vec<ResidentId>>> {
    let mut tx = state.core.db.begin(caller).await?;
    let mut found = store::organization::load_many(&mut tx, ids).await?;
    found.retain(|_, one| {
        state
            .core
            .authorize(caller, "readRelatedPeople", &resource(one))
            .is_ok()
    });
    let looks: Vec<_> = found
        .values()
        .map(|one| look(state, caller, "readRelatedPeople", one))
        .collect();
    audit::append_all(&mut tx, &looks).await?;
    tx.commit().await?;
    Ok(found
        .into_iter()
        .map(|(id, one)| (id, one.related_residents))
        .collect())
}

/// The related people of one organisation, for another service that looks for
/// conflicts of interest in the caller's name; nobody where the caller's role
/// has no such business.
pub async fn check_conflicts(
    state: &State,
    caller: &Caller,
    one: &Organization,
) -> Result<Vec<ResidentId>> {
    if one.related_residents.is_empty()
        || state
            .core
            .authorize(caller, "checkConflicts", &resource(one))
            .is_err()
    {
        return Ok(Vec::new());
    }
    let mut tx = state.core.db.begin(caller).await?;
    audit::append(&mut tx, &look(state, caller, "checkConflicts", one)).await?;
    tx.commit().await?;
    Ok(one.related_residents.clone())
}

fn look(state: &State, caller: &Caller, action: &str, one: &Organization) -> audit::Entry {
    audit::Entry::read(caller, action, &resource(one), state.core.clock.now())
        .fields(["relatedResidents"])
}
