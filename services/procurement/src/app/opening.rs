//! 开标: begins when it is due with enough bids, ends when all keys are in or
//! the time for them is over.

use chrono::TimeDelta;
use kernel::{IdempotencyKey, keys::TenderId, refuse};
use kit::auth::Caller;
use serde_json::json;

use super::{number, record, tender};
use crate::{
    domain::{bid::BidState, tender::Tender},
    error::Result,
    state::State,
    store,
};

/// Begins the opening.
pub async fn open(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: TenderId,
) -> Result<Tender> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = tender::lock(&mut tx, id).await?;
    state
        .core
        .authorize(caller, "openTender", &tender::resource(&tender))?;
    if let Some(first) = tx.replay("openTender", &key, &id, now).await? {
        return Ok(first);
    }
    let least = number(
        &mut tx,
        &tender.method.parameter("min_bids"),
        &tender.division_code,
        now,
    )
    .await?;
    let bids = store::bid::lock_all(&mut tx, id).await?;
    tender.open(counted(bids.len()), least, now)?;
    store::tender::update(&mut tx, &mut tender).await?;
    record(
        &mut tx,
        caller,
        "openTender",
        &tender::resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(tender).await
}

/// Ends the opening; what is still sealed is invalid.
pub async fn finish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: TenderId,
) -> Result<Tender> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = tender::lock(&mut tx, id).await?;
    state
        .core
        .authorize(caller, "finishOpening", &tender::resource(&tender))?;
    if let Some(first) = tx.replay("finishOpening", &key, &id, now).await? {
        return Ok(first);
    }
    tender
        .state
        .must_be(crate::domain::tender::TenderState::Opening)?;
    let minutes = number(
        &mut tx,
        "prc.opening.unseal_minutes",
        &tender.division_code,
        now,
    )
    .await?;
    let over = tender
        .opened_at
        .is_some_and(|at| now >= at + TimeDelta::minutes(minutes));
    let mut bids = store::bid::lock_all(&mut tx, id).await?;
    let sealed = bids
        .iter()
        .filter(|bid| bid.state == BidState::Sealed)
        .count();
    if sealed > 0 && !over {
        return Err(refuse!(
            Refused,
            "OPENING_NOT_FINISHED",
            zh: "仍有 {sealed} 份投标未解封;开标 {minutes} 分钟后仍未解封的按无效处理",
            en: "{sealed} bids are still sealed; those sealed {minutes} minutes after the opening are invalid",
        )
        .into());
    }
    for bid in bids.iter_mut().filter(|bid| bid.state == BidState::Sealed) {
        bid.invalidate("未在规定时间内解封 / not unsealed in time", now)?;
        store::bid::update(&mut tx, bid).await?;
    }
    let valid = bids
        .iter()
        .filter(|bid| bid.state == BidState::Unsealed)
        .count();
    let least = number(
        &mut tx,
        &tender.method.parameter("min_bids"),
        &tender.division_code,
        now,
    )
    .await?;
    tender.finish_opening(counted(valid), least, now)?;
    store::tender::update(&mut tx, &mut tender).await?;
    record(
        &mut tx,
        caller,
        "finishOpening",
        &tender::resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(tender).await
}

fn counted(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
