//! Planned, called with the budget held, or called off.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, IdempotencyKey,
    keys::{FundId, OrganizationId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    events,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{event, finish, locked, moved, resource};
use crate::{
    app::{fund, number},
    domain::{
        fund::EntryKind,
        venture_round::{
            NewVentureRound, VentureRound, VentureRoundId, VentureRoundState, is_outside,
        },
    },
    error::Result,
    state::State,
    store,
};

/// What is planned, where, from which fund, and who operates it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub division_code: DivisionCode,
    pub fund_id: FundId,
    pub operator_id: OrganizationId,
    pub round: NewVentureRound,
}

/// Plans a round; where its operator is registered is asked of incubation.
pub async fn plan(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Plan,
) -> Result<VentureRound> {
    let asked = Resource::any("VentureRound").in_division(input.division_code);
    state.core.authorize(caller, "planVentureRound", &asked)?;
    let before = state
        .core
        .answered(caller, "planVentureRound", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let new = input.round.clone().check()?;
    let operator = state.suppliers.find(caller, input.operator_id).await?;
    let registered = operator.division_code.filter(|_| operator.may_bid);
    let Some(registered) = registered else {
        return Err(refuse!(
            Refused,
            "OPERATOR_UNFIT",
            field: "input.operatorId",
            zh: "承办机构须为状态正常的组织",
            en: "an operator is an organisation in good standing",
        )
        .into());
    };
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("planVentureRound", &key, &input, now).await? {
        return Ok(first);
    }
    let money = store::fund::load_many(&mut tx, &[input.fund_id])
        .await?
        .remove(&input.fund_id)
        .ok_or_else(fund::unknown)?;
    if !money.division_code.contains(&input.division_code) {
        return Err(refuse!(
            Refused,
            "FUND_OF_OTHER_DIVISION",
            field: "input.fundId",
            zh: "该资金不用于此区划",
            en: "this fund is not for that division",
        )
        .into());
    }
    let round = VentureRound {
        id: VentureRoundId::new(&state.core.ids),
        division_code: input.division_code,
        fund_id: input.fund_id,
        criteria: new.criteria(&state.core.ids),
        title: new.title,
        theme: new.theme,
        budget: new.budget,
        grant_cap: new.grant_cap,
        operator_id: input.operator_id,
        operator_outside: is_outside(registered, input.division_code),
        drop_extremes: new.drop_extremes,
        pass_points: new.pass_points,
        tranche_percents: new.tranche_percents,
        state: VentureRoundState::Planned,
        version: 1,
        planned_by: caller.actor.subject.clone(),
        planned_at: now,
        called_at: None,
        closes_at: None,
        published_at: None,
        objections_until: None,
        confirmed_at: None,
        ended_at: None,
        cancelled_reason: None,
        updated_at: now,
    };
    store::venture_round::insert(&mut tx, &round).await?;
    let detail = json!({ "operator_id": round.operator_id, "outside": round.operator_outside });
    finish(tx, caller, "planVentureRound", round, detail).await
}

/// The end of the call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    pub round_id: VentureRoundId,
    pub closes_at: DateTime<Utc>,
}

/// Calls for applications: budget first.
pub async fn call(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Call,
) -> Result<VentureRound> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut round = locked(&mut tx, caller, "callVentureRound", input.round_id).await?;
    state
        .core
        .authorize(caller, "callVentureRound", &resource(&round))?;
    if let Some(first) = tx.replay("callVentureRound", &key, &input, now).await? {
        return Ok(first);
    }
    let division = &round.division_code;
    let days = number(&mut tx, "prc.venture.call_days", division, now).await?;
    let outside = number(&mut tx, "prc.venture.first_round_outside", division, now).await?;
    let first = !store::venture_round::had_one(&mut tx, division).await?;
    round.call(input.closes_at, days, first && outside == 1, now)?;
    let (fund_id, budget) = (round.fund_id, round.budget);
    moved(
        &mut tx,
        state,
        caller,
        fund_id,
        EntryKind::Reserve,
        budget,
        round.id.as_uuid(),
    )
    .await?;
    store::venture_round::update(&mut tx, &mut round).await?;
    events::append(
        &mut tx,
        &event("procurement.venture.called", &round, now, json!({})),
    )
    .await?;
    let detail = json!({ "budget_fen": budget });
    finish(tx, caller, "callVentureRound", round, detail).await
}

/// Which round is called off, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cancel {
    pub round_id: VentureRoundId,
    pub reason: String,
}

/// Calls a round off before anything is published; its budget goes back.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Cancel,
) -> Result<VentureRound> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut round = locked(&mut tx, caller, "cancelVentureRound", input.round_id).await?;
    state
        .core
        .authorize(caller, "cancelVentureRound", &resource(&round))?;
    if let Some(first) = tx.replay("cancelVentureRound", &key, &input, now).await? {
        return Ok(first);
    }
    if round.cancel(&input.reason, now)? {
        let (fund_id, budget) = (round.fund_id, round.budget);
        moved(
            &mut tx,
            state,
            caller,
            fund_id,
            EntryKind::Release,
            budget,
            round.id.as_uuid(),
        )
        .await?;
    }
    store::venture_round::update(&mut tx, &mut round).await?;
    let detail = json!({ "reason": input.reason });
    finish(tx, caller, "cancelVentureRound", round, detail).await
}
