//! 共享授权: given, suspended, resumed, revoked, expired by its own timer.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, Page, Paged, calendar::end_of_day, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
    events, jobs,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::department;
use crate::{
    domain::{
        data_resource::DataResource,
        share_grant::{ShareGrant, ShareGrantId, ShareGrantState},
        share_request::ShareRequest,
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::share_grant::ShareGrantFilter;

/// The timer of the last day of a grant.
pub const EXPIRE: &str = "share_grant_expires";

/// Which grant ends.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Expire {
    pub grant_id: ShareGrantId,
}

pub(super) fn resource(caller: &Caller, it: &ShareGrant) -> Resource {
    let about = Resource::new("ShareGrant", it.id).in_division(it.division_code);
    let consumer = Some(it.consumer_organization_id);
    department::sides(about, caller, it.provider_organization_id, consumer)
}

fn changed(grant: &ShareGrant) -> events::NewEvent {
    events::NewEvent {
        subject: "smartdata.share_grant.changed",
        aggregate: "share_grant",
        aggregate_id: grant.id.as_uuid(),
        trace_id: None,
        at: grant.updated_at,
        data: serde_json::json!({
            "grant_id": grant.id,
            "resource_id": grant.resource_id,
            "consumer": grant.consumer_organization_id,
            "state": grant.state,
            "until": grant.until,
        }),
    }
}

/// Gives what a request that was granted asked for, in its transaction.
pub(super) async fn give(
    state: &State,
    tx: &mut Tx,
    caller: &Caller,
    request: &ShareRequest,
    entry: &DataResource,
) -> Result<()> {
    let id = ShareGrantId::new(&state.core.ids);
    let grant = ShareGrant::of(id, request, entry, request.updated_at);
    store::share_grant::insert(tx, &grant).await?;
    let job = jobs::NewJob::new("smartdata", EXPIRE, &Expire { grant_id: id })?
        .key(format!("{EXPIRE}:{id}"))
        .run_at(end_of_day(grant.until)?);
    jobs::enqueue(tx, &job).await?;
    events::append(tx, &changed(&grant)).await?;
    let about = resource(caller, &grant);
    let given = audit::Entry::write(caller, "giveShareGrant", &about, grant.granted_at);
    audit::append(tx, &given).await?;
    Ok(())
}

/// The timer fell due: the last day has passed.
pub async fn expire(conn: &mut PgConnection, due: Expire, now: DateTime<Utc>) -> Result<()> {
    let Some(mut grant) = store::share_grant::lock(conn, due.grant_id).await? else {
        return Ok(());
    };
    let ended = matches!(
        grant.state,
        ShareGrantState::Revoked | ShareGrantState::Expired
    );
    if ended || !grant.is_over(now) {
        return Ok(());
    }
    grant.move_to(ShareGrantState::Expired, None, now)?;
    store::share_grant::update(conn, &mut grant).await?;
    events::append(conn, &changed(&grant)).await?;
    let clock = Caller::service("smartdata");
    let entry = audit::Entry::write(&clock, "expireShareGrant", &resource(&clock, &grant), now);
    audit::append(conn, &entry).await?;
    Ok(())
}

/// Which grant, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settle {
    pub grant_id: ShareGrantId,
    pub reason: Option<String>,
}

/// 中止 for a while.
pub async fn suspend(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Settle,
) -> Result<ShareGrantId> {
    let to = ("suspendShareGrant", ShareGrantState::Suspended);
    settle(state, caller, key, input, to).await
}

/// 恢复.
pub async fn resume(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Settle,
) -> Result<ShareGrantId> {
    let to = ("resumeShareGrant", ShareGrantState::Active);
    settle(state, caller, key, input, to).await
}

/// 撤销 for good.
pub async fn revoke(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Settle,
) -> Result<ShareGrantId> {
    let to = ("revokeShareGrant", ShareGrantState::Revoked);
    settle(state, caller, key, input, to).await
}

async fn settle(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Settle,
    (action, next): (&'static str, ShareGrantState),
) -> Result<ShareGrantId> {
    caller.signed_in(action)?;
    let reason = text::some_words(input.reason.as_deref(), "input.reason", 1000)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut grant = store::share_grant::lock(&mut tx, input.grant_id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(caller, &grant);
    state
        .core
        .authorize_seen(caller, (action, "readShareGrant"), &about, unknown)?;
    if let Some(first) = tx.replay(action, &key, &input, now).await? {
        return Ok(first);
    }
    grant.move_to(next, reason, now)?;
    store::share_grant::update(&mut tx, &mut grant).await?;
    events::append(&mut tx, &changed(&grant)).await?;
    audit::append(&mut tx, &audit::Entry::write(caller, action, &about, now)).await?;
    tx.answer(grant.id).await
}

/// The grants of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ShareGrantId],
) -> Result<HashMap<ShareGrantId, ShareGrant>> {
    let mut conn = state.core.db.read().await?;
    let mut found = store::share_grant::load_many(&mut conn, ids).await?;
    found.retain(|_, it| {
        let about = resource(caller, it);
        state
            .core
            .policies
            .allows(&caller.actor, "readShareGrant", &about)
    });
    Ok(found)
}

/// A page of the grants that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &ShareGrantFilter,
    page: &Page,
) -> Result<Paged<ShareGrant>> {
    let scope = department::scope(caller);
    let mut conn = state.core.db.read().await?;
    let rows = store::share_grant::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The grant is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "SHARE_GRANT_NOT_FOUND",
        zh: "没有这份共享授权,或您无权查看",
        en: "there is no such grant, or it is not for you to see",
    )
    .into()
}
