//! 告警: raise, answer, resolve, read. What timers do has a file of its own.

mod contact;
mod timers;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, IdempotencyKey, Page, Paged,
    keys::{OrganizationId, ResidentId, VisitId},
    refuse,
};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    events,
    live::{Following, follow},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use self::timers::{CLIMB, Climb, LOOK, Look, climb, look};
pub(super) use self::{
    contact::{lapse_contacts, raise_missed, raise_urgent},
    timers::{clock, lapse, watch_missed, watch_overrun},
};
use crate::{
    domain::{
        alarm::{Alarm, AlarmFilter, AlarmId, AlarmKind, AlarmRung, AlarmState, check_note},
        contact::ContactId,
    },
    error::Result,
    state::State,
    store,
};

/// What an alarm is to the policies; `by_relative` where the caller is a
/// registered relative of the elder.
fn resource(alarm: &Alarm, by_relative: bool) -> Resource {
    Resource::new("Alarm", alarm.id)
        .in_division(alarm.division_code)
        .owned_by(alarm.elder_id.as_uuid())
        .of_organization(alarm.organization_id.map(|id| id.as_uuid()))
        .with("byRelative", by_relative)
        .with("callsProvider", alarm.calls_provider())
}

/// Who needs help.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raise {
    pub elder_id: ResidentId,
    pub note: Option<String>,
}

