//! 合同: signed at the price of the bid, with the budget committed.

use std::collections::HashMap;

use chrono::{Days, Months};
use kernel::{
    Fen, IdempotencyKey, Page, Paged, china_date,
    keys::{ContractId, FundId, OrganizationId, SocialWorkerId, TenderId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
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
        award::AwardId,
        commission::CommissionId,
        contract::{Contract, ContractFilter, ContractState},
        criterion::PlannedMilestone,
        fund::EntryKind,
        line,
        milestone::Milestone,
        need::ProcurementNeed,
        tender::TenderState,
    },
    error::Result,
    state::State,
    store,
};

/// What a contract is to the policies.
pub fn resource(contract: &Contract) -> Resource {
    of_contractor(Resource::new("Contract", contract.id), contract)
}

/// Where a thing of a contract lies, and whose work it is.
pub(super) fn of_contractor(resource: Resource, contract: &Contract) -> Resource {
    let worker = contract.social_worker_id.map(|id| id.as_uuid().to_string());
    resource
        .in_division(contract.division_code)
        .of_organization(contract.organization_id.map(|id| id.as_uuid()))
        .with("worker", worker.unwrap_or_default())
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
    if need
        .reservation
        .is_none_or(|held| held.fund_id != input.fund_id)
    {
        return Err(not_reserved().at("input.fundId"));
    }
    let origin = Origin {
        tender_id: Some(tender.id),
        award_id: Some(award.id),
        commission_id: None,
        organization_id: Some(award.organization_id),
        social_worker_id: None,
        amount: award.amount,
    };
    let plan = store::criterion::load_plans(&mut tx, &[tender.id])
        .await?
        .remove(&tender.id);
    let plan = plan.unwrap_or_default();
    let contract = conclude(&mut tx, state, caller, &mut need, origin, plan).await?;
    tender.contract(now)?;
    store::tender::update(&mut tx, &mut tender).await?;
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

/// What a contract rests on: an award, or a commission that was on show.
pub(super) struct Origin {
    pub tender_id: Option<TenderId>,
    pub award_id: Option<AwardId>,
    pub commission_id: Option<CommissionId>,
    pub organization_id: Option<OrganizationId>,
    pub social_worker_id: Option<SocialWorkerId>,
    pub amount: Fen,
}

/// Writes a contract for a need: what was reserved beyond its amount goes back to
/// the fund, the amount is committed.
pub(super) async fn conclude(
    tx: &mut Tx,
    state: &State,
    caller: &Caller,
    need: &mut ProcurementNeed,
    origin: Origin,
    plan: Vec<PlannedMilestone>,
) -> Result<Contract> {
    let now = state.core.clock.now();
    let held = need.reservation.ok_or_else(not_reserved)?;
    let mut money = store::fund::lock(tx, held.fund_id)
        .await?
        .ok_or_else(fund::unknown)?;
    let contract = draft(tx, state, need, &origin, held.fund_id).await?;
    let milestones = contract.milestones(plan, &state.core.ids)?;
    let spare = held.amount.checked_sub(contract.amount)?;
    if spare > Fen::ZERO {
        let release = Movement::of(EntryKind::Release, spare, contract.id.as_uuid());
        move_money(tx, state, caller, &mut money, release, now).await?;
    }
    let commit = Movement::of(EntryKind::Commit, contract.amount, contract.id.as_uuid());
    move_money(tx, state, caller, &mut money, commit, now).await?;
    store::contract::insert(tx, &contract).await?;
    store::milestone::insert_all(tx, &milestones).await?;
    need.contract(now)?;
    store::need::update(tx, need).await?;
    events::append(tx, &signed(&contract)).await?;
    Ok(contract)
}

fn not_reserved() -> kit::Error {
    refuse!(
        Refused,
        "FUND_NOT_RESERVED",
        zh: "该资金没有为此需求预留预算",
        en: "this fund holds no budget for the need",
    )
    .into()
}

async fn draft(
    tx: &mut Tx,
    state: &State,
    need: &ProcurementNeed,
    origin: &Origin,
    fund_id: FundId,
) -> Result<Contract> {
    let now = state.core.clock.now();
    let division = &need.division_code;
    let term = count(tx, "prc.contract.term_days", division, now).await?;
    let kept = count(tx, "prc.archive.years", division, now).await?;
    let beyond = || kit::Error::internal(anyhow::anyhow!("the term ends beyond the calendar"));
    let ends_on = china_date(now)
        .checked_add_days(Days::new(term.into()))
        .ok_or_else(beyond)?;
    Ok(Contract {
        id: ContractId::new(&state.core.ids),
        trace_id: need.trace_id,
        tender_id: origin.tender_id,
        award_id: origin.award_id,
        commission_id: origin.commission_id,
        need_id: need.id,
        fund_id,
        organization_id: origin.organization_id,
        social_worker_id: origin.social_worker_id,
        community_id: need.community_id,
        division_code: need.division_code,
        amount: origin.amount,
        quantity: line::quantity(&need.lines),
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
        // Who listens to contracts of organisations finds an organisation in each.
        subject: match contract.social_worker_id {
            None => "procurement.contract.signed",
            Some(_) => "procurement.contract.signed_with_worker",
        },
        aggregate: "contract",
        aggregate_id: contract.id.as_uuid(),
        trace_id: Some(contract.trace_id.as_uuid()),
        at: contract.signed_at,
        data: json!({
            "contract_id": contract.id,
            "trace_id": contract.trace_id,
            "organization_id": contract.organization_id,
            "social_worker_id": contract.social_worker_id,
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

/// Of what was found under contracts, what the caller may see: all of it where
/// they may read the contract's file, elsewhere what is public.
pub(super) async fn seen<T>(
    state: &State,
    caller: &Caller,
    mut found: HashMap<ContractId, Vec<T>>,
    public: impl Fn(&T) -> bool,
) -> Result<HashMap<ContractId, Vec<T>>> {
    let ids: Vec<ContractId> = found.keys().copied().collect();
    let contracts = load_many(state, &ids).await?;
    for (id, all) in &mut found {
        let inside = contracts.get(id).is_some_and(|of| {
            state
                .core
                .authorize(caller, "readContractFile", &resource(of))
                .is_ok()
        });
        all.retain(|one| inside || public(one));
    }
    Ok(found)
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
