//! 合同: signed at the price of the bid, with the budget committed.

use std::collections::HashMap;

use chrono::{Days, Months};
use kernel::{
    Fen, IdempotencyKey, Page, Paged, china_date,
    keys::{ContractId, FundId, TenderId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    events,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    count,
    fund::{self, Movement, move_money},
    record, tender,
};
use crate::{
    domain::{
        award::Award,
        contract::{Contract, ContractFilter, ContractState},
        fund::EntryKind,
        line,
        milestone::Milestone,
        tender::{Tender, TenderState},
    },
    error::Result,
    state::State,
    store,
};

/// What a contract is to the policies.
pub fn resource(contract: &Contract) -> Resource {
    Resource::new("Contract", contract.id)
        .in_division(contract.division_code)
        .of_organization(contract.organization_id.as_uuid())
}

/// Which tender, paid from which fund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sign {
    pub tender_id: TenderId,
    pub fund_id: FundId,
}

/// Signs the contract after the publicity: what was reserved beyond the price
/// goes back to the fund, the price is committed.
pub async fn sign(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Sign,
) -> Result<Contract> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut tender = tender::lock(&mut tx, input.tender_id).await?;
    state
        .core
        .authorize(caller, "signContract", &tender::resource(&tender))?;
    if let Some(first) = tx.replay("signContract", &key, &input, now).await? {
        return Ok(first);
    }
    tender.state.must_be(TenderState::ResultPublished)?;
    let award = store::award::find(&mut tx, tender.id)
        .await?
        .ok_or_else(super::award::unknown)?;
    let publicity = award.publicity.ok_or_else(super::award::unknown)?;
    // The time for signing stands still while the signing is held up.
    let hold = store::challenge::hold(&mut tx, tender.id, now).await?;
    hold.check()?;
    publicity.check_signing(hold.held_up, now)?;
    let mut need = store::need::lock(&mut tx, tender.need_id)
        .await?
        .ok_or_else(super::need::unknown)?;
    let held = need
        .reservation
        .filter(|held| held.fund_id == input.fund_id)
        .ok_or_else(|| {
            refuse!(
                Refused,
                "FUND_NOT_RESERVED",
                field: "input.fundId",
                zh: "该资金没有为此需求预留预算",
                en: "this fund holds no budget for the need",
            )
        })?;
    let mut money = store::fund::lock(&mut tx, input.fund_id)
        .await?
        .ok_or_else(fund::unknown)?;
    let paid_from = (input.fund_id, line::quantity(&need.lines));
    let contract = draft(&mut tx, state, &tender, &award, paid_from).await?;
    let plan = store::criterion::load_plans(&mut tx, &[tender.id])
        .await?
        .remove(&tender.id);
    let milestones = contract.milestones(plan.unwrap_or_default(), &state.core.ids)?;

    let spare = held.amount.checked_sub(contract.amount)?;
    if spare > Fen::ZERO {
        let release = Movement::of(EntryKind::Release, spare, contract.id.as_uuid());
        move_money(&mut tx, state, caller, &mut money, release, now).await?;
    }
    let commit = Movement::of(EntryKind::Commit, contract.amount, contract.id.as_uuid());
    move_money(&mut tx, state, caller, &mut money, commit, now).await?;
    store::contract::insert(&mut tx, &contract).await?;
    store::milestone::insert_all(&mut tx, &milestones).await?;
    tender.contract(now)?;
    store::tender::update(&mut tx, &mut tender).await?;
    need.contract(now)?;
    store::need::update(&mut tx, &mut need).await?;
    events::append(&mut tx, &signed(&contract)).await?;
    let detail = json!({ "contract_id": contract.id, "amount_fen": contract.amount });
    record(
        &mut tx,
        caller,
        "signContract",
        &tender::resource(&tender),
        now,
        detail,
    )
    .await?;
    tx.answer(contract).await
}

async fn draft(
    tx: &mut kit::db::Tx,
    state: &State,
    tender: &Tender,
    award: &Award,
    (fund_id, quantity): (FundId, i64),
) -> Result<Contract> {
    let now = state.core.clock.now();
    let division = &tender.division_code;
    let term = count(tx, "prc.contract.term_days", division, now).await?;
    let kept = count(tx, "prc.archive.years", division, now).await?;
    let beyond = || kit::Error::internal(anyhow::anyhow!("the term ends beyond the calendar"));
    let ends_on = china_date(now)
        .checked_add_days(Days::new(term.into()))
        .ok_or_else(beyond)?;
    Ok(Contract {
        id: ContractId::new(&state.core.ids),
        trace_id: tender.trace_id,
        tender_id: tender.id,
        award_id: award.id,
        need_id: tender.need_id,
        fund_id,
        organization_id: award.organization_id,
        community_id: tender.community_id,
        division_code: tender.division_code,
        amount: award.amount,
        quantity,
        state: ContractState::Performing,
        version: 1,
        signed_at: now,
        ends_on,
        archived_until: ends_on
            .checked_add_months(Months::new(kept.saturating_mul(12)))
            .ok_or_else(beyond)?,
        updated_at: now,
    })
}

fn signed(contract: &Contract) -> events::NewEvent {
    events::NewEvent {
        subject: "procurement.contract.signed",
        aggregate: "contract",
        aggregate_id: contract.id.as_uuid(),
        trace_id: Some(contract.trace_id.as_uuid()),
        at: contract.signed_at,
        data: json!({
            "contract_id": contract.id,
            "trace_id": contract.trace_id,
            "organization_id": contract.organization_id,
            "community_id": contract.community_id,
            "division_code": contract.division_code,
            "amount_fen": contract.amount,
            "quantity": contract.quantity,
        }),
    }
}

/// A page of contracts, newest first.
pub async fn list(state: &State, filter: &ContractFilter, page: &Page) -> Result<Paged<Contract>> {
    let rows = store::contract::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// Contracts are public.
pub async fn load_many(state: &State, ids: &[ContractId]) -> Result<HashMap<ContractId, Contract>> {
    store::contract::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The same, by tender.
pub async fn load_many_by_tender(
    state: &State,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Contract>> {
    store::contract::load_many_by_tender(&mut *state.core.db.read().await?, ids).await
}

/// The milestones of contracts.
pub async fn milestones(
    state: &State,
    ids: &[ContractId],
) -> Result<HashMap<ContractId, Vec<Milestone>>> {
    store::milestone::load_many_by_contract(&mut *state.core.db.read().await?, ids).await
}

/// The contract is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CONTRACT_NOT_FOUND",
        zh: "没有这份合同",
        en: "there is no such contract",
    )
    .into()
}
