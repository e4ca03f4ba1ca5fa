//! What the end of a contract does: the rest of its commitment goes back, what was
//! not accepted falls away.

use chrono::{DateTime, Utc};
use kernel::Fen;
use kit::{auth::Caller, db::Tx, events};
use serde_json::json;

use crate::{
    app::{
        fund::{self, Movement, move_money},
        need,
    },
    domain::{
        contract::{Contract, ContractState},
        fund::EntryKind,
        termination::Termination,
    },
    error::Result,
    state::State,
    store,
};

/// The contract ends: what is left of its commitment goes back, what was not
/// accepted falls away. The need before the fund, as everywhere.
pub(super) async fn take_effect(
    tx: &mut Tx,
    state: &State,
    caller: &Caller,
    one: &mut Termination,
    mut of: Contract,
    now: DateTime<Utc>,
) -> Result<Fen> {
    let mut milestones = store::milestone::load_many_by_contract(tx, &[of.id])
        .await?
        .remove(&of.id)
        .unwrap_or_default();
    let payments = store::payment::load_many_by_contract(tx, &[of.id])
        .await?
        .remove(&of.id);
    let paid = Fen::sum(payments.unwrap_or_default().iter().map(|one| one.amount))?;
    let rest = of.amount.checked_sub(paid)?;
    one.take_effect(rest, now)?;
    let mut bought = store::need::lock(tx, of.need_id)
        .await?
        .ok_or_else(need::unknown)?;
    let mut money = store::fund::lock(tx, of.fund_id)
        .await?
        .ok_or_else(fund::unknown)?;
    store::termination::update(tx, one).await?;
    for milestone in &mut milestones {
        let before = milestone.state;
        milestone.cancel(now)?;
        if milestone.state != before {
            store::milestone::update(tx, milestone).await?;
        }
    }
    if rest > Fen::ZERO {
        let movement = Movement::of(EntryKind::Uncommit, rest, of.id.as_uuid());
        move_money(tx, state, caller, &mut money, movement, now).await?;
    }
    of.state = ContractState::Terminated;
    of.updated_at = now;
    store::contract::update(tx, &mut of).await?;
    bought.terminate(&one.reason, now)?;
    store::need::update(tx, &mut bought).await?;
    events::append(tx, &told(one, &of, rest)).await?;
    Ok(rest)
}

fn told(one: &Termination, of: &Contract, released: Fen) -> events::NewEvent {
    events::NewEvent {
        subject: "procurement.contract.terminated",
        aggregate: "contract",
        aggregate_id: of.id.as_uuid(),
        trace_id: Some(of.trace_id.as_uuid()),
        at: one.updated_at,
        data: json!({
            "trace_id": of.trace_id,
            "contract_id": of.id,
            "organization_id": of.organization_id,
            "ground": one.ground,
            "released_fen": released,
        }),
    }
}
