//! 公示异议: anybody signed in may object while a commission is on show.

use kernel::{IdempotencyKey, refuse};
use kit::auth::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{locked, resource, take_back};
use crate::{
    app::record,
    domain::{
        commission::{CommissionId, CommissionObjection, CommissionObjectionId},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// What somebody objects to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Object {
    pub commission_id: CommissionId,
    pub text: String,
}

/// Objects to a commission while it is on show.
pub async fn object(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Object,
) -> Result<CommissionObjection> {
    const ACTION: &str = "objectToCommission";
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let one = locked(&mut tx, caller, ACTION, input.commission_id).await?;
    state.core.authorize(caller, ACTION, &resource(&one))?;
    if let Some(first) = tx.replay("objectToCommission", &key, &input, now).await? {
        return Ok(first);
    }
    let said = text("input.text", &input.text, 2000)?;
    one.takes_objections(now)?;
    let objection = CommissionObjection {
        id: CommissionObjectionId::new(&state.core.ids),
        commission_id: one.id,
        text: said,
        raised_by: caller.actor.subject.clone(),
        raised_at: now,
        upheld: None,
        answer: None,
        answered_by: None,
        answered_at: None,
    };
    store::commission::insert_objection(&mut tx, &objection).await?;
    let detail = json!({ "objection_id": objection.id });
    record(&mut tx, caller, ACTION, &resource(&one), now, detail).await?;
    tx.answer(objection).await
}

/// The answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply {
    pub objection_id: CommissionObjectionId,
    pub upheld: bool,
    pub answer: String,
}

/// Answers an objection; one that is upheld takes the commission back.
pub async fn answer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Reply,
) -> Result<CommissionObjection> {
    const ACTION: &str = "answerCommissionObjection";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let seen = store::commission::find_objection(&mut tx, input.objection_id)
        .await?
        .ok_or_else(unknown_objection)?;
    let one = locked(&mut tx, caller, ACTION, seen.commission_id).await?;
    state.core.authorize(caller, ACTION, &resource(&one))?;
    let operation = "answerCommissionObjection";
    if let Some(first) = tx.replay(operation, &key, &input, now).await? {
        return Ok(first);
    }
    let mut objection = store::commission::find_objection(&mut tx, input.objection_id)
        .await?
        .ok_or_else(unknown_objection)?;
    objection.answer(input.upheld, &input.answer, &caller.actor.subject, now)?;
    store::commission::answer_objection(&mut tx, &objection).await?;
    let asked = resource(&one);
    if input.upheld {
        let why = objection.answer.clone().unwrap_or_default();
        take_back(&mut tx, one, &why, now).await?;
    }
    let detail = json!({ "objection_id": objection.id, "upheld": input.upheld });
    record(&mut tx, caller, ACTION, &asked, now, detail).await?;
    tx.answer(objection).await
}

fn unknown_objection() -> kit::Error {
    refuse!(
        NotFound,
        "COMMISSION_OBJECTION_NOT_FOUND",
        zh: "没有这条异议",
        en: "there is no such objection",
    )
    .into()
}