/// Calls for help: the elder, a relative, or whoever takes the call for them.
/// A second call while the first is open belongs to it and is never refused.
pub async fn raise(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Raise,
) -> Result<Alarm> {
    const ACTION: &str = "raiseAlarm";
    caller.signed_in(ACTION)?;
    let note = check_note(input.note.as_deref())?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    // The elder's row is held: two calls at once become one alarm.
    let elder = store::elder::lock(&mut tx, input.elder_id)
        .await?
        .ok_or_else(super::elder::unknown)?;
    let by_relative = super::elder::is_relative(&mut tx, caller, elder.resident_id).await?;
    let asked = Resource::any("Alarm")
        .in_division(elder.division_code)
        .owned_by(elder.resident_id.as_uuid())
        .with("byRelative", by_relative)
        .with("callsProvider", false);
    state
        .core
        .authorize_seen(caller, (ACTION, "readAlarm"), &asked, super::elder::unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let open = store::alarm::lock_open_sos(&mut tx, elder.resident_id).await?;
    let alarm = if let Some(mut open) = open {
        open.repeat(now);
        store::alarm::update(&mut tx, &mut open).await?;
        open
    } else {
        let about = About {
            kind: AlarmKind::Sos,
            visit_id: None,
            contact_id: None,
            organization_id: store::alarm::last_provider(&mut tx, elder.resident_id).await?,
            note,
        };
        let of = (elder.resident_id, elder.division_code);
        let alarm = new(state, caller, of, about, now);
        store::alarm::insert(&mut tx, &alarm).await?;
        timers::begin(&mut tx, &alarm, now).await?;
        alarm
    };
    let entry = audit::Entry::write(caller, ACTION, &resource(&alarm, by_relative), now)
        .detail(json!({ "repeats": alarm.repeats }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(alarm).await
}

/// What a new alarm is about.
struct About {
    kind: AlarmKind,
    visit_id: Option<VisitId>,
    contact_id: Option<ContactId>,
    organization_id: Option<OrganizationId>,
    note: Option<String>,
}

/// A new alarm: the family is called first.
fn new(
    state: &State,
    caller: &Caller,
    (elder_id, division_code): (ResidentId, DivisionCode),
    about: About,
    now: DateTime<Utc>,
) -> Alarm {
    Alarm {
        id: AlarmId::new(&state.core.ids),
        elder_id,
        division_code,
        kind: about.kind,
        visit_id: about.visit_id,
        contact_id: about.contact_id,
        organization_id: about.organization_id,
        note: about.note,
        channel: caller.channel.as_str().to_owned(),
        assisted_by: caller.assisted_by.clone(),
        raised_by: caller.actor.subject.clone(),
        repeats: 0,
        rung: AlarmRung::Family,
        state: AlarmState::Raised,
        outcome: None,
        version: 1,
        raised_at: now,
        answered_at: None,
        answered_by: None,
        resolved_at: None,
        resolved_by: None,
        updated_at: now,
    }
}

/// Somebody takes the alarm on; the ladder stops.
pub async fn answer(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: AlarmId,
) -> Result<Alarm> {
    step(state, caller, key, id, Step::Answer).await
}

/// How an alarm ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resolve {
    pub alarm_id: AlarmId,
    pub outcome: String,
}

/// The alarm ends with what was found.
pub async fn resolve(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Resolve,
) -> Result<Alarm> {
    let done = Step::Resolve(input.outcome);
    step(state, caller, key, input.alarm_id, done).await
}

#[derive(Clone, Debug, Serialize)]
enum Step {
    Answer,
    Resolve(String),
}

async fn step(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: AlarmId,
    step: Step,
) -> Result<Alarm> {
    let action = match step {
        Step::Answer => "answerAlarm",
        Step::Resolve(_) => "resolveAlarm",
    };
    caller.signed_in(action)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut alarm = store::alarm::lock(&mut tx, id).await?.ok_or_else(unknown)?;
    let by_relative = super::elder::is_relative(&mut tx, caller, alarm.elder_id).await?;
    let asked = resource(&alarm, by_relative);
    state
        .core
        .authorize_seen(caller, (action, "readAlarm"), &asked, unknown)?;
    if let Some(first) = tx.replay(action, &key, &(id, &step), now).await? {
        return Ok(first);
    }
    let by = &caller.actor.subject;
    match &step {
        Step::Answer => alarm.answer(by, now)?,
        Step::Resolve(outcome) => alarm.resolve(outcome, by, now)?,
    }
    store::alarm::update(&mut tx, &mut alarm).await?;
    events::append(&mut tx, &told(&alarm)).await?;
    let entry = audit::Entry::write(caller, action, &asked, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(alarm).await
}

/// What the others are told of an alarm: where it stands, and nothing personal.
fn told(alarm: &Alarm) -> events::NewEvent {
    events::NewEvent {
        subject: match alarm.state {
            AlarmState::Raised => "eldercare.alarm.raised",
            AlarmState::Answered => "eldercare.alarm.answered",
            AlarmState::Resolved => "eldercare.alarm.resolved",
        },
        aggregate: "alarm",
        aggregate_id: alarm.id.as_uuid(),
        trace_id: None,
        at: alarm.updated_at,
        data: json!({
            "alarm_id": alarm.id,
            "elder_resident_id": alarm.elder_id,
            "division_code": alarm.division_code,
            "kind": alarm.kind,
            "rung": alarm.rung,
            "visit_id": alarm.visit_id,
        }),
    }
}

/// The alarms of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[AlarmId],
) -> Result<HashMap<AlarmId, Alarm>> {
    let mut conn = state.core.db.read().await?;
    let mut found = store::alarm::load_many(&mut conn, ids).await?;
    let mut shown = HashMap::with_capacity(found.len());
    for (id, alarm) in found.drain() {
        let by_relative = super::elder::is_relative(&mut conn, caller, alarm.elder_id).await?;
        let of = resource(&alarm, by_relative);
        if state.core.policies.allows(&caller.actor, "readAlarm", &of) {
            shown.insert(id, alarm);
        }
    }
    Ok(shown)
}

/// The alarm as the caller may see it, now and after each change.
pub async fn watch(state: &State, caller: &Caller, id: AlarmId) -> Result<Following<Alarm>> {
    let watch = state.core.watch("alarm", id.as_uuid()).await?;
    let (state, caller) = (state.clone(), caller.clone());
    Ok(follow(watch, move || {
        let (state, caller) = (state.clone(), caller.clone());
        async move {
            let mut found = load_many(&state, &caller, &[id]).await?;
            found.remove(&id).ok_or_else(unknown)
        }
    }))
}

/// A page of the alarms that the caller may see: of their division, their own
/// and their relatives', their organisation's where it is called.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &AlarmFilter,
    page: &Page,
) -> Result<Paged<Alarm>> {
    let actor = &caller.actor;
    let mut scope = actor.scope(super::elder::READERS).or_own(actor);
    if actor.is(Role::OrgManager) {
        scope = scope.or_organization(actor);
    }
    let rows = store::alarm::list(&mut *state.core.db.read().await?, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// The alarm is not there, or not for this caller.
fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "ALARM_NOT_FOUND",
        zh: "没有这条告警,或您无权处理",
        en: "there is no such alarm, or it is not for you",
    )
    .into()
}
