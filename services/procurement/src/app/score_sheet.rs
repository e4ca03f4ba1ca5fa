//! 打分: each member fills a whole sheet, locks it, and then it stands.

use std::collections::HashMap;

use kernel::{
    IdempotencyKey, china_date,
    keys::{ExpertId, TenderId},
    refuse,
};
use kit::auth::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{number, panel, record, tender};
use crate::{
    domain::{
        bid::{BidId, BidState},
        criterion::Criterion,
        score_sheet::{self, Given, ScoreSheet},
        sheet,
        tender::{Tender, TenderState},
    },
    error::Result,
    state::State,
    store,
};

/// A member's scores: all of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submit {
    pub tender_id: TenderId,
    pub scores: Vec<Given>,
}

/// Takes a member's sheet, in place of an earlier one that is not locked. The
/// first sheet begins the evaluation.
pub async fn submit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Submit,
) -> Result<ScoreSheet> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = tender::lock(&mut tx, input.tender_id).await?;
    state
        .core
        .authorize(caller, "submitScores", &tender::resource(&tender))?;
    let expert_id = member(&mut tx, state, caller, &tender).await?;
    if let Some(first) = tx.replay("submitScores", &key, &input, now).await? {
        return Ok(first);
    }
    let bids = store::bid::lock_all(&mut tx, tender.id).await?;
    let of_state = |state| bids.iter().filter(move |bid| bid.state == state);
    let counted = |state| i64::try_from(of_state(state).count()).unwrap_or(i64::MAX);
    if tender.state == TenderState::Opened {
        let (pending, qualified) = (counted(BidState::Unsealed), counted(BidState::Qualified));
        let key = tender.method.parameter("min_qualified");
        let least = number(&mut tx, &key, &tender.division_code, now).await?;
        tender.evaluate(pending, qualified, least, now)?;
        store::tender::update(&mut tx, &mut tender).await?;
    }
    tender.state.must_be(TenderState::Evaluating)?;
    let qualified: Vec<BidId> = of_state(BidState::Qualified).map(|bid| bid.id).collect();
    let criteria = criteria(&mut tx, tender.id).await?;
    sheet::check(&input.scores, &qualified, &criteria)?;
    let sheet = ScoreSheet {
        tender_id: tender.id,
        expert_id,
        scores: input.scores,
        submitted_at: now,
        locked_at: None,
    };
    store::score_sheet::replace(&mut tx, &sheet).await?;
    record(
        &mut tx,
        caller,
        "submitScores",
        &tender::resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(sheet).await
}

/// Locks the caller's sheet for good.
pub async fn lock(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: TenderId,
) -> Result<ScoreSheet> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let tender = tender::lock(&mut tx, id).await?;
    state
        .core
        .authorize(caller, "lockScoreSheet", &tender::resource(&tender))?;
    let expert_id = member(&mut tx, state, caller, &tender).await?;
    if let Some(first) = tx.replay("lockScoreSheet", &key, &id, now).await? {
        return Ok(first);
    }
    tender.state.must_be(TenderState::Evaluating)?;
    let sheets = store::score_sheet::load_many(&mut tx, &[id])
        .await?
        .remove(&id);
    let (mut own, others): (Vec<ScoreSheet>, Vec<ScoreSheet>) = sheets
        .unwrap_or_default()
        .into_iter()
        .partition(|sheet| sheet.expert_id == expert_id);
    let mut sheet = own.pop().ok_or_else(sheet::missing)?;
    sheet::check_open(sheet.locked_at)?;
    let panel = store::panel::find(&mut tx, id).await?;
    let judges = |sheet: &ScoreSheet| {
        let seats = panel.iter().flat_map(|panel| &panel.members);
        seats.clone().any(|seat| seat.expert_id == sheet.expert_id)
    };
    let locked: Vec<ScoreSheet> = others
        .into_iter()
        .filter(|sheet| sheet.locked_at.is_some() && judges(sheet))
        .collect();
    score_sheet::check_objective(&sheet.scores, &locked, &criteria(&mut tx, id).await?)?;
    sheet.locked_at = Some(now);
    store::score_sheet::set_locked(&mut tx, &sheet).await?;
    record(
        &mut tx,
        caller,
        "lockScoreSheet",
        &tender::resource(&tender),
        now,
        json!({}),
    )
    .await?;
    tx.answer(sheet).await
}

async fn criteria(tx: &mut kit::db::Tx, tender: TenderId) -> Result<Vec<Criterion>> {
    let found = store::criterion::load_many(tx, &[tender])
        .await?
        .remove(&tender);
    Ok(found.unwrap_or_default())
}

/// The caller's seat on the panel. Asked each time: a conflict that became
/// known after the draw keeps its member from scoring.
async fn member(
    tx: &mut kit::db::Tx,
    state: &State,
    caller: &Caller,
    tender: &Tender,
) -> Result<ExpertId> {
    let panel = store::panel::find(tx, tender.id).await?.ok_or_else(|| {
        refuse!(
            Refused,
            "PANEL_MISSING",
            zh: "尚未组成评审小组",
            en: "no panel is formed yet",
        )
    })?;
    let seat = caller.actor.expert_id.map(ExpertId::from_uuid);
    let seat = seat.filter(|id| panel.members.iter().any(|m| m.expert_id == *id));
    let seat = seat.ok_or_else(|| {
        refuse!(
            Forbidden,
            "NOT_PANEL_MEMBER",
            zh: "您不是该项目评审小组的成员",
            en: "you are no member of this tender's panel",
        )
    })?;
    let today = china_date(state.core.clock.now());
    if !store::expert::conflicted(tx, tender.id, &[seat], today)
        .await?
        .is_empty()
    {
        return Err(panel::conflicted());
    }
    Ok(seat)
}

/// The sheets of tenders: everybody's once the result is published, before that
/// only the caller's own, so that no member follows another.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Vec<ScoreSheet>>> {
    let mut conn = state.core.db.read().await?;
    let tenders = store::tender::load_many(&mut conn, ids).await?;
    let mut sheets = store::score_sheet::load_many(&mut conn, ids).await?;
    for (id, sheets) in &mut sheets {
        let open = tenders
            .get(id)
            .is_some_and(|tender| tender.state.is_result_published());
        if !open {
            sheets.retain(|sheet| Some(sheet.expert_id.as_uuid()) == caller.actor.expert_id);
        }
    }
    Ok(sheets)
}
