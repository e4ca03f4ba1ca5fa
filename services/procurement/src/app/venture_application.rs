//! 创投申报: handed in while the call is open, screened and visited after it, given
//! up as long as nobody judges it.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{IdempotencyKey, china_date, refuse};
use kit::{
    auth::{Caller, Resource},
    db::Tx,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{record, venture_round};
use crate::{
    domain::{
        fund::EntryKind,
        venture_application::{
            NewVentureApplication, VentureApplication, VentureApplicationId,
            VentureApplicationState,
        },
        venture_round::{VentureRound, VentureRoundId, VentureRoundState},
    },
    error::Result,
    state::State,
    store,
};

/// What an application is to the policies.
pub fn resource(one: &VentureApplication, round: &VentureRound) -> Resource {
    Resource::new("VentureApplication", one.id)
        .in_division(round.division_code)
        .of_organization(one.organization_id.as_uuid())
}

/// To which round, and what for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Apply {
    pub round_id: VentureRoundId,
    pub application: NewVentureApplication,
}

/// Takes an application. Incubation is asked about the organisation, communities
/// where the community lies.
pub async fn apply(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Apply,
) -> Result<VentureApplication> {
    let new = &input.application;
    let asked = Resource::any("VentureApplication").of_organization(new.organization_id.as_uuid());
    state
        .core
        .authorize(caller, "applyToVentureRound", &asked)?;
    let before = state
        .core
        .answered(caller, "applyToVentureRound", &key, &input);
    if let Some(first) = before.await? {
        return Ok(first);
    }
    let supplier = state.suppliers.find(caller, new.organization_id).await?;
    supplier.check(new.elder_care)?;
    let lies_in = state
        .proposals
        .division_of(caller, new.community_id)
        .await?;

    let mut tx = state.core.db.begin(caller).await?;
    let replayed = state.core.clock.now();
    if let Some(first) = tx
        .replay("applyToVentureRound", &key, &input, replayed)
        .await?
    {
        return Ok(first);
    }
    let round =
        venture_round::locked(&mut tx, caller, "applyToVentureRound", input.round_id).await?;
    // Read after the lock: whoever waited past the close comes too late.
    let now = state.core.clock.now();
    round.takes_applications(now)?;
    let new = input.application.check(&round)?;
    if !round.division_code.contains(&lies_in) {
        return Err(refuse!(
            Invalid,
            "COMMUNITY_ELSEWHERE",
            field: "input.communityId",
            zh: "该社区不在本轮创投的区划内",
            en: "the community lies outside the division of the round",
        )
        .into());
    }
    let one = VentureApplication {
        id: VentureApplicationId::new(&state.core.ids),
        round_id: round.id,
        organization_id: new.organization_id,
        legal_person: supplier.legal_person,
        community_id: new.community_id,
        social_worker_id: new.social_worker_id,
        title: new.title,
        plan: new.plan,
        elder_care: new.elder_care,
        beneficiaries: new.beneficiaries,
        requested: new.requested,
        state: VentureApplicationState::Submitted,
        version: 1,
        finding: None,
        visited_on: None,
        submitted_by: caller.actor.subject.clone(),
        submitted_at: now,
        updated_at: now,
    };
    store::venture_application::insert(&mut tx, &one, &supplier.controllers)
        .await
        .map_err(told)?;
    finish(tx, caller, "applyToVentureRound", (&round, one), json!({})).await
}

/// The database's refusal in words.
fn told(error: kit::Error) -> kit::Error {
    match error.reason() {
        "VENTURE_APPLICATION_EXISTS" => refuse!(
            AlreadyExists,
            "VENTURE_APPLICATION_EXISTS",
            field: "input.organizationId",
            zh: "该组织已申报本轮创投;如需更改,请先撤回",
            en: "this organisation has applied to the round already; withdraw first to change it",
        )
        .into(),
        _ => error,
    }
}

/// Takes an application back, or gives a grant up; what was held for it goes back.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: VentureApplicationId,
) -> Result<VentureApplication> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut round, mut one) = locked(&mut tx, caller, "withdrawVentureApplication", id).await?;
    state.core.authorize(
        caller,
        "withdrawVentureApplication",
        &resource(&one, &round),
    )?;
    if let Some(first) = tx
        .replay("withdrawVentureApplication", &key, &id, now)
        .await?
    {
        return Ok(first);
    }
    if round.state == VentureRoundState::Defence {
        return Err(refuse!(
            Refused,
            "VENTURE_ROUND_STATE",
            zh: "评审期间不能撤回",
            en: "nothing is withdrawn while it is being judged",
        )
        .into());
    }
    let held = one.withdraw(now)?;
    if held {
        let (fund_id, amount) = (round.fund_id, one.requested);
        let (kind, of) = (EntryKind::Release, one.id.as_uuid());
        venture_round::moved(&mut tx, state, caller, fund_id, kind, amount, of).await?;
    }
    store::venture_application::update(&mut tx, &mut one).await?;
    venture_round::close_if_ended(&mut tx, &mut round, now).await?;
    let detail = json!({ "released": held });
    finish(
        tx,
        caller,
        "withdrawVentureApplication",
        (&round, one),
        detail,
    )
    .await
}

