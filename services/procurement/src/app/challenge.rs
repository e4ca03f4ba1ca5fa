//! 质疑: raised by suppliers within the days of the law, answered by the buyer,
//! public with the answer. An open one holds the signing up.

use std::collections::HashMap;

use kernel::{
    IdempotencyKey, Page, Paged,
    keys::{OrganizationId, TenderId},
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

use super::{count, record, tender};
use crate::{
    domain::{
        bid::BidState,
        challenge::{
            Challenge, ChallengeFilter, ChallengeId, ChallengeRules, ChallengeState,
            ChallengeSubject, check_raise, known_at,
        },
        tender::{Tender, TenderState},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// What a challenge is to the policies.
pub fn resource(one: &Challenge) -> Resource {
    Resource::new("Challenge", one.id)
        .in_division(one.division_code)
        .of_organization(one.organization_id.as_uuid())
}

/// What is challenged, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raise {
    pub tender_id: TenderId,
    pub organization_id: OrganizationId,
    pub subject: ChallengeSubject,
    pub facts: String,
    pub request: String,
}

/// Raises a challenge. The tender is held: it cannot be signed meanwhile.
pub async fn raise(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Raise,
) -> Result<Challenge> {
    let asked = Resource::any("Challenge").of_organization(input.organization_id.as_uuid());
    state.core.authorize(caller, "raiseChallenge", &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("raiseChallenge", &key, &input, now).await? {
        return Ok(first);
    }
    let facts = text("input.facts", &input.facts, 4000)?;
    let request = text("input.request", &input.request, 1000)?;
    let of = tender::lock(&mut tx, input.tender_id).await?;
    if of.published_at.is_none() {
        return Err(tender::unknown());
    }
    if of.state == TenderState::Abandoned {
        return Err(refuse!(
            Refused,
            "TENDER_STATE",
            field: "input.tenderId",
            zh: "该项目已废标",
            en: "this tender was abandoned",
        )
        .into());
    }
    check_challenger(&mut tx, &of, &input).await?;
    let award = store::award::find(&mut tx, of.id).await?;
    let known_at = known_at(input.subject, &of, award.as_ref())?;
    let mut of_law = async |name: &str| count(&mut tx, name, &of.division_code, now).await;
    let rules = ChallengeRules {
        raise_working_days: of_law("prc.challenge.raise_working_days").await?,
        answer_working_days: of_law("prc.challenge.answer_working_days").await?,
    };
    let answer_by = check_raise(known_at, rules, &calendar::load(&mut tx).await?, now)?;
    let one = Challenge {
        id: ChallengeId::new(&state.core.ids),
        tender_id: of.id,
        division_code: of.division_code,
        organization_id: input.organization_id,
        subject: input.subject,
        facts,
        request,
        raised_by: caller.actor.subject.clone(),
        raised_at: now,
        known_at,
        answer_by,
        state: ChallengeState::Raised,
        version: 1,
        answer: None,
        ended_at: None,
        updated_at: now,
    };
    store::challenge::insert(&mut tx, &one)
        .await
        .map_err(told)?;
    events::append(&mut tx, &event("procurement.challenge.raised", &one, &of)).await?;
    let detail = json!({ "tender_id": of.id, "subject": one.subject });
    record(
        &mut tx,
        caller,
        "raiseChallenge",
        &resource(&one),
        now,
        detail,
    )
    .await?;
    tx.answer(one).await
}

/// The documents concern whoever may bid; process and result those who did.
async fn check_challenger(tx: &mut Tx, of: &Tender, input: &Raise) -> Result<()> {
    if input.subject == ChallengeSubject::Documents {
        return Ok(());
    }
    let bids = store::bid::lock_all(tx, of.id).await?;
    let own = bids.iter().any(|bid| {
        bid.organization_id == input.organization_id && bid.state != BidState::Withdrawn
    });
    if own {
        return Ok(());
    }
    Err(refuse!(
        Refused,
        "CHALLENGER_DID_NOT_BID",
        field: "input.organizationId",
        zh: "只有参加投标的供应商可以对过程和结果提出质疑",
        en: "process and result are challenged by those who bid",
    )
    .into())
}

/// The database's refusal in words.
fn told(error: kit::Error) -> kit::Error {
    match error.reason() {
        "CHALLENGE_EXISTS" => refuse!(
            AlreadyExists,
            "CHALLENGE_EXISTS",
            field: "input.subject",
            zh: "同一环节的质疑须一次性提出,贵组织已提出过",
            en: "a supplier challenges each step once; this organisation has done so",
        )
        .into(),
        _ => error,
    }
}

pub(super) fn event(subject: &'static str, one: &Challenge, of: &Tender) -> events::NewEvent {
    events::NewEvent {
        subject,
        aggregate: "tender",
        aggregate_id: of.id.as_uuid(),
        trace_id: Some(of.trace_id.as_uuid()),
        at: one.updated_at,
        data: json!({
            "trace_id": of.trace_id,
            "tender_id": of.id,
            "challenge_id": one.id,
            "state": one.state,
            "affects_result": one.answer.as_ref().map(|answer| answer.affects_result),
        }),
    }
}

/// What the buyer answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply {
    pub challenge_id: ChallengeId,
    pub upheld: bool,
    pub affects_result: bool,
    pub answer: String,
}

/// Answers a challenge; what was asked and answered is public from then on.
pub async fn answer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Reply,
) -> Result<Challenge> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (of, mut one) = locked(&mut tx, caller, "answerChallenge", input.challenge_id).await?;
    state
        .core
        .authorize(caller, "answerChallenge", &resource(&one))?;
    if let Some(first) = tx.replay("answerChallenge", &key, &input, now).await? {
        return Ok(first);
    }
    let by = &caller.actor.subject;
    one.answer(input.upheld, input.affects_result, &input.answer, by, now)?;
    store::challenge::update(&mut tx, &mut one).await?;
    events::append(&mut tx, &event("procurement.challenge.answered", &one, &of)).await?;
    let detail = json!({ "upheld": input.upheld, "affects_result": input.affects_result });
    finish(tx, caller, "answerChallenge", one, detail).await
}

