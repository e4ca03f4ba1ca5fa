//! A grant that ends early: what was not paid goes back at once, what was wrongly
//! paid is recovered.

use kernel::{Fen, IdempotencyKey};
use kit::{auth::Caller, events};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{finish, locked, resource, told};
use crate::{
    app::{
        fund::{self, Movement, move_money},
        venture_round::{close_if_ended, event, moved},
    },
    domain::{
        fund::EntryKind,
        text,
        venture_agreement::{VentureAgreement, VentureAgreementId},
    },
    error::Result,
    state::State,
    store,
};

/// Why a grant ends early, and how much is to come back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Terminate {
    pub agreement_id: VentureAgreementId,
    pub reason: String,
    pub to_recover: Fen,
}

/// Ends a grant early; what was not paid goes back at once.
pub async fn terminate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Terminate,
) -> Result<VentureAgreement> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let action = "terminateVentureAgreement";
    let (mut round, mut one) = locked(&mut tx, caller, action, input.agreement_id).await?;
    state.core.authorize(caller, action, &resource(&one))?;
    if let Some(first) = tx
        .replay("terminateVentureAgreement", &key, &input, now)
        .await?
    {
        return Ok(first);
    }
    let rest = one.terminate(&input.reason, input.to_recover, now)?;
    if rest > Fen::ZERO {
        let (fund_id, of) = (one.fund_id, one.id.as_uuid());
        moved(
            &mut tx,
            state,
            caller,
            fund_id,
            EntryKind::Uncommit,
            rest,
            of,
        )
        .await?;
    }
    store::venture_agreement::update(&mut tx, &mut one).await?;
    close_if_ended(&mut tx, &mut round, now).await?;
    let data = told(&one, json!({ "to_recover_fen": one.to_recover }));
    events::append(
        &mut tx,
        &event("procurement.venture.terminated", &round, now, data),
    )
    .await?;
    let detail = json!({ "released_fen": rest, "to_recover_fen": one.to_recover });
    finish(tx, caller, action, (one, now), detail).await
}

/// Money that came back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recover {
    pub agreement_id: VentureAgreementId,
    pub amount: Fen,
    pub document: String,
}

/// Books what came back of a grant that ended early.
pub async fn recover(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Recover,
) -> Result<VentureAgreement> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let action = "recordVentureRecovery";
    let (mut round, mut one) = locked(&mut tx, caller, action, input.agreement_id).await?;
    state.core.authorize(caller, action, &resource(&one))?;
    if let Some(first) = tx
        .replay("recordVentureRecovery", &key, &input, now)
        .await?
    {
        return Ok(first);
    }
    let document = text("input.document", &input.document, 200)?;
    one.recover(input.amount, now)?;
    let mut money = store::fund::lock(&mut tx, one.fund_id)
        .await?
        .ok_or_else(fund::unknown)?;
    let movement = Movement {
        kind: EntryKind::Recover,
        amount: input.amount,
        reference: Some(one.id.as_uuid()),
        document: Some(document),
    };
    move_money(&mut tx, state, caller, &mut money, movement, now).await?;
    store::venture_agreement::update(&mut tx, &mut one).await?;
    close_if_ended(&mut tx, &mut round, now).await?;
    let detail = json!({ "amount_fen": input.amount });
    finish(tx, caller, action, (one, now), detail).await
}
