//! 合同终止: propose, answer, take back, put into effect. The contract is locked
//! first; what is left of its commitment goes back in the same transaction.

mod effect;

use std::collections::HashMap;

use kernel::{IdempotencyKey, Term, keys::ContractId, refuse};
use kit::{auth::Caller, calendar, db::Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use effect::take_effect;

use super::{
    contract::{self, resource},
    count, record,
};
use crate::{
    domain::{
        contract::{Contract, ContractState},
        termination::{
            Answer, ContractSide, NewTermination, Termination, TerminationGround, TerminationId,
            TerminationState,
        },
        text,
    },
    error::Result,
    state::State,
    store,
};

/// Why and how a contract should end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Propose {
    pub contract_id: ContractId,
    pub ground: TerminationGround,
    pub reason: String,
    pub document: Option<String>,
}

/// Proposes to end a contract early; the other side is heard.
pub async fn propose(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Propose,
) -> Result<Termination> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let of = locked(&mut tx, input.contract_id).await?;
    state
        .core
        .authorize(caller, "proposeTermination", &resource(&of))?;
    if let Some(first) = tx.replay("proposeTermination", &key, &input, now).await? {
        return Ok(first);
    }
    let side = side(caller, &of);
    let asked = NewTermination {
        ground: input.ground,
        side,
        reason: input.reason,
        document: input.document,
    }
    .check()?;
    check_open(&mut tx, &of).await?;
    if asked.ground == TerminationGround::Unlawful && !is_unlawful(&mut tx, &of).await? {
        return Err(refuse!(
            Refused,
            "AWARD_NOT_FOUND_UNLAWFUL",
            field: "input.ground",
            zh: "没有成立且影响结果的质疑或投诉,不能以中标无效为由终止",
            en: "no challenge or complaint was upheld against this award",
        )
        .into());
    }
    let division = &of.division_code;
    let days = count(
        &mut tx,
        "prc.termination.hearing_working_days",
        division,
        now,
    )
    .await?;
    let answer_by = calendar::load(&mut tx)
        .await?
        .add(now, Term::WorkingDays(days))?;
    let one = Termination {
        id: TerminationId::new(&state.core.ids),
        contract_id: of.id,
        ground: asked.ground,
        reason: asked.reason,
        document: asked.document,
        proposed_side: side,
        proposed_by: caller.actor.subject.clone(),
        proposed_at: now,
        answer_by,
        state: TerminationState::Proposed,
        version: 1,
        answer: None,
        ended_at: None,
        released: None,
        updated_at: now,
    };
    store::termination::insert(&mut tx, &one).await?;
    let detail = json!({ "termination_id": one.id, "ground": one.ground, "side": side });
    record(
        &mut tx,
        caller,
        "proposeTermination",
        &resource(&of),
        now,
        detail,
    )
    .await?;
    tx.answer(one).await
}

/// Whether a challenge or complaint against its award was upheld.
async fn is_unlawful(tx: &mut Tx, of: &Contract) -> Result<bool> {
    match of.tender_id {
        Some(tender) => store::challenge::is_upheld(tx, tender).await,
        None => Ok(false),
    }
}

/// Only a contract under way ends early, and by one termination at a time.
async fn check_open(tx: &mut Tx, of: &Contract) -> Result<()> {
    let state = of.state;
    if state != ContractState::Performing {
        return Err(refuse!(
            Refused,
            "CONTRACT_STATE",
            field: "input.contractId",
            zh: "合同当前状态为 {state},不在履行中",
            en: "the contract is {state}, not being performed",
        )
        .into());
    }
    let before = store::termination::load_many_by_contract(tx, &[of.id])
        .await?
        .remove(&of.id);
    let open = |one: &Termination| one.state == TerminationState::Proposed;
    if before.unwrap_or_default().iter().any(open) {
        return Err(refuse!(
            AlreadyExists,
            "TERMINATION_EXISTS",
            field: "input.contractId",
            zh: "该合同已有待处理的终止",
            en: "a termination of this contract is under way already",
        )
        .into());
    }
    Ok(())
}

/// What the other side says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Say {
    pub termination_id: TerminationId,
    pub agrees: bool,
    pub statement: Option<String>,
}

