//! 现场打分与即时公布: the last lock publishes every total in its own transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Fen, IdempotencyKey, Term, keys::ExpertId, refuse};
use kit::{auth::Caller, calendar, db::Tx, events};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    count, record,
    venture_round::{self, applications, event, resource},
};
use crate::{
    domain::{
        sheet,
        venture_application::{VentureApplicationId, VentureApplicationState},
        venture_round::{VentureRound, VentureRoundId, VentureRoundState},
        venture_score::{self, VentureResult, VentureScore, VentureSheet},
    },
    error::Result,
    state::State,
    store,
};

/// A reviewer's scores: all of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submit {
    pub round_id: VentureRoundId,
    pub scores: Vec<VentureScore>,
}

/// Takes a reviewer's sheet, in place of an earlier one that is not locked.
pub async fn submit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Submit,
) -> Result<VentureSheet> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let round =
        venture_round::locked(&mut tx, caller, "submitVentureScores", input.round_id).await?;
    state
        .core
        .authorize(caller, "submitVentureScores", &resource(&round))?;
    let expert_id = seat(&mut tx, caller, &round).await?;
    if let Some(first) = tx.replay("submitVentureScores", &key, &input, now).await? {
        return Ok(first);
    }
    round.state.must_be(VentureRoundState::Defence)?;
    let projects: Vec<VentureApplicationId> = defended(&mut tx, round.id)
        .await?
        .into_iter()
        .map(|one| one.0)
        .collect();
    sheet::check(&input.scores, &projects, &round.criteria)?;
    let sheet = VentureSheet {
        round_id: round.id,
        expert_id,
        scores: input.scores,
        submitted_at: now,
        locked_at: None,
    };
    store::venture_score::replace(&mut tx, &sheet).await?;
    record(
        &mut tx,
        caller,
        "submitVentureScores",
        &resource(&round),
        now,
        json!({}),
    )
    .await?;
    tx.answer(sheet).await
}

/// Locks the caller's sheet for good; the last one publishes the results.
pub async fn lock(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: VentureRoundId,
) -> Result<VentureSheet> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut round = venture_round::locked(&mut tx, caller, "lockVentureSheet", id).await?;
    state
        .core
        .authorize(caller, "lockVentureSheet", &resource(&round))?;
    let expert_id = seat(&mut tx, caller, &round).await?;
    if let Some(first) = tx.replay("lockVentureSheet", &key, &id, now).await? {
        return Ok(first);
    }
    let mut sheets = sheets(&mut tx, id).await?;
    let own = sheets.iter_mut().find(|sheet| sheet.expert_id == expert_id);
    let own = own.ok_or_else(sheet::missing)?;
    sheet::check_open(own.locked_at)?;
    round.state.must_be(VentureRoundState::Defence)?;
    own.locked_at = Some(now);
    let locked = own.clone();
    store::venture_score::set_locked(&mut tx, &locked).await?;
    let seats = store::venture_round::reviewers(&mut tx, &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let last = sheets.len() == seats.len() && sheets.iter().all(|sheet| sheet.locked_at.is_some());
    if last {
        publish(&mut tx, &mut round, &sheets, now).await?;
    }
    let detail = json!({ "published": last });
    record(
        &mut tx,
        caller,
        "lockVentureSheet",
        &resource(&round),
        now,
        detail,
    )
    .await?;
    tx.answer(locked).await
}

/// Every total, computed twice, on show from this instant on.
async fn publish(
    tx: &mut Tx,
    round: &mut VentureRound,
    sheets: &[VentureSheet],
    now: DateTime<Utc>,
) -> Result<()> {
    let requested = defended(tx, round.id).await?;
    let computed = venture_score::rank(sheets, &round.criteria, &requested, round.drop_extremes);
    let stored = store::venture_score::ranking(tx, round.id).await?;
    if computed != stored {
        return Err(kit::Error::internal(anyhow::anyhow!(
            "the totals of {} differ: {computed:?} computed, {stored:?} in the view",
            round.id
        )));
    }
    store::venture_score::publish(tx, round.id, &computed, now).await?;
    let division = &round.division_code;
    let days = count(tx, "prc.venture.objection_working_days", division, now).await?;
    let until = calendar::load(tx)
        .await?
        .add(now, Term::WorkingDays(days))?;
    round.publish(until, now)?;
    store::venture_round::update(tx, round).await?;
    let data = json!({ "objections_until": until });
    events::append(
        tx,
        &event("procurement.venture.published", round, now, data),
    )
    .await?;
    Ok(())
}

/// The projects under judgement, and what they ask for.
async fn defended(tx: &mut Tx, id: VentureRoundId) -> Result<Vec<(VentureApplicationId, Fen)>> {
    let found = applications(tx, id).await?;
    let standing = found
        .iter()
        .filter(|one| one.state == VentureApplicationState::Diligent);
    Ok(standing.map(|one| (one.id, one.requested)).collect())
}

async fn sheets(tx: &mut Tx, id: VentureRoundId) -> Result<Vec<VentureSheet>> {
    let found = store::venture_score::load_many(tx, &[id])
        .await?
        .remove(&id);
    Ok(found.unwrap_or_default())
}

/// The caller's seat among the reviewers.
async fn seat(tx: &mut Tx, caller: &Caller, round: &VentureRound) -> Result<ExpertId> {
    let seats = store::venture_round::reviewers(tx, &[round.id])
        .await?
        .remove(&round.id)
        .unwrap_or_default();
    let own = caller.actor.expert_id.map(ExpertId::from_uuid);
    own.filter(|id| seats.contains(id)).ok_or_else(|| {
        refuse!(
            Forbidden,
            "NOT_VENTURE_REVIEWER",
            zh: "您不是本轮创投的评委",
            en: "you are no reviewer of this round",
        )
        .into()
    })
}

/// The sheets of rounds: everybody's with the totals, before that only one's own.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureSheet>>> {
    let mut conn = state.core.db.read().await?;
    let rounds = store::venture_round::load_many(&mut conn, ids).await?;
    let mut found = store::venture_score::load_many(&mut conn, ids).await?;
    for (id, sheets) in &mut found {
        let open = rounds.get(id).is_some_and(|of| of.state.is_published());
        sheets.retain(|sheet| open || Some(sheet.expert_id.as_uuid()) == caller.actor.expert_id);
    }
    Ok(found)
}

/// The published totals of rounds.
pub async fn results(
    state: &State,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureResult>>> {
    store::venture_score::results(&mut *state.core.db.read().await?, ids).await
}