/// Whether the applicant qualifies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Screen {
    pub application_id: VentureApplicationId,
    pub passed: bool,
    pub note: Option<String>,
}

/// 资格审查, after the close of the call.
pub async fn screen(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Screen,
) -> Result<VentureApplication> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (mut round, mut one) = locked(
        &mut tx,
        caller,
        "screenVentureApplication",
        input.application_id,
    )
    .await?;
    let of_round = venture_round::resource(&round);
    state
        .core
        .authorize(caller, "screenVentureApplication", &of_round)?;
    if let Some(first) = tx
        .replay("screenVentureApplication", &key, &input, now)
        .await?
    {
        return Ok(first);
    }
    let before = round.state;
    round.review(now)?;
    if round.state != before {
        store::venture_round::update(&mut tx, &mut round).await?;
    }
    one.screen(input.passed, input.note.as_deref(), now)?;
    store::venture_application::update(&mut tx, &mut one).await?;
    let detail = json!({ "passed": input.passed });
    finish(
        tx,
        caller,
        "screenVentureApplication",
        (&round, one),
        detail,
    )
    .await
}

/// What the visit found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Diligence {
    pub application_id: VentureApplicationId,
    pub passed: bool,
    pub visited_on: NaiveDate,
    pub findings: String,
}

/// 尽职调查: somebody went there.
pub async fn diligence(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Diligence,
) -> Result<VentureApplication> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (round, mut one) =
        locked(&mut tx, caller, "recordDueDiligence", input.application_id).await?;
    let of_round = venture_round::resource(&round);
    state
        .core
        .authorize(caller, "recordDueDiligence", &of_round)?;
    if let Some(first) = tx.replay("recordDueDiligence", &key, &input, now).await? {
        return Ok(first);
    }
    let (passed, visited) = (input.passed, input.visited_on);
    one.diligence(passed, visited, &input.findings, china_date(now), now)?;
    store::venture_application::update(&mut tx, &mut one).await?;
    let detail = json!({ "passed": passed, "visited_on": visited });
    finish(tx, caller, "recordDueDiligence", (&round, one), detail).await
}

async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &str,
    (round, one): (&VentureRound, VentureApplication),
    detail: Value,
) -> Result<VentureApplication> {
    let at = one.updated_at;
    record(&mut tx, caller, action, &resource(&one, round), at, detail).await?;
    tx.answer(one).await
}

/// The round first, then the application under it.
pub(super) async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    id: VentureApplicationId,
) -> Result<(VentureRound, VentureApplication)> {
    caller.signed_in(action)?;
    let seen = find(tx, id).await?;
    let round = venture_round::locked(tx, caller, action, seen.round_id).await?;
    Ok((round, find(tx, id).await?))
}

async fn find(tx: &mut Tx, id: VentureApplicationId) -> Result<VentureApplication> {
    store::venture_application::load_many(tx, &[id])
        .await?
        .remove(&id)
        .ok_or_else(unknown)
}

/// What a caller may see of an application.
#[derive(Clone, Debug)]
pub struct Seen {
    pub application: VentureApplication,
    /// Whether they may read the plan and the findings.
    pub inside: bool,
}

/// The same after a step of one's own.
pub fn shown(application: VentureApplication) -> Seen {
    Seen {
        application,
        inside: true,
    }
}

/// The applications to rounds: public with the totals, before that for the applicant,
/// the reviewers and those who work on the files.
pub async fn load_many_by_round(
    state: &State,
    caller: &Caller,
    ids: &[VentureRoundId],
) -> Result<HashMap<VentureRoundId, Vec<Seen>>> {
    let mut conn = state.core.db.read().await?;
    let rounds = store::venture_round::load_many(&mut conn, ids).await?;
    let reviewers = store::venture_round::reviewers(&mut conn, ids).await?;
    let found = store::venture_application::load_many_by_round(&mut conn, ids).await?;
    let mut seen = HashMap::new();
    for (id, all) in found {
        let Some(round) = rounds.get(&id) else {
            continue;
        };
        let own_seat = caller.actor.expert_id;
        let judges = reviewers.get(&id).is_some_and(|seats| {
            let mut seats = seats.iter();
            seats.any(|one| Some(one.as_uuid()) == own_seat)
        });
        let works = judges || venture_round::may_read_file(state, caller, round);
        let told = all.into_iter().filter_map(|application| {
            let own = caller.actor.organization_id == Some(application.organization_id.as_uuid());
            let inside = works || own;
            (inside || round.state.is_published()).then_some(Seen {
                application,
                inside,
            })
        });
        seen.insert(id, told.collect());
    }
    Ok(seen)
}

/// The application is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "VENTURE_APPLICATION_NOT_FOUND",
        zh: "没有这份申报",
        en: "there is no such application",
    )
    .into()
}
