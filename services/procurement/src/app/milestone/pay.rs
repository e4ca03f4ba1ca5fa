//! 支付: once, out of what is committed; the last one completes the contract.

use kernel::{IdempotencyKey, keys::MilestoneId};
use kit::{auth::Caller, events};
use serde_json::json;

use super::{locked, resource};
use crate::{
    app::{
        fund::{self, Movement, move_money},
        need, record,
    },
    domain::{
        contract::{Contract, ContractState},
        fund::EntryKind,
        milestone::{MilestoneState, Payment, PaymentId},
        need::ProcurementNeed,
    },
    error::Result,
    state::State,
    store,
};

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
        .ok_or_else(need::unknown)?;
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
