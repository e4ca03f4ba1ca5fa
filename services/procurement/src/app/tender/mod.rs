//! 招标项目: abandon and read; drafting and notices have files of their own.

mod draft;
mod notice;

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, keys::TenderId, refuse};
use kit::{
    auth::{Caller, Resource, Role},
    events,
    live::{Following, follow},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

pub use draft::{Create, Publish, create, publish};
pub use notice::{Clarify, Extend, clarify, extend};

use super::record;
use crate::{
    domain::{
        criterion::{Criterion, PlannedMilestone},
        tender::{AbandonGround, Notice, Tender, TenderFilter},
    },
    error::Result,
    state::State,
    store,
};

/// Who may see the drafts of a division they work for.
const DRAFT_READERS: &[Role] = &[
    Role::ProcurementOfficer,
    Role::FundManager,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

/// What a tender is to the policies.
pub fn resource(tender: &Tender) -> Resource {
    Resource::new("Tender", tender.id)
        .in_division(tender.division_code)
        .with("published", tender.published_at.is_some())
}

/// 废标.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Abandon {
    pub tender_id: TenderId,
    pub reason: String,
    pub ground: Option<AbandonGround>,
}

/// Abandons a tender; its need can be tendered again.
pub async fn abandon(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Abandon,
) -> Result<Tender> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = lock(&mut tx, input.tender_id).await?;
    state
        .core
        .authorize(caller, "abandonTender", &resource(&tender))?;
    if let Some(first) = tx.replay("abandonTender", &key, &input, now).await? {
        return Ok(first);
    }
    tender.abandon(&input.reason, input.ground, now)?;
    store::tender::update(&mut tx, &mut tender).await?;
    let mut need = store::need::lock(&mut tx, tender.need_id)
        .await?
        .ok_or_else(super::need::unknown)?;
    need.give_back(now)?;
    store::need::update(&mut tx, &mut need).await?;
    let event = events::NewEvent {
        subject: "procurement.tender.abandoned",
        aggregate: "tender",
        aggregate_id: tender.id.as_uuid(),
        trace_id: Some(tender.trace_id.as_uuid()),
        at: now,
        data: json!({
            "trace_id": tender.trace_id,
            "tender_id": tender.id,
            "need_id": tender.need_id,
            "ground": input.ground,
        }),
    };
    events::append(&mut tx, &event).await?;
    let detail = json!({ "reason": input.reason, "ground": input.ground });
    record(
        &mut tx,
        caller,
        "abandonTender",
        &resource(&tender),
        now,
        detail,
    )
    .await?;
    tx.answer(tender).await
}

/// The tender, locked.
pub(in crate::app) async fn lock(conn: &mut PgConnection, id: TenderId) -> Result<Tender> {
    store::tender::lock(conn, id).await?.ok_or_else(unknown)
}

/// The tenders of a list of ids that the caller may read: published ones are public.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Tender>> {
    let mut tenders = store::tender::load_many(&mut *state.core.db.read().await?, ids).await?;
    tenders.retain(|_, tender| may_read(state, caller, tender));
    Ok(tenders)
}

/// The tender as the caller may see it, now and after each change.
pub async fn watch(state: &State, caller: &Caller, id: TenderId) -> Result<Following<Tender>> {
    let watch = state.core.watch("tender", id.as_uuid()).await?;
    let (state, caller) = (state.clone(), caller.clone());
    Ok(follow(watch, move || {
        let (state, caller) = (state.clone(), caller.clone());
        async move {
            let mut found = load_many(&state, &caller, &[id]).await?;
            found.remove(&id).ok_or_else(unknown)
        }
    }))
}

/// Whether the caller may see the tender at all.
pub(in crate::app) fn may_read(state: &State, caller: &Caller, tender: &Tender) -> bool {
    tender.published_at.is_some()
        || state
            .core
            .authorize(caller, "readTender", &resource(tender))
            .is_ok()
}

/// Whether the caller may see what is not public yet: panel, award, bids' contents.
pub(in crate::app) fn may_read_file(state: &State, caller: &Caller, tender: &Tender) -> bool {
    state
        .core
        .authorize(caller, "readTenderFile", &resource(tender))
        .is_ok()
}

/// Whether the caller may see who judges, or may be drawn to.
pub(in crate::app) fn shows_people(state: &State, caller: &Caller, tender: &Tender) -> bool {
    tender.state.is_result_published() || may_read_file(state, caller, tender)
}

/// A page of tenders, newest first.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &TenderFilter,
    page: &Page,
) -> Result<Paged<Tender>> {
    let drafts = caller.actor.scope(DRAFT_READERS);
    let rows =
        store::tender::list(&mut *state.core.db.read().await?, &drafts, filter, page).await?;
    Ok(page.finish(rows))
}

/// The criteria of tenders the caller has seen already.
pub async fn criteria(
    state: &State,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Criterion>>> {
    store::criterion::load_many(&mut *state.core.db.read().await?, tenders).await
}

/// Their planned milestones.
pub async fn plans(
    state: &State,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<PlannedMilestone>>> {
    store::criterion::load_plans(&mut *state.core.db.read().await?, tenders).await
}

/// Their notices.
pub async fn notices(
    state: &State,
    tenders: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Notice>>> {
    store::tender::notices(&mut *state.core.db.read().await?, tenders).await
}

/// The tender is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "TENDER_NOT_FOUND",
        zh: "没有这个招标项目,或尚未公告",
        en: "there is no such tender, or it is not published yet",
    )
    .into()
}