/// Takes a challenge back.
pub async fn withdraw(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: ChallengeId,
) -> Result<Challenge> {
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let (_, mut one) = locked(&mut tx, caller, "withdrawChallenge", id).await?;
    state
        .core
        .authorize(caller, "withdrawChallenge", &resource(&one))?;
    if let Some(first) = tx.replay("withdrawChallenge", &key, &id, now).await? {
        return Ok(first);
    }
    one.withdraw(now)?;
    store::challenge::update(&mut tx, &mut one).await?;
    finish(tx, caller, "withdrawChallenge", one, json!({})).await
}

async fn finish(
    mut tx: Tx,
    caller: &Caller,
    action: &str,
    one: Challenge,
    detail: Value,
) -> Result<Challenge> {
    let at = one.updated_at;
    record(&mut tx, caller, action, &resource(&one), at, detail).await?;
    tx.answer(one).await
}

/// The tender first, as every other use case does, then the challenge.
pub(super) async fn locked(
    tx: &mut Tx,
    caller: &Caller,
    action: &str,
    id: ChallengeId,
) -> Result<(Tender, Challenge)> {
    caller.signed_in(action)?;
    let seen = store::challenge::load_many(tx, &[id])
        .await?
        .remove(&id)
        .ok_or_else(unknown)?;
    let of = tender::lock(tx, seen.tender_id).await?;
    let one = store::challenge::lock(tx, id).await?.ok_or_else(unknown)?;
    Ok((of, one))
}

/// What a caller may see of a challenge.
#[derive(Clone, Debug)]
pub struct Seen {
    pub challenge: Challenge,
    /// Whether they may read who challenges, and why: with the answer everybody may.
    pub open: bool,
}

fn seen(state: &State, caller: &Caller, challenge: Challenge) -> Seen {
    let answered = challenge.answer.is_some();
    let may = || {
        let asked = resource(&challenge);
        state
            .core
            .authorize(caller, "readChallenge", &asked)
            .is_ok()
    };
    Seen {
        open: answered || may(),
        challenge,
    }
}

/// A challenge as its parties see it after a step of theirs.
pub fn shown(challenge: Challenge) -> Seen {
    Seen {
        challenge,
        open: true,
    }
}

/// Many challenges, as far as the caller may see them.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ChallengeId],
) -> Result<HashMap<ChallengeId, Seen>> {
    let found = store::challenge::load_many(&mut *state.core.db.read().await?, ids).await?;
    let seen = |(id, one)| (id, seen(state, caller, one));
    Ok(found.into_iter().map(seen).collect())
}

/// The challenges against tenders.
pub async fn load_many_by_tender(
    state: &State,
    caller: &Caller,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Vec<Seen>>> {
    let mut conn = state.core.db.read().await?;
    let found = store::challenge::load_many_by_tender(&mut conn, ids).await?;
    let all = |list: Vec<Challenge>| {
        list.into_iter()
            .map(|one| seen(state, caller, one))
            .collect()
    };
    Ok(found
        .into_iter()
        .map(|(id, list)| (id, all(list)))
        .collect())
}

/// A page of challenges, newest first.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &ChallengeFilter,
    page: &Page,
) -> Result<Paged<Seen>> {
    let rows = store::challenge::list(&mut *state.core.db.read().await?, filter, page).await?;
    let rows = rows
        .into_iter()
        .map(|one| seen(state, caller, one))
        .collect();
    Ok(page.finish(rows))
}

/// The challenge is not there.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CHALLENGE_NOT_FOUND",
        zh: "没有这项质疑",
        en: "there is no such challenge",
    )
    .into()
}
