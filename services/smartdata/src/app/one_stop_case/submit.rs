//! 提交 and 补正: what a resident applies for, once, with what the platform
//! does not know yet.

use kernel::{IdempotencyKey, PiiKeys, china_date, keys::ResidentId, refuse};
use kit::auth::{Caller, Resource};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{
    super::{resident, service_item, term},
    Opened, conclude, leave, open,
};
use crate::{
    domain::{
        event::number,
        one_stop_case::{Answers, CaseId, CaseState, OneStopCase, bound, check_answers},
        resident::{Resident, ResidentStatus},
        service_item::{ServiceClass, ServiceItem, ServiceItemState},
    },
    error::Result,
    state::State,
    store,
};

/// What is applied for. No Debug: the answers are personal data.
#[derive(Clone)]
pub struct Submit {
    pub item_code: String,
    pub on_behalf_of: Option<ResidentId>,
    pub answers: Answers,
}

/// What was missing.
#[derive(Clone)]
pub struct Supplement {
    pub case_id: CaseId,
    pub answers: Answers,
}

/// What the hash of a request covers: answers as a keyed fingerprint.
#[derive(Serialize, Deserialize)]
struct Asked<'a> {
    of: String,
    who: Option<ResidentId>,
    answers: &'a str,
}

fn sealed(keys: &PiiKeys, id: CaseId, answers: &Answers) -> Result<Vec<u8>> {
    let text = serde_json::to_string(answers)?;
    Ok(keys.encrypt_text(&bound(id), &text))
}

fn fingerprint(keys: &PiiKeys, answers: &Answers) -> Result<String> {
    let text = serde_json::to_string(answers)?;
    let mac = keys.blind_index("one_stop_cases.request", &text);
    Ok(kernel::chain::ChainHash::from_bytes(mac).to_hex())
}

/// A service that is open for application.
async fn open_item(conn: &mut PgConnection, code: &str) -> Result<ServiceItem> {
    let codes = [code.to_owned()];
    let item = store::service_item::load_many(conn, &codes)
        .await?
        .remove(code)
        .filter(|item| item.state != ServiceItemState::Draft)
        .ok_or_else(|| service_item::unknown().at("input.itemCode"))?;
    if item.class == ServiceClass::Open {
        return Err(refuse!(
            Refused,
            "SERVICE_ITEM_ORDERED",
            field: "input.itemCode",
            zh: "开放服务请下单(placeConvenienceOrder),不需申请",
            en: "an open service is ordered (placeConvenienceOrder), not applied for",
        )
        .into());
    }
    if item.state != ServiceItemState::Released {
        let why = item.suspended_for.clone().unwrap_or_default();
        return Err(refuse!(
            Refused,
            "SERVICE_ITEM_CLOSED",
            field: "input.itemCode",
            zh: "该事项暂未开放办理。{why}",
            en: "this service is not open at present: {why}",
        )
        .into());
    }
    Ok(item)
}

