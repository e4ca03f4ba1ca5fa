//! Before whom a round is defended, and who is funded in the end.

use kernel::{Fen, IdempotencyKey, china_date, keys::ExpertId, refuse};
use kit::{auth::Caller, events};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{applications, event, finish, locked, moved, resource};
use crate::{
    app::{expert, number},
    domain::{
        fund::EntryKind,
        venture_application::{VentureApplicationState, selection},
        venture_objection::{VentureObjection, VentureObjectionState},
        venture_round::{ReviewerRules, VentureRound, VentureRoundId},
    },
    error::Result,
    state::State,
    store,
};

/// Who judges.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BeginDefence {
    pub round_id: VentureRoundId,
    pub reviewer_ids: Vec<ExpertId>,
}

/// Begins the defence on site, before reviewers who are tied to nobody.
pub async fn begin_defence(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: BeginDefence,
) -> Result<VentureRound> {
    const FIELD: &str = "input.reviewerIds";
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut round = locked(&mut tx, caller, "beginVentureDefence", input.round_id).await?;
    state
        .core
        .authorize(caller, "beginVentureDefence", &resource(&round))?;
    if let Some(first) = tx.replay("beginVentureDefence", &key, &input, now).await? {
        return Ok(first);
    }
    let applications = applications(&mut tx, round.id).await?;
    let in_state = |wanted: &[VentureApplicationState]| {
        let found = applications
            .iter()
            .filter(|one| wanted.contains(&one.state));
        found.count()
    };
    let pending = in_state(&[
        VentureApplicationState::Submitted,
        VentureApplicationState::Eligible,
    ]);
    let standing = in_state(&[VentureApplicationState::Diligent]);
    let division = &round.division_code;
    let rules = ReviewerRules {
        least: number(&mut tx, "prc.venture.reviewers_min", division, now).await?,
        least_dropping: number(&mut tx, "prc.venture.drop_reviewers_min", division, now).await?,
    };
    let reviewers = &input.reviewer_ids;
    round.begin_defence(pending, standing, reviewers, rules, now)?;
    let known = store::expert::load_many(&mut tx, &state.core.pii, reviewers).await?;
    if known.len() != reviewers.len() {
        return Err(expert::unknown().at(FIELD));
    }
    let today = china_date(now);
    let tied = store::venture_round::conflicted(&mut tx, round.id, reviewers, today).await?;
    if !tied.is_empty() {
        return Err(refuse!(
            Refused,
            "VENTURE_REVIEWER_CONFLICTED",
            field: FIELD,
            zh: "评委与申报或承办机构存在利害关系,应当回避",
            en: "a reviewer is tied to an applicant or to the operator",
        )
        .into());
    }
    store::venture_round::insert_reviewers(&mut tx, round.id, reviewers, now).await?;
    store::venture_round::update(&mut tx, &mut round).await?;
    let detail = json!({ "reviewers": reviewers.len() });
    finish(tx, caller, "beginVentureDefence", round, detail).await
}

/// Settles who is funded, after the time for objections; the rest of the budget
/// goes back at once.
pub async fn confirm(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: VentureRoundId,
) -> Result<VentureRound> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut round = locked(&mut tx, caller, "confirmVentureRound", id).await?;
    state
        .core
        .authorize(caller, "confirmVentureRound", &resource(&round))?;
    if let Some(first) = tx.replay("confirmVentureRound", &key, &id, now).await? {
        return Ok(first);
    }
    let objections = store::venture_objection::load_many_by_round(&mut tx, &[id])
        .await?
        .remove(&id);
    let open = |one: &&_| raised(one);
    round.confirm(
        objections.unwrap_or_default().iter().filter(open).count(),
        now,
    )?;
    let results = store::venture_score::results(&mut tx, &[id])
        .await?
        .remove(&id);
    let mut standing = applications(&mut tx, id).await?;
    standing.retain(|one| one.state == VentureApplicationState::Diligent);
    let funded = selection(&round, &results.unwrap_or_default(), &standing)?;
    let mut spent = Fen::ZERO;
    for one in &mut standing {
        let chosen = funded.contains(&one.id);
        one.select(chosen, now)?;
        store::venture_application::update(&mut tx, one).await?;
        if chosen {
            spent = spent.checked_add(one.requested)?;
        }
    }
    let rest = round.budget.checked_sub(spent)?;
    if rest > Fen::ZERO {
        let fund_id = round.fund_id;
        moved(
            &mut tx,
            state,
            caller,
            fund_id,
            EntryKind::Release,
            rest,
            id.as_uuid(),
        )
        .await?;
    }
    store::venture_round::update(&mut tx, &mut round).await?;
    let data = json!({ "funded": funded });
    events::append(
        &mut tx,
        &event("procurement.venture.confirmed", &round, now, data),
    )
    .await?;
    if funded.is_empty() {
        round.close(now)?;
        store::venture_round::update(&mut tx, &mut round).await?;
    }
    let detail = json!({ "funded": funded.len(), "released_fen": rest });
    finish(tx, caller, "confirmVentureRound", round, detail).await
}

fn raised(one: &VentureObjection) -> bool {
    one.state == VentureObjectionState::Raised
}