/// Takes the answer of the other side; an agreement takes effect with it.
pub async fn answer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Say,
) -> Result<Termination> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut one, of) = found(&mut tx, caller, "answerTermination", input.termination_id).await?;
    state
        .core
        .authorize(caller, "answerTermination", &resource(&of))?;
    if let Some(first) = tx.replay("answerTermination", &key, &input, now).await? {
        return Ok(first);
    }
    let said = Answer {
        agreed: input.agrees,
        statement: input
            .statement
            .as_deref()
            .map(|said| text("input.statement", said, 2000))
            .transpose()?,
        by: caller.actor.subject.clone(),
        at: now,
    };
    one.answer(side(caller, &of), said, now)?;
    let mut released = None;
    if one.is_agreed() {
        released = Some(take_effect(&mut tx, state, caller, &mut one, of.clone(), now).await?);
    } else {
        store::termination::update(&mut tx, &mut one).await?;
    }
    let detail = json!({
        "termination_id": one.id, "agrees": input.agrees, "released_fen": released,
    });
    record(
        &mut tx,
        caller,
        "answerTermination",
        &resource(&of),
        now,
        detail,
    )
    .await?;
    tx.answer(one).await
}

/// Takes a proposal back.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: TerminationId,
) -> Result<Termination> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut one, of) = found(&mut tx, caller, "withdrawTermination", id).await?;
    state
        .core
        .authorize(caller, "withdrawTermination", &resource(&of))?;
    if let Some(first) = tx.replay("withdrawTermination", &key, &id, now).await? {
        return Ok(first);
    }
    one.withdraw(side(caller, &of), now)?;
    store::termination::update(&mut tx, &mut one).await?;
    let detail = json!({ "termination_id": one.id });
    record(
        &mut tx,
        caller,
        "withdrawTermination",
        &resource(&of),
        now,
        detail,
    )
    .await?;
    tx.answer(one).await
}

/// Ends a contract for breach or an unlawful award, once the contractor was heard.
pub async fn execute(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: TerminationId,
) -> Result<Termination> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut one, of) = found(&mut tx, caller, "executeTermination", id).await?;
    state
        .core
        .authorize(caller, "executeTermination", &resource(&of))?;
    if let Some(first) = tx.replay("executeTermination", &key, &id, now).await? {
        return Ok(first);
    }
    let released = take_effect(&mut tx, state, caller, &mut one, of.clone(), now).await?;
    let detail = json!({ "termination_id": one.id, "released_fen": released });
    record(
        &mut tx,
        caller,
        "executeTermination",
        &resource(&of),
        now,
        detail,
    )
    .await?;
    tx.answer(one).await
}

/// On which side the caller stands.
pub(super) fn side(caller: &Caller, of: &Contract) -> ContractSide {
    let actor = &caller.actor;
    let organization = of.organization_id.map(|id| id.as_uuid());
    let worker = of.social_worker_id.map(|id| id.as_uuid());
    let own =
        |mine: Option<uuid::Uuid>, theirs: Option<uuid::Uuid>| mine.is_some() && mine == theirs;
    if own(actor.organization_id, organization) || own(actor.social_worker_id, worker) {
        ContractSide::Contractor
    } else {
        ContractSide::Buyer
    }
}

async fn locked(tx: &mut Tx, id: ContractId) -> Result<Contract> {
    store::contract::lock(tx, id)
        .await?
        .ok_or_else(contract::unknown)
}

/// The termination and its contract, the contract locked.
async fn found(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    id: TerminationId,
) -> Result<(Termination, Contract)> {
    caller.signed_in(action)?;
    let seen = store::termination::find(tx, id)
        .await?
        .ok_or_else(unknown)?;
    let of = locked(tx, seen.contract_id).await?;
    // Read again under the lock.
    let one = store::termination::find(tx, id)
        .await?
        .ok_or_else(unknown)?;
    Ok((one, of))
}

/// The terminations of contracts: in effect they are public, before that they
/// are between the two sides.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Termination>>> {
    let mut conn = state.core.db.read().await?;
    let found = store::termination::load_many_by_contract(&mut conn, ids).await?;
    drop(conn);
    contract::seen(state, caller, found, |one| {
        one.state == TerminationState::Effective
    })
    .await
}

/// The termination is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "TERMINATION_NOT_FOUND",
        zh: "没有这项终止",
        en: "there is no such termination",
    )
    .into()
}
