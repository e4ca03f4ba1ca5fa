//! 变更与状态: decisions of the registrar about an organisation that exists.

use kernel::{IdempotencyKey, keys::OrganizationId};
use kit::{audit, auth::Caller};
use serde::{Deserialize, Serialize};

use super::{register::refuse_known, resource, tell_changed, unknown};
use crate::{
    domain::organization::{Change, Organization, OrganizationStatus},
    error::{Error, Result},
    state::State,
    store,
};

/// Records a change of what may change.
pub async fn record_change(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    change: Change,
) -> Result<Organization> {
    // Peers are asked before anything is locked; the permission is looked at
    // first, so that nobody learns who exists by trying.
    let seen = super::load_many(state, caller, &[change.organization_id]).await?;
    let seen = seen.get(&change.organization_id).ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, "recordChange", &resource(seen))?;
    let before = state.core.answered(caller, "recordChange", &key, &change);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    if let Some(related) = &change.related_residents {
        state
            .residents
            .check_living(caller, related, "input.relatedResidents")
            .await?;
    }

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::organization::lock(&mut tx, change.organization_id).await?;
    let mut one = found.ok_or_else(unknown)?;
    if let Some(first) = tx.replay("recordChange", &key, &change, now).await? {
        return Ok(first);
    }
    if change.version != one.version {
        return Err(Error::stale());
    }
    let before = one.uscc.clone();
    let touched = one.change(change, &caller.actor.subject, now)?;
    if one.uscc != before {
        refuse_known(&mut tx, one.uscc.as_deref()).await?;
    }
    store::organization::update(&mut tx, &mut one).await?;
    tell_changed(&mut tx, &one, now).await?;
    let entry = audit::Entry::write(caller, "recordChange", &resource(&one), now).fields(touched);
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}

/// A decision about the status.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetStatus {
    pub organization_id: OrganizationId,
    pub status: OrganizationStatus,
    pub reason: String,
}

/// The registrar decides, and says why.
pub async fn set_status(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: SetStatus,
) -> Result<Organization> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::organization::lock(&mut tx, input.organization_id).await?;
    let mut one = found.ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, "setOrganizationStatus", &resource(&one))?;
    if let Some(first) = tx
        .replay("setOrganizationStatus", &key, &input, now)
        .await?
    {
        return Ok(first);
    }
    let change = one.set_status(input.status, &input.reason, &caller.actor.subject, now)?;
    store::organization::update(&mut tx, &mut one).await?;
    store::organization::insert_status_change(&mut tx, &change).await?;
    tell_changed(&mut tx, &one, now).await?;
    let entry = audit::Entry::write(caller, "setOrganizationStatus", &resource(&one), now)
        .detail(serde_json::json!({ "from": change.from, "to": change.to }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(one).await
}
