//! 节点: submitted with proof of delivery, signed for by those served, accepted
//! by somebody independent, paid once.

use std::collections::HashMap;

use kernel::{
    IdempotencyKey,
    keys::{ContractId, ExpertId, MilestoneId, OrganizationId, ResidentId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    events,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    contract, count,
    fund::{self, Movement, move_money},
    record,
};
use crate::{
    domain::{
        contract::{Contract, ContractState},
        fund::EntryKind,
        milestone::{Evaluator, Milestone, MilestoneState, Payment, PaymentId, Signature},
        need::ProcurementNeed,
        text,
    },
    error::Result,
    state::State,
    store,
};

/// What a milestone is to the policies.
fn resource(milestone: &Milestone, contract: &Contract) -> Resource {
    Resource::new("Milestone", milestone.id)
        .in_division(contract.division_code)
        .of_organization(contract.organization_id.as_uuid())
}

async fn find(state: &State, id: MilestoneId) -> Result<(Milestone, Contract)> {
    let mut conn = state.core.db.read().await?;
    let milestone = store::milestone::load_many(&mut conn, &[id])
        .await?
        .remove(&id)
        .ok_or_else(unknown)?;
    let contract = store::contract::load_many(&mut conn, &[milestone.contract_id])
        .await?
        .remove(&milestone.contract_id)
        .ok_or_else(contract::unknown)?;
    Ok((milestone, contract))
}

async fn locked(tx: &mut kit::db::Tx, id: MilestoneId) -> Result<(Milestone, Contract)> {
    let milestone = store::milestone::lock(tx, id).await?.ok_or_else(unknown)?;
    let contract = store::contract::lock(tx, milestone.contract_id)
        .await?
        .ok_or_else(contract::unknown)?;
    Ok((milestone, contract))
}

/// The contractor's word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submit {
    pub milestone_id: MilestoneId,
    pub note: Option<String>,
}

/// Submits a milestone; eldercare must bear out what was delivered.
pub async fn submit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Submit,
) -> Result<Milestone> {
    let (seen, of) = find(state, input.milestone_id).await?;
    state
        .core
        .authorize(caller, "submitMilestone", &resource(&seen, &of))?;
    let before = state.core.answered(caller, "submitMilestone", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let note = input
        .note
        .as_deref()
        .map(str::trim)
        .filter(|note| !note.is_empty());
    let note = note
        .map(|note| text("input.note", note, 2000))
        .transpose()?;
    let delivery = state.deliveries.of_contract(caller, of.id).await?;

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("submitMilestone", &key, &input, now).await? {
        return Ok(first);
    }
    let (mut milestone, of) = locked(&mut tx, input.milestone_id).await?;
    let all = store::milestone::load_many_by_contract(&mut tx, &[of.id])
        .await?
        .remove(&of.id);
    let due: i64 = all
        .unwrap_or_default()
        .iter()
        .filter(|m| m.seq <= milestone.seq)
        .map(|m| m.units)
        .sum();
    milestone.submit(delivery.units, due, note, now)?;
    store::milestone::update(&mut tx, &mut milestone).await?;
    let detail = json!({ "delivered_units": delivery.units });
    record(
        &mut tx,
        caller,
        "submitMilestone",
        &resource(&milestone, &of),
        now,
        detail,
    )
    .await?;
    tx.answer(milestone).await
}

/// A recipient's word, by themself or on paper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sign {
    pub milestone_id: MilestoneId,
    pub satisfied: bool,
    pub comment: Option<String>,
    /// For whom staff enter a paper signature.
    pub resident_id: Option<ResidentId>,
}

/// Takes a recipient's signature: only of somebody who was served, once.
pub async fn sign_acceptance(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Sign,
) -> Result<Milestone> {
    let own = caller.actor.resident_id.map(ResidentId::from_uuid);
    let signer = input.resident_id.or(own).ok_or_else(|| {
        refuse!(
            Invalid,
            "SIGNER_MISSING",
            field: "input.residentId",
            zh: "录入纸质签字时须指明居民",
            en: "name the resident whose signature you enter",
        )
    })?;
    let on_paper = own != Some(signer);
    let (seen, of) = find(state, input.milestone_id).await?;
    let asked = resource(&seen, &of).owned_by(signer.as_uuid());
    state.core.authorize(caller, "signAcceptance", &asked)?;
    let before = state.core.answered(caller, "signAcceptance", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let comment = input
        .comment
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let comment = comment
        .map(|words| text("input.comment", words, 500))
        .transpose()?;
    let delivery = state.deliveries.of_contract(caller, of.id).await?;
    if !delivery.recipients.contains(&signer) {
        return Err(refuse!(
            Refused,
            "NOT_A_RECIPIENT",
            field: "input.residentId",
            zh: "只有接受过本合同服务的居民可以签字",
            en: "only residents who were served under this contract sign",
        )
        .into());
    }

    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("signAcceptance", &key, &input, now).await? {
        return Ok(first);
    }
    let (milestone, _) = locked(&mut tx, input.milestone_id).await?;
    milestone.check_signing()?;
    let signature = Signature {
        milestone_id: milestone.id,
        resident_id: signer,
        satisfied: input.satisfied,
        comment,
        entered_by: caller.actor.subject.clone(),
        on_paper,
        signed_at: now,
    };
    store::milestone::insert_signature(&mut tx, &signature).await?;
    let detail = json!({ "satisfied": input.satisfied, "on_paper": on_paper });
    record(&mut tx, caller, "signAcceptance", &asked, now, detail).await?;
    tx.answer(milestone).await
}

/// Accepts a milestone that enough recipients have signed for.
pub async fn accept(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: MilestoneId,
) -> Result<Milestone> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut milestone, of) = locked(&mut tx, id).await?;
    state
        .core
        .authorize(caller, "acceptMilestone", &resource(&milestone, &of))?;
    if let Some(first) = tx.replay("acceptMilestone", &key, &id, now).await? {
        return Ok(first);
    }
    let signed = store::milestone::load_signatures(&mut tx, &[id])
        .await?
        .remove(&id);
    let satisfied = signed
        .unwrap_or_default()
        .iter()
        .filter(|one| one.satisfied)
        .count();
    let least = count(
        &mut tx,
        "prc.acceptance.min_signatures",
        &of.division_code,
        now,
    )
    .await?;
    let panel = store::panel::find(&mut tx, of.tender_id).await?;
    let own = caller.actor.expert_id.map(ExpertId::from_uuid);
    let evaluator = Evaluator {
        subject: caller.actor.subject.clone(),
        organization: caller.actor.organization_id.map(OrganizationId::from_uuid),
        sat_on_panel: panel
            .is_some_and(|panel| panel.members.iter().any(|m| Some(m.expert_id) == own)),
    };
    let satisfied = i64::try_from(satisfied).unwrap_or(i64::MAX);
    milestone.accept(&evaluator, of.organization_id, satisfied, least.into(), now)?;
    store::milestone::update(&mut tx, &mut milestone).await?;
    let detail = json!({ "satisfied": satisfied });
    record(
        &mut tx,
        caller,
        "acceptMilestone",
        &resource(&milestone, &of),
        now,
        detail,
    )
    .await?;
    tx.answer(milestone).await
}

