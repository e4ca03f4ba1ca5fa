//! 排名与定标: ranked from the locked sheets, awarded by rank, told to all.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen, IdempotencyKey, Term, china_date,
    keys::{ExpertId, TenderId},
    refuse,
};
use kit::{auth::Caller, calendar};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{count, record, tender};
use crate::{
    domain::{
        award::{Award, AwardId, Publicity, check_order},
        bid::{BidId, BidState},
        panel::Panel,
        ranking::{self, Ranked},
        score_sheet::{Given, ScoreSheet},
        tender::{Tender, TenderState},
    },
    error::Result,
    state::State,
    store,
};

/// Ranks a tender whose sheets are all locked. The database's view and the
/// program compute it separately and must agree.
pub async fn rank(
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
        .authorize(caller, "rankTender", &tender::resource(&tender))?;
    if let Some(first) = tx.replay("rankTender", &key, &id, now).await? {
        return Ok(first);
    }
    tender.state.must_be(TenderState::Evaluating)?;
    let sheets = locked_sheets(&mut tx, id).await?;
    check_panel(&mut tx, id, now).await?;
    let bids: Vec<(BidId, Fen)> = store::bid::lock_all(&mut tx, id)
        .await?
        .into_iter()
        .filter(|bid| bid.state == BidState::Qualified)
        .filter_map(|bid| bid.price.map(|price| (bid.id, price)))
        .collect();
    let criteria = store::criterion::load_many(&mut tx, &[id])
        .await?
        .remove(&id);
    let scores: Vec<Given> = sheets.into_iter().flat_map(|sheet| sheet.scores).collect();
    let computed = ranking::rank(&bids, &scores, &criteria.unwrap_or_default());
    let stored = store::ranking::load_many(&mut tx, &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    if computed != stored {
        return Err(kit::Error::internal(anyhow::anyhow!(
            "the ranking of {id} differs: {computed:?} computed, {stored:?} in the view"
        )));
    }
    let days = count(
        &mut tx,
        "prc.award.decide_working_days",
        &tender.division_code,
        now,
    )
    .await?;
    let decide_by = calendar::load(&mut tx)
        .await?
        .add(now, Term::WorkingDays(days))?;
    tender.rank(decide_by, now)?;
    store::tender::update(&mut tx, &mut tender).await?;
    record(
        &mut tx,
        caller,
        "rankTender",
        &tender::resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(tender).await
}

/// All sheets of the panel, where all are locked.
async fn locked_sheets(tx: &mut kit::db::Tx, id: TenderId) -> Result<Vec<ScoreSheet>> {
    let panel = store::panel::find(tx, id).await?;
    let sheets = store::score_sheet::load_many(tx, &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let locked = |panel: &Panel| {
        panel.members.iter().all(|member| {
            let mut own = sheets
                .iter()
                .filter(|sheet| sheet.expert_id == member.expert_id);
            own.any(|sheet| sheet.locked_at.is_some())
        })
    };
    if let Some(panel) = panel.filter(locked) {
        // The sheet of a member who was replaced counts no more.
        let judges = |sheet: &ScoreSheet| {
            let mut seats = panel.members.iter();
            seats.any(|seat| seat.expert_id == sheet.expert_id)
        };
        return Ok(sheets.into_iter().filter(judges).collect());
    }
    Err(refuse!(
        Refused,
        "SHEETS_NOT_LOCKED",
        zh: "仍有评委未锁定打分表",
        en: "some score sheets are not locked",
    )
    .into())
}

/// Nothing rests on the sheet of a member whose conflict came out after it was
/// locked: before the ranking the member is replaced, after it the tender abandoned.
async fn check_panel(tx: &mut kit::db::Tx, id: TenderId, now: DateTime<Utc>) -> Result<()> {
    let members: Vec<ExpertId> = store::panel::find(tx, id)
        .await?
        .map(|panel| panel.members.iter().map(|m| m.expert_id).collect())
        .unwrap_or_default();
    let today = china_date(now);
    if store::expert::conflicted(tx, id, &members, today)
        .await?
        .is_empty()
    {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "PANEL_MEMBER_CONFLICTED",
        zh: "评审成员与投标人存在利害关系,其打分不得采用;排名前请替换该成员,排名后请废标重新采购",
        en: "a panel member has a conflict of interest with a bidder, so the sheet does not count; replace the member before the ranking, abandon the tender after it",
    )
    .into())
}

/// Which bid wins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decide {
    pub tender_id: TenderId,
    pub bid_id: BidId,
}

/// Awards the first of the ranking.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Decide,
) -> Result<Tender> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = tender::lock(&mut tx, input.tender_id).await?;
    state
        .core
        .authorize(caller, "awardTender", &tender::resource(&tender))?;
    if let Some(first) = tx.replay("awardTender", &key, &input, now).await? {
        return Ok(first);
    }
    if matches!(tender.state, TenderState::Opened | TenderState::Evaluating) {
        locked_sheets(&mut tx, tender.id).await?;
        return Err(refuse!(
            Refused,
            "TENDER_NOT_RANKED",
            zh: "尚未完成排名,不能定标",
            en: "no award before the ranking",
        )
        .into());
    }
    tender.state.must_be(TenderState::Ranked)?;
    check_panel(&mut tx, tender.id, now).await?;
    let ranking = store::ranking::load_many(&mut tx, &[tender.id])
        .await?
        .remove(&tender.id);
    check_order(&ranking.unwrap_or_default(), input.bid_id)?;
    let bid = store::bid::lock(&mut tx, input.bid_id)
        .await?
        .ok_or_else(super::bid::unknown)?;
    let days = count(
        &mut tx,
        "prc.award.notice_working_days",
        &tender.division_code,
        now,
    )
    .await?;
    let notice_by = calendar::load(&mut tx)
        .await?
        .add(now, Term::WorkingDays(days))?;
    let award = Award {
        id: AwardId::new(&state.core.ids),
        tender_id: tender.id,
        bid_id: bid.id,
        organization_id: bid.organization_id,
        amount: bid.price.unwrap_or_default(),
        decided_at: now,
        in_time: tender.decide_by.is_some_and(|by| now <= by),
        notice_by,
        publicity: None,
    };
    store::award::insert(&mut tx, &award).await?;
    tender.award(now)?;
    store::tender::update(&mut tx, &mut tender).await?;
    let detail = json!({ "bid_id": bid.id, "in_time": award.in_time });
    record(
        &mut tx,
        caller,
        "awardTender",
        &tender::resource(&tender),
        now,
        detail,
    )
    .await?;
    tx.answer(tender).await
}

