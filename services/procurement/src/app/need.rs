//! 采购需求: raise, reserve its budget, read.

use std::collections::HashMap;

use kernel::{
    DivisionCode, Fen, IdempotencyKey, Page, Paged, china_date,
    keys::{CommunityId, FundId, ProcurementNeedId, ProposalId, TraceId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    events,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    fund::{self, Movement, move_money},
    record,
};
use crate::{
    domain::{
        fund::EntryKind,
        line::{self, NeedLine},
        need::{Consultation, NeedFilter, ProcurementNeed, ProcurementNeedState, Reservation},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// What a need is to the policies.
pub fn resource(need: &ProcurementNeed) -> Resource {
    Resource::new("ProcurementNeed", need.id).in_division(need.division_code)
}

/// What is to be bought, and where it comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raise {
    /// The adopted proposal it carries out.
    pub proposal_id: Option<ProposalId>,
    /// The chain, as the caller knows it; it must be the proposal's.
    pub trace_id: Option<TraceId>,
    /// How residents were asked, where no proposal was adopted.
    pub consultation: Option<Consultation>,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub title: String,
    pub elder_care: bool,
    pub lines: Vec<NeedLine>,
}

/// Raises a need; lines that buy people are refused (买事不买人).
pub async fn raise(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Raise,
) -> Result<ProcurementNeed> {
    let asked = Resource::any("ProcurementNeed").in_division(input.division_code);
    state.core.authorize(caller, "raiseNeed", &asked)?;
    let before = state.core.answered(caller, "raiseNeed", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let title = text("input.title", &input.title, 200)?;
    let now = state.core.clock.now();
    let words = {
        let mut conn = state.core.db.read().await?;
        store::need::words(&mut conn, china_date(now)).await?
    };
    let lines = line::check(input.lines.clone(), &words)?;
    let (trace_id, consultation) = origin(state, caller, &input).await?;

    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("raiseNeed", &key, &input, now).await? {
        return Ok(first);
    }
    let need = ProcurementNeed {
        id: ProcurementNeedId::new(&state.core.ids),
        trace_id,
        proposal_id: input.proposal_id,
        community_id: input.community_id,
        division_code: input.division_code,
        title,
        elder_care: input.elder_care,
        lines,
        consultation,
        reservation: None,
        state: ProcurementNeedState::Raised,
        version: 1,
        raised_by: caller.actor.subject.clone(),
        raised_at: now,
        updated_at: now,
        ended: None,
    };
    store::need::insert(&mut tx, &need).await?;
    record(
        &mut tx,
        caller,
        "raiseNeed",
        &resource(&need),
        now,
        json!({}),
    )
    .await?;
    tx.answer(need).await
}

/// The chain and the residents' opinion: a proposal they adopted, or another
/// consultation in a community that is where the caller says.
async fn origin(state: &State, caller: &Caller, input: &Raise) -> Result<(TraceId, Consultation)> {
    let division = state
        .proposals
        .division_of(caller, input.community_id)
        .await?;
    if division != input.division_code {
        return Err(refuse!(
            Invalid,
            "COMMUNITY_ELSEWHERE",
            field: "input.divisionCode",
            zh: "区划代码与社区不符",
            en: "the community lies in another division",
        )
        .into());
    }
    let Some(proposal_id) = input.proposal_id else {
        let asked = input.consultation.clone().ok_or_else(|| {
            refuse!(
                Refused,
                "CONSULTATION_MISSING",
                field: "input.consultation",
                zh: "公共服务采购须先征求居民意见:请指明已通过的议题,或填写征求意见情况",
                en: "residents are consulted first: name an adopted proposal or tell how they were asked",
            )
        })?;
        let trace = input
            .trace_id
            .unwrap_or_else(|| TraceId::new(&state.core.ids));
        return Ok((trace, asked.check()?));
    };
    let proposal = state.proposals.find(caller, proposal_id).await?;
    if !proposal.adopted {
        return Err(refuse!(
            Refused,
            "PROPOSAL_NOT_ADOPTED",
            field: "input.proposalId",
            zh: "该议题尚未表决通过并公示期满",
            en: "this proposal is not adopted, or its publicity has not ended",
        )
        .into());
    }
    let same_trace = input
        .trace_id
        .is_none_or(|trace| trace == proposal.trace_id);
    if proposal.community_id != input.community_id || !same_trace {
        return Err(refuse!(
            Invalid,
            "PROPOSAL_ELSEWHERE",
            field: "input.proposalId",
            zh: "该议题不属于此社区或此联动链",
            en: "this proposal belongs to another community or chain",
        )
        .into());
    }
    Ok((proposal.trace_id, Consultation::ballot(proposal_id)))
}

/// Budget first, then buy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReserveBudget {
    pub need_id: ProcurementNeedId,
    pub fund_id: FundId,
    pub amount: Fen,
}

/// Holds money of a fund for a need.
pub async fn reserve_budget(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: ReserveBudget,
) -> Result<ProcurementNeed> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut need = store::need::lock(&mut tx, input.need_id)
        .await?
        .ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, "reserveBudget", &resource(&need))?;
    if let Some(first) = tx.replay("reserveBudget", &key, &input, now).await? {
        return Ok(first);
    }
    let mut money = store::fund::lock(&mut tx, input.fund_id)
        .await?
        .ok_or_else(fund::unknown)?;
    if !money.division_code.contains(&need.division_code) {
        return Err(refuse!(
            Refused,
            "FUND_OF_OTHER_DIVISION",
            field: "input.fundId",
            zh: "该资金不用于此区划",
            en: "this fund is not for that division",
        )
        .into());
    }
    let held = Reservation {
        fund_id: input.fund_id,
        amount: input.amount,
    };
    need.reserve(held, now)?;
    let movement = Movement::of(EntryKind::Reserve, input.amount, need.id.as_uuid());
    let entry = move_money(&mut tx, state, caller, &mut money, movement, now).await?;
    store::need::insert_reservation(&mut tx, &need, held, entry).await?;
    store::need::update(&mut tx, &mut need).await?;
    let detail = json!({ "fund_id": input.fund_id, "amount_fen": input.amount });
    record(
        &mut tx,
        caller,
        "reserveBudget",
        &resource(&need),
        now,
        detail,
    )
    .await?;
    tx.answer(need).await
}

