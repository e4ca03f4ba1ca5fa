//! 公益创投: planned by the county, called with its budget held, defended before
//! independent reviewers, confirmed after the time for objections.

mod plan;
mod settle;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    Fen, Page, Paged,
    keys::{ExpertId, FundId},
    refuse,
};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
    events,
};
use serde_json::{Value, json};

pub use plan::{Call, Cancel, Plan, call, cancel, plan};
pub use settle::{BeginDefence, begin_defence, confirm};

use super::{
    expert,
    fund::{self, Movement, move_money},
    record,
};
use crate::{
    domain::{
        expert::Expert,
        fund::{EntryId, EntryKind},
        venture_agreement::VentureAgreement,
        venture_application::{VentureApplication, VentureApplicationState},
        venture_round::{VentureRound, VentureRoundFilter, VentureRoundId, VentureRoundState},
    },
    error::Result,
    state::State,
    store,
};

/// What a round is to the policies: its operator works on its files.
pub fn resource(round: &VentureRound) -> Resource {
    Resource::new("VentureRound", round.id)
        .in_division(round.division_code)
        .of_organization(round.operator_id.as_uuid())
}

/// Closes a round whose last grant has ended.
pub(super) async fn close_if_ended(
    tx: &mut Tx,
    round: &mut VentureRound,
    now: DateTime<Utc>,
) -> Result<()> {
    if round.state != VentureRoundState::Confirmed {
        return Ok(());
    }
    let unsigned = applications(tx, round.id)
        .await?
        .iter()
        .any(|one| one.state == VentureApplicationState::Selected);
    let agreements = store::venture_agreement::load_many_by_round(tx, &[round.id])
        .await?
        .remove(&round.id)
        .unwrap_or_default();
    if unsigned || !agreements.iter().all(VentureAgreement::has_ended) {
        return Ok(());
    }
    round.close(now)?;
    store::venture_round::update(tx, round).await
}

/// Moves money of the round's fund.
pub(super) async fn moved(
    tx: &mut Tx,
    state: &State,
    caller: &Caller,
    fund_id: FundId,
    kind: EntryKind,
    amount: Fen,
    reference: uuid::Uuid,
) -> Result<EntryId> {
    let mut money = store::fund::lock(tx, fund_id)
        .await?
        .ok_or_else(fund::unknown)?;
    let movement = Movement::of(kind, amount, reference);
    let now = state.core.clock.now();
    move_money(tx, state, caller, &mut money, movement, now).await
}

pub(super) fn event(
    subject: &'static str,
    round: &VentureRound,
    at: DateTime<Utc>,
    more: Value,
) -> events::NewEvent {
    let mut data = json!({
        "round_id": round.id, "division_code": round.division_code, "state": round.state,
    });
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    events::NewEvent {
        subject,
        aggregate: "venture_round",
        aggregate_id: round.id.as_uuid(),
        trace_id: None,
        at,
        data,
    }
}

/// Writes what was done and answers with the round.
pub(super) async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &str,
    round: VentureRound,
    detail: Value,
) -> Result<VentureRound> {
    let at = round.updated_at;
    record(&mut tx, caller, action, &resource(&round), at, detail).await?;
    tx.answer(round).await
}

/// The round, locked; nobody in particular is refused before anything is looked up.
pub(super) async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    id: VentureRoundId,
) -> Result<VentureRound> {
    caller.signed_in(action)?;
    store::venture_round::lock(tx, id)
        .await?
        .ok_or_else(unknown)
}

pub(super) async fn applications(
    tx: &mut Tx,
    id: VentureRoundId,
) -> Result<Vec<VentureApplication>> {
    let found = store::venture_application::load_many_by_round(tx, &[id])
        .await?
        .remove(&id);
    Ok(found.unwrap_or_default())
}

/// Whether the caller works on the files of a round.
pub(super) fn may_read_file(state: &State, caller: &Caller, round: &VentureRound) -> bool {
    state
        .core
        .authorize(caller, "readVentureFile", &resource(round))
        .is_ok()
}

/// Rounds are public from the plan on.
pub async fn load_many(
    state: &State,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, VentureRound>> {
    store::venture_round::load_many(&mut *state.core.db.read().await?, ids).await
}

/// Who judges a round: public with the totals, before that for those who work on it.
pub async fn reviewers(
    state: &State,
    caller: &Caller,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<Expert>>> {
    let (rounds, seated) = {
        let mut conn = state.core.db.read().await?;
        let rounds = store::venture_round::load_many(&mut conn, ids).await?;
        (
            rounds,
            store::venture_round::reviewers(&mut conn, ids).await?,
        )
    };
    let everybody: Vec<ExpertId> = seated.values().flatten().copied().collect();
    let known = expert::names(state, &everybody).await?;
    let open = |id: &VentureRoundId| {
        rounds
            .get(id)
            .is_some_and(|of| of.state.is_published() || may_read_file(state, caller, of))
    };
    let named = |ids: Vec<ExpertId>| ids.iter().filter_map(|id| known.get(id).cloned()).collect();
    Ok(seated
        .into_iter()
        .filter(|(id, _)| open(id))
        .map(|(id, seats)| (id, named(seats)))
        .collect())
}

/// A page of rounds, newest first.
pub async fn list(
    state: &State,
    filter: &VentureRoundFilter,
    page: &Page,
) -> Result<Paged<VentureRound>> {
    let rows = store::venture_round::list(&mut *state.core.db.read().await?, filter, page).await?;
    Ok(page.finish(rows))
}

/// The round is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VENTURE_ROUND_NOT_FOUND",
        zh: "没有这一轮公益创投",
        en: "there is no such venture round",
    )
    .into()
}