/// Pays an accepted milestone out of what is committed.
pub async fn pay(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: MilestoneId,
) -> Result<Payment> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut milestone, mut of) = locked(&mut tx, id).await?;
    state
        .core
        .authorize(caller, "payMilestone", &resource(&milestone, &of))?;
    if let Some(first) = tx.replay("payMilestone", &key, &id, now).await? {
        return Ok(first);
    }
    milestone.pay(now)?;
    // The need before the fund, as where a budget is held.
    let mut need = store::need::lock(&mut tx, of.need_id)
        .await?
        .ok_or_else(super::need::unknown)?;
    let mut money = store::fund::lock(&mut tx, of.fund_id)
        .await?
        .ok_or_else(fund::unknown)?;
    let movement = Movement::of(EntryKind::Pay, milestone.amount, milestone.id.as_uuid());
    let entry_id = move_money(&mut tx, state, caller, &mut money, movement, now).await?;
    let payment = Payment {
        id: PaymentId::new(&state.core.ids),
        milestone_id: milestone.id,
        contract_id: of.id,
        fund_id: of.fund_id,
        entry_id,
        amount: milestone.amount,
        paid_by: caller.actor.subject.clone(),
        paid_at: now,
    };
    store::payment::insert(&mut tx, &payment).await?;
    store::milestone::update(&mut tx, &mut milestone).await?;
    let all = store::milestone::load_many_by_contract(&mut tx, &[of.id])
        .await?
        .remove(&of.id);
    let last = all
        .unwrap_or_default()
        .iter()
        .all(|m| m.state == MilestoneState::Paid);
    if last {
        complete(&mut tx, &mut of, &mut need, now).await?;
    }
    events::append(&mut tx, &paid(&payment, &of, last)).await?;
    let detail = json!({ "amount_fen": payment.amount, "final": last });
    record(
        &mut tx,
        caller,
        "payMilestone",
        &resource(&milestone, &of),
        now,
        detail,
    )
    .await?;
    tx.answer(payment).await
}

/// Everything is paid: contract and need have come to their end.
async fn complete(
    tx: &mut kit::db::Tx,
    of: &mut Contract,
    need: &mut ProcurementNeed,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    of.state = ContractState::Completed;
    of.updated_at = now;
    store::contract::update(tx, of).await?;
    need.fulfil(now)?;
    store::need::update(tx, need).await
}

fn paid(payment: &Payment, of: &Contract, last: bool) -> events::NewEvent {
    events::NewEvent {
        subject: "procurement.payment.made",
        aggregate: "contract",
        aggregate_id: of.id.as_uuid(),
        trace_id: Some(of.trace_id.as_uuid()),
        at: payment.paid_at,
        data: json!({
            "trace_id": of.trace_id,
            "contract_id": of.id,
            "milestone_id": payment.milestone_id,
            "amount_fen": payment.amount,
            "final": last,
        }),
    }
}

/// Milestones are public, as the contract is.
pub async fn load_many(
    state: &State,
    ids: &[MilestoneId],
) -> Result<HashMap<MilestoneId, Milestone>> {
    store::milestone::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The payments under contracts.
pub async fn payments(
    state: &State,
    ids: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Payment>>> {
    store::payment::load_many_by_contract(&mut *state.core.db.read().await?, ids).await
}

/// The signatures under milestones: how many is public, whose and what they
/// said is for those who keep the file and for the signer.
pub async fn signatures(
    state: &State,
    ids: &[MilestoneId],
) -> Result<HashMap<MilestoneId, Vec<Signature>>> {
    store::milestone::load_signatures(&mut *state.core.db.read().await?, ids).await
}

/// Whether the caller may see a signature and whose it is.
pub fn may_read_signature(
    state: &State,
    caller: &Caller,
    milestone: &Milestone,
    of: &Contract,
    signature: &Signature,
) -> bool {
    let asked = resource(milestone, of).owned_by(signature.resident_id.as_uuid());
    state
        .core
        .authorize(caller, "readSignature", &asked)
        .is_ok()
}

/// The milestone is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "MILESTONE_NOT_FOUND",
        zh: "没有这个合同节点",
        en: "there is no such milestone",
    )
    .into()
}