/// A need that is no longer wanted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Withdraw {
    pub need_id: ProcurementNeedId,
    pub reason: String,
}

/// Withdraws a need that no tender is under way for; its budget goes back to the
/// fund at once.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Withdraw,
) -> Result<ProcurementNeed> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut need = store::need::lock(&mut tx, input.need_id)
        .await?
        .ok_or_else(unknown)?;
    state
        .core
        .authorize(caller, "withdrawNeed", &resource(&need))?;
    if let Some(first) = tx.replay("withdrawNeed", &key, &input, now).await? {
        return Ok(first);
    }
    if need.state == ProcurementNeedState::Tendering {
        return Err(refuse!(
            Refused,
            "NEED_UNDER_TENDER",
            field: "input.needId",
            zh: "该需求正在采购,请先废标再撤回",
            en: "a tender is under way for this need: abandon it first",
        )
        .into());
    }
    let released = need.withdraw(&input.reason, now)?;
    if let Some(held) = released {
        let mut money = store::fund::lock(&mut tx, held.fund_id)
            .await?
            .ok_or_else(fund::unknown)?;
        let movement = Movement::of(EntryKind::Release, held.amount, need.id.as_uuid());
        move_money(&mut tx, state, caller, &mut money, movement, now).await?;
    }
    store::need::update(&mut tx, &mut need).await?;
    let event = events::NewEvent {
        subject: "procurement.need.withdrawn",
        aggregate: "procurement_need",
        aggregate_id: need.id.as_uuid(),
        trace_id: Some(need.trace_id.as_uuid()),
        at: now,
        data: json!({
            "trace_id": need.trace_id,
            "need_id": need.id,
            "proposal_id": need.proposal_id,
        }),
    };
    events::append(&mut tx, &event).await?;
    let detail = json!({
        "reason": input.reason, "released_fen": released.map(|held| held.amount),
    });
    record(
        &mut tx,
        caller,
        "withdrawNeed",
        &resource(&need),
        now,
        detail,
    )
    .await?;
    tx.answer(need).await
}

/// A page of needs, newest first.
pub async fn list(
    state: &State,
    filter: &NeedFilter,
    page: &Page,
) -> Result<Paged<ProcurementNeed>> {
    let rows = store::need::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// Needs are public: what is bought with public money, and who asked for it.
pub async fn load_many(
    state: &State,
    ids: &[ProcurementNeedId],
) -> Result<HashMap<ProcurementNeedId, ProcurementNeed>> {
    store::need::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The need is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "PROCUREMENT_NEED_NOT_FOUND",
        zh: "没有这条采购需求",
        en: "there is no such procurement need",
    )
    .into()
}
