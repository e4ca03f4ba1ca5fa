//! 公示异议: raised by anybody signed in, answered by the county, for all to read.

use std::collections::HashMap;

use kernel::{IdempotencyKey, refuse};
use kit::{auth::Caller, db::Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    record,
    venture_round::{self, applications, resource},
};
use crate::{
    domain::{
        text,
        venture_application::VentureApplicationId,
        venture_objection::{VentureObjection, VentureObjectionId, VentureObjectionState},
        venture_round::{VentureRound, VentureRoundId},
    },
    error::Result,
    state::State,
    store,
};

/// What somebody objects to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raise {
    pub round_id: VentureRoundId,
    pub application_id: Option<VentureApplicationId>,
    pub text: String,
}

/// Raises an objection while the results are on show.
pub async fn raise(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Raise,
) -> Result<VentureObjection> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let round =
        venture_round::locked(&mut tx, caller, "raiseVentureObjection", input.round_id).await?;
    state
        .core
        .authorize(caller, "raiseVentureObjection", &resource(&round))?;
    if let Some(first) = tx
        .replay("raiseVentureObjection", &key, &input, now)
        .await?
    {
        return Ok(first);
    }
    let said = text("input.text", &input.text, 2000)?;
    round.takes_objections(now)?;
    if let Some(about) = input.application_id {
        let all = applications(&mut tx, round.id).await?;
        if !all.iter().any(|one| one.id == about) {
            return Err(super::venture_application::unknown().at("input.applicationId"));
        }
    }
    let one = VentureObjection {
        id: VentureObjectionId::new(&state.core.ids),
        round_id: round.id,
        application_id: input.application_id,
        text: said,
        raised_by: caller.actor.subject.clone(),
        raised_at: now,
        state: VentureObjectionState::Raised,
        version: 1,
        answer: None,
        answered_by: None,
        answered_at: None,
    };
    store::venture_objection::insert(&mut tx, &one).await?;
    let detail = json!({ "objection_id": one.id });
    record(
        &mut tx,
        caller,
        "raiseVentureObjection",
        &resource(&round),
        now,
        detail,
    )
    .await?;
    tx.answer(one).await
}

/// The answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply {
    pub objection_id: VentureObjectionId,
    pub upheld: bool,
    pub answer: String,
}

/// Answers an objection; one that is upheld takes its project out of the round.
pub async fn answer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Reply,
) -> Result<VentureObjection> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (round, mut one) = locked(&mut tx, caller, input.objection_id).await?;
    state
        .core
        .authorize(caller, "answerVentureObjection", &resource(&round))?;
    if let Some(first) = tx
        .replay("answerVentureObjection", &key, &input, now)
        .await?
    {
        return Ok(first);
    }
    one.answer(input.upheld, &input.answer, &caller.actor.subject, now)?;
    store::venture_objection::update(&mut tx, &mut one).await?;
    if let Some(about) = one.application_id.filter(|_| input.upheld) {
        let mut all = applications(&mut tx, round.id).await?;
        if let Some(project) = all.iter_mut().find(|project| project.id == about) {
            project.disqualify(one.answer.as_deref().unwrap_or_default(), now)?;
            store::venture_application::update(&mut tx, project).await?;
        }
    }
    let detail = json!({ "objection_id": one.id, "upheld": input.upheld });
    record(
        &mut tx,
        caller,
        "answerVentureObjection",
        &resource(&round),
        now,
        detail,
    )
    .await?;
    tx.answer(one).await
}

async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    id: VentureObjectionId,
) -> Result<(VentureRound, VentureObjection)> {
    const ACTION: &str = "answerVentureObjection";
    caller.signed_in(ACTION)?;
    let seen = store::venture_objection::find(tx, id)
        .await?
        .ok_or_else(unknown)?;
    let round = venture_round::locked(tx, caller, ACTION, seen.round_id).await?;
    let one = store::venture_objection::find(tx, id)
        .await?
        .ok_or_else(unknown)?;
    Ok((round, one))
}

/// The objections to rounds: what was said and answered is public, who said it is not.
pub async fn load_many(
    state: &State,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<VentureObjection>>> {
    store::venture_objection::load_many_by_round(&mut *state.core.db.read().await?, ids).await
}

/// The objection is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VENTURE_OBJECTION_NOT_FOUND",
        zh: "没有这条异议",
        en: "there is no such objection",
    )
    .into()
}
