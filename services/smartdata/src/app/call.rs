//! 呼叫: answered, ended with what it became, read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, IdempotencyKey, Page, Paged, china_date, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    db::Tx,
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        call::{Became, Call, CallId, CallOutcome},
        event::number,
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::call::CallFilter;

/// Who may read the calls of a division they work for.
const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn resource(caller: &Caller, call: &Call) -> Resource {
    Resource::new("Call", call.id)
        .in_division(call.division_code)
        .owned_by(call.resident_id.as_ref().map(ResidentId::as_uuid))
        .with("mine", call.answered_by == caller.actor.subject)
}

/// Who calls, from where, since when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    pub division_code: DivisionCode,
    pub resident_id: Option<ResidentId>,
    pub rang_at: DateTime<Utc>,
}

/// Somebody answers.
pub async fn answer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Answer,
) -> Result<CallId> {
    const ACTION: &str = "answerCall";
    let asked = Resource::any("Call")
        .in_division(input.division_code)
        .with("mine", true);
    state.core.authorize(caller, ACTION, &asked)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    Call::check_rang(input.rang_at, now)?;
    if store::division::find(&mut tx, &input.division_code)
        .await?
        .is_none()
    {
        return Err(crate::domain::grid::missing_community("input.divisionCode").into());
    }
    if let Some(id) = input.resident_id
        && store::resident::find(&mut tx, id).await?.is_none()
    {
        return Err(super::resident::unknown().at("input.residentId"));
    }
    let serial = store::call::next_serial(&mut tx).await?;
    let call = Call {
        id: CallId::new(&state.core.ids),
        number: number("H", china_date(now), serial),
        division_code: input.division_code,
        resident_id: input.resident_id,
        answered_by: caller.actor.subject.clone(),
        answered_name: caller.actor.name.clone(),
        rang_at: input.rang_at,
        answered_at: now,
        ended_at: None,
        summary: None,
        outcome: None,
        event_id: None,
        case_id: None,
        order_id: None,
        alarm_id: None,
        transferred_to: None,
        version: 1,
    };
    store::call::insert(&mut tx, &call)
        .await
        .map_err(speaking)?;
    let entry = audit::Entry::write(caller, ACTION, &resource(caller, &call), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(call.id).await
}

fn speaking(error: kit::Error) -> kit::Error {
    if error.reason() != "CALL_OPEN_ONE" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "CALL_OPEN_ONE",
        zh: "您有一通呼叫尚未结束,请先登记其结果",
        en: "you have a call that has not ended; say first what became of it",
    )
    .into()
}

/// How a call ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    pub call_id: CallId,
    pub summary: String,
    pub outcome: CallOutcome,
    pub became: Became,
    /// Who it was, where that became known on the phone.
    pub resident_id: Option<ResidentId>,
}

/// Ends a call with what it became.
pub async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: End,
) -> Result<CallId> {
    const ACTION: &str = "endCall";
    caller.signed_in(ACTION)?;
    let summary = text::words(&input.summary, "input.summary", 2000)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut call = store::call::lock(&mut tx, input.call_id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(caller, &call);
    state
        .core
        .authorize_seen(caller, (ACTION, "readCall"), &about, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    known(&mut tx, &input).await?;
    let mut became = input.became;
    let to = became.transferred_to.as_deref();
    became.transferred_to = text::some_words(to, "input.transferredTo", 200)?;
    call.end((input.outcome, became, summary), now)?;
    call.resident_id = call.resident_id.or(input.resident_id);
    store::call::update(&mut tx, &mut call).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(caller, &call), now)
        .detail(serde_json::json!({ "outcome": call.outcome }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(call.id).await
}

/// What a call names has to be there.
async fn known(tx: &mut Tx, input: &End) -> Result<()> {
    let became = &input.became;
    if let Some(id) = became.event
        && store::event::load_many(tx, &[id]).await?.is_empty()
    {
        return Err(super::event::unknown().at("input.eventId"));
    }
    if let Some(id) = became.case
        && store::one_stop_case::load_many(tx, &[id]).await?.is_empty()
    {
        return Err(super::one_stop_case::unknown().at("input.caseId"));
    }
    if let Some(id) = became.order
        && store::convenience_order::load_many(tx, &[id])
            .await?
            .is_empty()
    {
        return Err(super::convenience_order::unknown().at("input.orderId"));
    }
    if let Some(id) = input.resident_id
        && store::resident::find(tx, id).await?.is_none()
    {
        return Err(super::resident::unknown().at("input.residentId"));
    }
    Ok(())
}

/// The calls of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[CallId],
) -> Result<HashMap<CallId, Call>> {
    let mut found = store::call::load_many(&mut *state.core.db.read().await?, ids).await?;
    found.retain(|_, it| {
        let about = resource(caller, it);
        state
            .core
            .policies
            .allows(&caller.actor, "readCall", &about)
    });
    Ok(found)
}

/// A page of the calls that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    (mine, mut filter): (bool, CallFilter),
    page: &Page,
) -> Result<Paged<Call>> {
    super::access_log::myself(caller)?;
    if mine {
        filter.answered_by = Some(caller.actor.subject.clone());
    }
    let mut scope = caller.actor.scope(READERS);
    if caller.actor.is(Role::Resident) {
        scope = scope.or_own(&caller.actor);
    }
    let mut conn = state.core.db.read().await?;
    let rows = store::call::list(&mut conn, &scope, &filter, page).await?;
    Ok(page.finish(rows))
}

/// The call is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CALL_NOT_FOUND",
        zh: "没有这通呼叫,或您无权查看",
        en: "there is no such call, or it is not for you to see",
    )
    .into()
}