/// Publishes the award with the names of the panel.
pub async fn publish(
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
        .authorize(caller, "publishAward", &tender::resource(&tender))?;
    if let Some(first) = tx.replay("publishAward", &key, &id, now).await? {
        return Ok(first);
    }
    tender.publish_result(now)?;
    let award = store::award::find(&mut tx, id).await?.ok_or_else(unknown)?;
    let division = &tender.division_code;
    let days = count(&mut tx, "prc.award.publicity_working_days", division, now).await?;
    let sign = count(&mut tx, "prc.contract.sign_days", division, now).await?;
    let told = Publicity::begin(&calendar::load(&mut tx).await?, days, sign, now)?;
    store::award::publish(&mut tx, &award, &told).await?;
    store::tender::update(&mut tx, &mut tender).await?;
    record(
        &mut tx,
        caller,
        "publishAward",
        &tender::resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(tender).await
}

/// The awards of tenders: public with the notice, before it for those who keep
/// the file.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Award>> {
    let mut conn = state.core.db.read().await?;
    let mut awards = store::award::load_many(&mut conn, ids).await?;
    if awards.values().any(|award| award.publicity.is_none()) {
        let tenders = store::tender::load_many(&mut conn, ids).await?;
        awards.retain(|id, award| {
            let keeps = |tender: &Tender| tender::may_read_file(state, caller, tender);
            award.publicity.is_some() || tenders.get(id).is_some_and(keeps)
        });
    }
    Ok(awards)
}

/// The rankings of tenders that are ranked (即时公布).
pub async fn rankings(state: &State, ids: &[TenderId]) -> Result<HashMap<TenderId, Vec<Ranked>>> {
    store::ranking::load_many(&mut *state.core.db.read().await?, ids).await
}

/// There is no award.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "AWARD_NOT_FOUND",
        zh: "没有中标结果",
        en: "there is no award",
    )
    .into()
}
