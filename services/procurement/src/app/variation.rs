//! 合同变更: proposed by one side, approved by an officer who did not propose it; the
//! versions of the plan are public.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{IdempotencyKey, china_date, keys::ContractId, refuse};
use kit::{auth::Caller, db::Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    contract::{self, resource},
    number, record,
    termination::side,
};
use crate::{
    domain::{
        contract::{Contract, ContractState},
        text,
        variation::{Variation, VariationId, VariationState, check_term, present_plan, runs_until},
    },
    error::Result,
    state::State,
    store,
};

/// What should change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Propose {
    pub contract_id: ContractId,
    pub content: String,
    pub reason: String,
    pub new_ends_on: Option<NaiveDate>,
}

/// Proposes a change of the plan.
pub async fn propose(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Propose,
) -> Result<Variation> {
    const ACTION: &str = "proposeVariation";
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let of = locked(&mut tx, caller, ACTION, input.contract_id).await?;
    state.core.authorize(caller, ACTION, &resource(&of))?;
    if let Some(first) = tx.replay("proposeVariation", &key, &input, now).await? {
        return Ok(first);
    }
    let content = text("input.content", &input.content, 2000)?;
    let reason = text("input.reason", &input.reason, 1000)?;
    performing(&of)?;
    let before = variations(&mut tx, of.id).await?;
    if before
        .iter()
        .any(|one| one.state == VariationState::Proposed)
    {
        return Err(refuse!(
            AlreadyExists,
            "VARIATION_EXISTS",
            field: "input.contractId",
            zh: "该合同已有待批准的变更",
            en: "a variation of this contract waits for its decision already",
        )
        .into());
    }
    let most = number(
        &mut tx,
        "prc.contract.term_days_max",
        &of.division_code,
        now,
    )
    .await?;
    let until = runs_until(of.ends_on, &before);
    check_term(input.new_ends_on, until, china_date(of.signed_at), most)?;
    let one = Variation {
        id: VariationId::new(&state.core.ids),
        contract_id: of.id,
        content,
        reason,
        new_ends_on: input.new_ends_on,
        proposed_side: side(caller, &of),
        proposed_by: caller.actor.subject.clone(),
        proposed_at: now,
        state: VariationState::Proposed,
        plan_version: None,
        note: None,
        decided_by: None,
        decided_at: None,
    };
    store::variation::insert(&mut tx, &one).await?;
    let detail = json!({ "variation_id": one.id, "side": one.proposed_side });
    record(&mut tx, caller, ACTION, &resource(&of), now, detail).await?;
    tx.answer(one).await
}

/// The decision.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decide {
    pub variation_id: VariationId,
    pub approved: bool,
    pub note: Option<String>,
}

/// Approves or refuses a change of the plan.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Decide,
) -> Result<Variation> {
    const ACTION: &str = "decideVariation";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let seen = store::variation::find(&mut tx, input.variation_id)
        .await?
        .ok_or_else(unknown)?;
    let of = locked(&mut tx, caller, ACTION, seen.contract_id).await?;
    state.core.authorize(caller, ACTION, &resource(&of))?;
    if let Some(first) = tx.replay("decideVariation", &key, &input, now).await? {
        return Ok(first);
    }
    performing(&of)?;
    let all = variations(&mut tx, of.id).await?;
    let present = present_plan(&all);
    let mut one = all
        .into_iter()
        .find(|one| one.id == input.variation_id)
        .ok_or_else(unknown)?;
    let by = &caller.actor.subject;
    one.decide(input.approved, input.note.as_deref(), present, by, now)?;
    store::variation::decide(&mut tx, &one).await?;
    let detail = json!({ "variation_id": one.id, "plan_version": one.plan_version });
    record(&mut tx, caller, ACTION, &resource(&of), now, detail).await?;
    tx.answer(one).await
}

fn performing(of: &Contract) -> Result<()> {
    let state = of.state;
    if state == ContractState::Performing {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "CONTRACT_STATE",
        zh: "合同当前状态为 {state},不在履行中",
        en: "the contract is {state}, not being performed",
    )
    .into())
}

async fn variations(tx: &mut Tx, id: ContractId) -> Result<Vec<Variation>> {
    let found = store::variation::load_many_by_contract(tx, &[id])
        .await?
        .remove(&id);
    Ok(found.unwrap_or_default())
}

async fn locked(tx: &mut Tx, caller: &Caller, action: &str, id: ContractId) -> Result<Contract> {
    caller.signed_in(action)?;
    store::contract::lock(tx, id)
        .await?
        .ok_or_else(contract::unknown)
}

/// The variations of contracts: what was approved is public, the rest is between
/// the two sides.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Variation>>> {
    let mut conn = state.core.db.read().await?;
    let found = store::variation::load_many_by_contract(&mut conn, ids).await?;
    drop(conn);
    contract::seen(state, caller, found, |one| {
        one.state == VariationState::Approved
    })
    .await
}

/// The variation is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VARIATION_NOT_FOUND",
        zh: "没有这项变更",
        en: "there is no such variation",
    )
    .into()
}
