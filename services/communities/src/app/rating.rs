//! 评价, and what other services report about a chain.

use kernel::{
    IdempotencyKey,
    keys::{NeedId, TraceId},
    refuse,
};
use kit::{audit, auth::Caller, events};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    domain::{
        proposal::ProposalState,
        rating::{Rating, check_comment, check_stars},
    },
    error::Result,
    state::State,
    store,
};

/// A resident's judgement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rate {
    pub need_id: NeedId,
    pub stars: i32,
    pub comment: Option<String>,
}

/// The resident who reported the need rates what came of it.
pub async fn rate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Rate,
) -> Result<Rating> {
    check_stars(input.stars)?;
    let comment = check_comment(input.comment.as_deref())?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let asked = store::need::load_many(&mut tx, &[input.need_id])
        .await?
        .remove(&input.need_id)
        .ok_or_else(super::need::unknown)?;
    state
        .core
        .authorize(caller, "rateResult", &super::need::resource(&asked))?;
    if let Some(first) = tx.replay("rateResult", &key, &input, now).await? {
        return Ok(first);
    }
    // The proposal before its need, as everywhere: no two calls wait for
    // each other.
    let proposal = store::proposal::lock_by_trace(&mut tx, asked.trace_id).await?;
    let mut need = store::need::lock(&mut tx, input.need_id)
        .await?
        .ok_or_else(super::need::unknown)?;
    let mut proposal = match proposal {
        Some(proposal) if proposal.state == ProposalState::ResultPublished => proposal,
        Some(proposal) if proposal.state == ProposalState::Rated => return Err(rated_already()),
        _ => return Err(unpublished()),
    };
    need.confirm(now)?;
    proposal.step(ProposalState::Rated, now)?;
    let rating = Rating {
        need_id: need.id,
        proposal_id: proposal.id,
        resident_id: need.reported_by,
        stars: input.stars,
        comment,
        rated_at: now,
    };
    store::rating::insert(&mut tx, &rating).await?;
    store::need::update(&mut tx, &mut need).await?;
    store::proposal::update(&mut tx, &mut proposal).await?;
    events::append(
        &mut tx,
        &events::NewEvent {
            subject: "communities.result.rated",
            aggregate: "need",
            aggregate_id: need.id.as_uuid(),
            trace_id: Some(need.trace_id.as_uuid()),
            at: now,
            data: serde_json::json!({
                "trace_id": need.trace_id, "need_id": need.id, "stars": rating.stars,
                "community_code": need.division_code,
            }),
        },
    )
    .await?;
    let entry = audit::Entry::write(caller, "rateResult", &super::need::resource(&need), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(rating).await
}

fn unpublished() -> kit::Error {
    refuse!(
        Refused,
        "RESULT_NOT_PUBLISHED",
        zh: "结果尚未公布,不能评价",
        en: "the result is not published yet",
    )
    .into()
}

fn rated_already() -> kit::Error {
    refuse!(
        AlreadyExists,
        "RESULT_RATED_ALREADY",
        zh: "已评价过,每项需求只评价一次",
        en: "the result has been rated already; it is rated once",
    )
    .into()
}

/// The tender is out: the proposal is being carried out.
pub async fn began(
    conn: &mut PgConnection,
    trace: TraceId,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let Some(mut proposal) = store::proposal::lock_by_trace(conn, trace).await? else {
        return Ok(());
    };
    // The purchase is known there before the project is written here: where
    // this service ended in between, the event waits for the repeated call.
    if proposal.state.awaits_project() {
        return Err(refuse!(
            Refused,
            "PROPOSAL_NOT_PROJECTISED",
            zh: "议题尚未立项,稍后重试",
            en: "the proposal is no project yet; try again later",
        )
        .into());
    }
    if proposal.state == ProposalState::Projectised {
        proposal.step(ProposalState::Executing, at)?;
        store::proposal::update(conn, &mut proposal).await?;
    }
    Ok(())
}

/// The last payment was made: the need is met and the result is published.
pub async fn finished(
    conn: &mut PgConnection,
    trace: TraceId,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    // An event of another service may overtake the one before it.
    began(conn, trace, at).await?;
    let Some(mut proposal) = store::proposal::lock_by_trace(conn, trace).await? else {
        return Ok(());
    };
    if proposal.state != ProposalState::Executing {
        return Ok(());
    }
    proposal.step(ProposalState::ResultPublished, at)?;
    store::proposal::update(conn, &mut proposal).await?;
    let mut need = store::need::lock(conn, proposal.need_id)
        .await?
        .ok_or_else(super::need::unknown)?;
    need.meet(at)?;
    store::need::update(conn, &mut need).await
}
