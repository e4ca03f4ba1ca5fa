//! 特定委托: on show before it is signed; an objection that is upheld takes it back.

mod objection;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen, IdempotencyKey, Page, Paged,
    keys::{ContractId, OrganizationId, ProcurementNeedId, SocialWorkerId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    calendar,
    db::Tx,
    events,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use objection::{Object, Reply, answer, object};

use super::{
    contract::{self, Origin},
    count, need, number, record,
};
use crate::{
    domain::{
        commission::{
            Commission, CommissionFilter, CommissionGround, CommissionId, CommissionObjection,
            CommissionState, Commissioned, check_continuity, publicity,
        },
        contract::Contract,
        criterion::{self, PlannedMilestone},
        line, text,
    },
    error::Result,
    state::State,
    store,
};

/// What a commission is to the policies.
pub fn resource(one: &Commission) -> Resource {
    Resource::new("Commission", one.id).in_division(one.division_code)
}

/// Who is commissioned with what, and why nobody else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Publish {
    pub need_id: ProcurementNeedId,
    pub organization_id: Option<OrganizationId>,
    pub social_worker_id: Option<SocialWorkerId>,
    pub title: String,
    pub ground: CommissionGround,
    pub reasons: String,
    pub continues_id: Option<ContractId>,
    pub amount: Fen,
    pub milestones: Vec<PlannedMilestone>,
}

/// Shows a commission to everybody before it is signed.
pub async fn publish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Publish,
) -> Result<Commission> {
    const ACTION: &str = "publishCommission";
    caller.signed_in(ACTION)?;
    let before = state.core.answered(caller, ACTION, &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let supplier = Commissioned::try_new(input.organization_id, input.social_worker_id)?;
    let standing = match supplier {
        Commissioned::Organization(id) => Some(state.suppliers.find(caller, id).await?),
        Commissioned::SocialWorker(id) => {
            let field = "input.socialWorkerId";
            state.workers.check_serving(caller, id, field).await?;
            None
        }
    };
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut bought = store::need::lock(&mut tx, input.need_id)
        .await?
        .ok_or_else(need::unknown)?;
    state
        .core
        .authorize(caller, ACTION, &need::resource(&bought))?;
    if let Some(first) = tx.replay("publishCommission", &key, &input, now).await? {
        return Ok(first);
    }
    if let Some(standing) = standing {
        standing
            .check(bought.elder_care)
            .map_err(|refused| refused.with_field("input.organizationId"))?;
    }
    let title = text("input.title", &input.title, 200)?;
    let reasons = text("input.reasons", &input.reasons, 4000)?;
    let plan = criterion::milestones(input.milestones, line::quantity(&bought.lines))?;
    let held = bought.tender(now)?;
    let most = held.amount.min(line::ceiling(&bought.lines)?);
    if input.amount <= Fen::ZERO || input.amount > most {
        return Err(refuse!(
            Refused,
            "COMMISSION_ABOVE_BUDGET",
            field: "input.amount",
            zh: "委托金额须大于零,且不超过预算和单价上限合计 {most}",
            en: "the amount is above zero and at most {most}, the budget and the ceilings of the lines",
        )
        .into());
    }
    let division = &bought.division_code;
    let percent = number(&mut tx, "prc.commission.continuity_percent", division, now).await?;
    let continues = continued(&mut tx, input.continues_id).await?;
    let before = match input.continues_id {
        Some(id) => store::commission::added(&mut tx, id).await?,
        None => Fen::ZERO,
    };
    let added = before.checked_add(input.amount)?;
    check_continuity(input.ground, continues.as_ref(), supplier, added, percent)?;
    let days = count(
        &mut tx,
        "prc.commission.publicity_working_days",
        division,
        now,
    )
    .await?;
    let known = calendar::load(&mut tx).await?;
    let one = Commission {
        id: CommissionId::new(&state.core.ids),
        trace_id: bought.trace_id,
        need_id: bought.id,
        community_id: bought.community_id,
        division_code: bought.division_code,
        fund_id: held.fund_id,
        supplier,
        title,
        ground: input.ground,
        reasons,
        continues_id: input.continues_id,
        amount: input.amount,
        state: CommissionState::Published,
        version: 1,
        published_by: caller.actor.subject.clone(),
        published_at: now,
        objections_until: publicity(&known, days, now)?,
        ended_at: None,
        ended_reason: None,
        updated_at: now,
    };
    store::need::update(&mut tx, &mut bought).await?;
    store::commission::insert(&mut tx, &one, &plan).await?;
    events::append(
        &mut tx,
        &event("procurement.commission.published", &one, now),
    )
    .await?;
    let detail = json!({ "ground": one.ground, "amount_fen": one.amount });
    finish(tx, caller, ACTION, (one, now), detail).await
}

async fn continued(tx: &mut Tx, id: Option<ContractId>) -> Result<Option<Contract>> {
    let Some(id) = id else {
        return Ok(None);
    };
    // Locked: of what is added to one contract, one after the other.
    let found = store::contract::lock(tx, id).await?;
    let found = found.ok_or_else(|| contract::unknown().at("input.continuesId"))?;
    Ok(Some(found))
}

/// Which commission is given up, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cancel {
    pub commission_id: CommissionId,
    pub reason: String,
}

