//! 团体账户: what an organisation earned by providing, which it may only give.

use kernel::{IdempotencyKey, Minutes, keys::OrganizationId};
use kit::{
    audit,
    auth::{Caller, Resource},
    idempotency,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{readable, resource, unknown};
use crate::{
    app::call,
    domain::credit::{self, CreditAccount, CreditEntryId, EntryKind, NewEntry, POOL, check_amount},
    error::Result,
    state::State,
    store,
};

/// Minutes of a group to the pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DonateGroupCredits {
    pub organization_id: OrganizationId,
    pub minutes: Minutes,
}

/// Gives minutes of the caller's organisation to the pool.
pub async fn donate_group(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: DonateGroupCredits,
) -> Result<CreditAccount> {
    const ACTION: &str = "donateOrganizationCredits";
    let asked = Resource::new("CreditAccount", input.organization_id)
        .of_organization(input.organization_id.as_uuid());
    state.core.authorize(caller, ACTION, &asked)?;
    let minutes = check_amount(input.minutes)?;
    let now = state.core.clock.now();
    let entry_key = format!("{ACTION}:{}:{}", caller.actor.subject, key.as_str());
    let once = call(caller, ACTION, key, &input, now)?;
    let mut tx = state.core.db.begin(caller).await?;
    let outcome = idempotency::run(&mut tx, &once, async |conn: &mut PgConnection| {
        let known = store::credit::find_group(conn, input.organization_id)
            .await?
            .ok_or_else(unknown)?;
        let accounts = store::credit::lock(conn, &[], &[known.id, POOL]).await?;
        let account = accounts
            .iter()
            .find(|one| one.id == known.id)
            .ok_or_else(unknown)?;
        account
            .check_available(minutes)
            .map_err(|refusal| kit::Error::from(refusal).at("input.minutes"))?;
        let entry = NewEntry {
            id: CreditEntryId::new(&state.core.ids),
            kind: EntryKind::Donate,
            key: entry_key,
            visit_id: None,
            order_id: None,
            trace_id: None,
            at: now,
            moves: credit::transfer(account.id, POOL, minutes),
        };
        store::credit::post(conn, &entry).await?;
        let record = audit::Entry::write(caller, ACTION, &resource(account), now)
            .detail(serde_json::json!({ "entry_id": entry.id, "minutes": minutes }));
        audit::append(conn, &record).await?;
        store::credit::find(conn, account.id)
            .await?
            .ok_or_else(unknown)
    })
    .await?;
    tx.commit().await?;
    outcome.into_result()
}

/// The account of an organisation, where the caller may read it.
pub async fn find_group(
    state: &State,
    caller: &Caller,
    organization: OrganizationId,
) -> Result<Option<CreditAccount>> {
    let mut conn = state.core.db.read().await?;
    let found = store::credit::find_group(&mut conn, organization).await?;
    Ok(found.filter(|account| readable(state, caller, account)))
}
