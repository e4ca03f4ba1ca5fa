//! What is told after publication: a later close, an answer to a question.

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::TenderId};
use kit::auth::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::{draft::clock_rules, lock, resource};
use crate::{
    app::record,
    domain::{
        tender::{Notice, NoticeId, NoticeKind, Tender, TenderState},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// More time to bid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Extend {
    pub tender_id: TenderId,
    pub closes_at: DateTime<Utc>,
    pub opens_at: DateTime<Utc>,
    pub reason: Option<String>,
}

/// Moves the close to later.
pub async fn extend(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Extend,
) -> Result<Tender> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = lock(&mut tx, input.tender_id).await?;
    state
        .core
        .authorize(caller, "extendTender", &resource(&tender))?;
    if let Some(first) = tx.replay("extendTender", &key, &input, now).await? {
        return Ok(first);
    }
    let reason = input
        .reason
        .as_deref()
        .unwrap_or("投标截止时间顺延 / the close is extended");
    let told = text("input.reason", reason, 2000)?;
    tender.state.must_be(TenderState::Published)?;
    let mut clocks = tender.clocks()?;
    clocks.extend(input.closes_at, input.opens_at, now)?;
    tender.clocks = Some(clocks);
    tender.updated_at = now;
    store::tender::update(&mut tx, &mut tender).await?;
    notify(
        &mut tx,
        state,
        &tender,
        (NoticeKind::Extension, told, false),
        now,
    )
    .await?;
    record(
        &mut tx,
        caller,
        "extendTender",
        &resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(tender).await
}

/// An answer to a question, for all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Clarify {
    pub tender_id: TenderId,
    pub text: String,
    pub affects_bids: bool,
    /// A later close and opening, where the clarification comes late.
    pub extension: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Publishes a clarification; a late one that affects bids extends the close.
pub async fn clarify(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Clarify,
) -> Result<Tender> {
    let told = text("input.text", &input.text, 2000)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = lock(&mut tx, input.tender_id).await?;
    state
        .core
        .authorize(caller, "clarifyTender", &resource(&tender))?;
    if let Some(first) = tx.replay("clarifyTender", &key, &input, now).await? {
        return Ok(first);
    }
    tender.state.must_be(TenderState::Published)?;
    let rules = clock_rules(&mut tx, tender.method, &tender.division_code, now).await?;
    let mut clocks = tender.clocks()?;
    if let Some((closes_at, opens_at)) = input.extension {
        clocks.extend(closes_at, opens_at, now)?;
    }
    clocks.check_clarification(input.affects_bids, &rules, now)?;
    tender.clocks = Some(clocks);
    tender.updated_at = now;
    store::tender::update(&mut tx, &mut tender).await?;
    let notice = (NoticeKind::Clarification, told, input.affects_bids);
    notify(&mut tx, state, &tender, notice, now).await?;
    record(
        &mut tx,
        caller,
        "clarifyTender",
        &resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(tender).await
}

async fn notify(
    conn: &mut PgConnection,
    state: &State,
    tender: &Tender,
    (kind, text, affects_bids): (NoticeKind, String, bool),
    now: DateTime<Utc>,
) -> Result<()> {
    let closes_at = tender.clocks()?.closes_at;
    let notice = Notice {
        id: NoticeId::new(&state.core.ids),
        tender_id: tender.id,
        kind,
        text,
        affects_bids,
        closes_at,
        at: now,
    };
    store::tender::insert_notice(conn, &notice).await
}