/// Somebody who lives here, whom the caller may act for.
pub(in crate::app) async fn applicant(
    state: &State,
    caller: &Caller,
    (action, asked): (&'static str, Resource),
    on_behalf_of: Option<ResidentId>,
) -> Result<Resident> {
    caller.signed_in(action)?;
    let id = on_behalf_of
        .or(caller.actor.resident_id.map(ResidentId::from_uuid))
        .ok_or_else(|| {
            refuse!(
                Invalid,
                "APPLICANT_MISSING",
                field: "input.onBehalfOf",
                zh: "代办时须指明居民",
                en: "name the resident you act for",
            )
        })?;
    let found = store::resident::find(&mut *state.core.db.read().await?, id)
        .await?
        .ok_or_else(|| resident::unknown().at("input.onBehalfOf"))?;
    let asked = asked
        .in_division(found.community_code)
        .owned_by(id.as_uuid());
    let known = resident::resource(caller, &found);
    state
        .core
        .authorize(caller, action, &asked)
        .map_err(|denied| {
            let policies = &state.core.policies;
            if policies.allows(&caller.actor, "readResident", &known) {
                denied
            } else {
                resident::unknown().at("input.onBehalfOf")
            }
        })?;
    if found.status != ResidentStatus::Alive {
        return Err(refuse!(
            Refused,
            "RESIDENT_STATUS",
            field: "input.onBehalfOf",
            zh: "只有在册居民可以办理",
            en: "only a resident who lives here can do this",
        )
        .into());
    }
    Ok(found)
}

/// A resident applies.
pub async fn submit(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Submit,
) -> Result<CaseId> {
    const ACTION: &str = "submitOneStopCase";
    let who = applicant(
        state,
        caller,
        (ACTION, Resource::any("OneStopCase")),
        input.on_behalf_of,
    )
    .await?;
    let now = state.core.clock.now();
    let keys = &state.core.pii;
    let mut tx = state.core.db.begin(caller).await?;
    let asked = Asked {
        of: input.item_code.clone(),
        who: Some(who.id),
        answers: &fingerprint(keys, &input.answers)?,
    };
    if let Some(first) = tx.replay(ACTION, &key, &asked, now).await? {
        return Ok(first);
    }
    let item = open_item(&mut tx, &input.item_code).await?;
    if !item.division_code.contains(&who.community_code) {
        return Err(refuse!(
            Refused,
            "SERVICE_ITEM_ELSEWHERE",
            field: "input.itemCode",
            zh: "该事项不面向您所在的社区",
            en: "this service is for another division",
        )
        .into());
    }
    let answers = check_answers(&item.form, &who, input.answers)?;
    let serial = store::one_stop_case::next_serial(&mut tx).await?;
    let id = CaseId::new(&state.core.ids);
    let due = term::working_days(&mut tx, item.accept_days, now).await?;
    let case = OneStopCase {
        id,
        number: number("B", china_date(now), serial),
        item_code: item.code,
        division_code: who.community_code,
        resident_id: who.id,
        answers_sealed: sealed(keys, id, &answers)?,
        submitted_by: caller.actor.subject.clone(),
        channel: caller.channel.as_str().to_owned(),
        assisted_by: caller.assisted_by.clone(),
        state: CaseState::Submitted,
        due_at: Some(due),
        decide_by: None,
        supplement_note: None,
        supplement_at: None,
        supplements: 0,
        refusal_reason: None,
        granted: None,
        decision: None,
        decided_at: None,
        delivered_at: None,
        stars: None,
        rating_note: None,
        version: 1,
        submitted_at: now,
        updated_at: now,
    };
    store::one_stop_case::insert(&mut tx, &case)
        .await
        .map_err(open_one)?;
    leave(&mut tx, caller, &case, None, None).await?;
    conclude(tx, caller, ACTION, &case).await
}

fn open_one(error: kit::Error) -> kit::Error {
    if error.reason() != "CASE_OPEN_ONE" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "CASE_OPEN_ONE",
        field: "input.itemCode",
        zh: "该居民的同一事项正在办理中,不能重复申请",
        en: "this resident has applied for the same already",
    )
    .into()
}

/// What was missing is handed in; other answers stay.
pub async fn supplement(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Supplement,
) -> Result<CaseId> {
    const ACTION: &str = "supplementOneStopCase";
    let keys = &state.core.pii;
    let asked = Asked {
        of: input.case_id.to_string(),
        who: None,
        answers: &fingerprint(keys, &input.answers)?,
    };
    let mut work = match open(state, caller, (ACTION, &key), input.case_id, &asked).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let codes = [work.case.item_code.clone()];
    let item = store::service_item::load_many(&mut work.tx, &codes)
        .await?
        .remove(&work.case.item_code)
        .ok_or_else(service_item::unknown)?;
    let who = store::resident::find(&mut work.tx, work.case.resident_id)
        .await?
        .ok_or_else(resident::unknown)?;
    let before = keys.decrypt_text(&bound(work.case.id), &work.case.answers_sealed)?;
    let mut answers: Answers = serde_json::from_str(&before)?;
    // What the platform has learned meanwhile is not asked again either.
    answers.retain(|key, _| {
        item.form
            .iter()
            .any(|line| line.key == *key && crate::domain::one_stop_case::is_asked(&who, line))
    });
    answers.extend(input.answers);
    let answers = check_answers(&item.form, &who, answers)?;
    let now = work.now;
    let due = term::working_days(&mut work.tx, item.accept_days, now).await?;
    let sealed = sealed(keys, work.case.id, &answers)?;
    work.case.supplement(sealed, due, now)?;
    work.finish(caller, ACTION, None).await
}