/// Gives a commission up; its need can be bought in another way.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Cancel,
) -> Result<Commission> {
    const ACTION: &str = "cancelCommission";
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let one = locked(&mut tx, caller, ACTION, input.commission_id).await?;
    state.core.authorize(caller, ACTION, &resource(&one))?;
    if let Some(first) = tx.replay("cancelCommission", &key, &input, now).await? {
        return Ok(first);
    }
    let one = take_back(&mut tx, one, &input.reason, now).await?;
    finish(
        tx,
        caller,
        ACTION,
        (one, now),
        json!({ "reason": input.reason }),
    )
    .await
}

/// It is cancelled, and its need is as it was before.
async fn take_back(
    tx: &mut Tx,
    mut one: Commission,
    why: &str,
    now: DateTime<Utc>,
) -> Result<Commission> {
    one.cancel(why, now)?;
    store::commission::update(tx, &mut one).await?;
    let mut bought = store::need::lock(tx, one.need_id)
        .await?
        .ok_or_else(need::unknown)?;
    bought.give_back(now)?;
    store::need::update(tx, &mut bought).await?;
    events::append(tx, &event("procurement.commission.cancelled", &one, now)).await?;
    Ok(one)
}

/// Signs the contract once nobody objects any more.
pub async fn sign(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: CommissionId,
) -> Result<Contract> {
    const ACTION: &str = "signCommission";
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut one = locked(&mut tx, caller, ACTION, id).await?;
    state.core.authorize(caller, ACTION, &resource(&one))?;
    if let Some(first) = tx.replay("signCommission", &key, &id, now).await? {
        return Ok(first);
    }
    let objections = store::commission::objections(&mut tx, &[id])
        .await?
        .remove(&id);
    let open = |objection: &&CommissionObjection| objection.answer.is_none();
    one.sign(
        objections.unwrap_or_default().iter().filter(open).count(),
        now,
    )?;
    let mut bought = store::need::lock(&mut tx, one.need_id)
        .await?
        .ok_or_else(need::unknown)?;
    let origin = Origin {
        tender_id: None,
        award_id: None,
        commission_id: Some(one.id),
        organization_id: one.supplier.organization(),
        social_worker_id: one.supplier.social_worker(),
        amount: one.amount,
    };
    let plan = store::commission::plan(&mut tx, id).await?;
    let made = contract::conclude(&mut tx, state, caller, &mut bought, origin, plan).await?;
    store::commission::update(&mut tx, &mut one).await?;
    let detail = json!({ "contract_id": made.id, "amount_fen": made.amount });
    record(&mut tx, caller, ACTION, &resource(&one), now, detail).await?;
    tx.answer(made).await
}

fn event(subject: &'static str, one: &Commission, at: DateTime<Utc>) -> events::NewEvent {
    events::NewEvent {
        subject,
        aggregate: "commission",
        aggregate_id: one.id.as_uuid(),
        trace_id: Some(one.trace_id.as_uuid()),
        at,
        data: json!({
            "trace_id": one.trace_id,
            "commission_id": one.id,
            "need_id": one.need_id,
        }),
    }
}

async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &str,
    (one, now): (Commission, DateTime<Utc>),
    detail: Value,
) -> Result<Commission> {
    record(&mut tx, caller, action, &resource(&one), now, detail).await?;
    tx.answer(one).await
}

async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    id: CommissionId,
) -> Result<Commission> {
    caller.signed_in(action)?;
    store::commission::lock(tx, id).await?.ok_or_else(unknown)
}

/// Commissions are public.
pub async fn load_many(
    state: &State,
    ids: &[CommissionId],
) -> Result<HashMap<CommissionId, Commission>> {
    store::commission::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The objections to commissions: public but for who raised them.
pub async fn objections(
    state: &State,
    ids: &[CommissionId],
) -> Result<HashMap<CommissionId, Vec<CommissionObjection>>> {
    store::commission::objections(&mut *state.core.db.read().await?, ids).await
}

/// A page of commissions, newest first.
pub async fn list(
    state: &State,
    filter: &CommissionFilter,
    page: &Page,
) -> Result<Paged<Commission>> {
    let rows = store::commission::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// The commission is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "COMMISSION_NOT_FOUND",
        zh: "没有这项特定委托",
        en: "there is no such commission",
    )
    .into()
}
