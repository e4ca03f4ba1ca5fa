//! 探访关爱: begun by staff, due by a class of risk, recorded by whoever looked
//! in, missed by the clock.

mod risk;
mod timers;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{DivisionCode, IdempotencyKey, Page, Paged, china_date, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    events, parameters,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

pub use risk::{Covered, Scheduled, coverage, load_schedules, screen, start};
pub(super) use risk::{end, evaluate};
pub use timers::{MISS, Miss, miss};

use super::{alarm, elder};
use crate::{
    domain::contact::{
        Condition, Contact, ContactCause, ContactFilter, ContactId, ContactState, LifeChange,
        RecordContact,
    },
    error::{Error, Result},
    state::State,
    store,
};

/// Who may read contacts of a division they work for.
const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::SocialWorker,
];

fn resource(contact: &Contact, by_relative: bool) -> Resource {
    Resource::new("Contact", contact.id)
        .in_division(contact.division_code)
        .owned_by(contact.elder_id.as_uuid())
        .with("byRelative", by_relative)
}

/// A time from a parameter, in hours or days.
async fn span(
    conn: &mut PgConnection,
    key: &str,
    division: &DivisionCode,
    now: DateTime<Utc>,
) -> Result<TimeDelta> {
    let number = parameters::number(conn, key, Some(division), china_date(now)).await?;
    let span = if key.ends_with("_hours") {
        TimeDelta::try_hours(number)
    } else {
        TimeDelta::try_days(number)
    };
    span.ok_or_else(|| Error::internal(anyhow::anyhow!("{key} is {number}, which is no time")))
}

/// What has changed for an elder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportChange {
    pub elder_id: ResidentId,
    pub change: LifeChange,
    pub note: Option<String>,
}

/// A major change: somebody looks in within hours.
pub async fn report_change(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: ReportChange,
) -> Result<Contact> {
    const ACTION: &str = "reportElderChange";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let elder = store::elder::lock(&mut tx, input.elder_id)
        .await?
        .ok_or_else(elder::unknown)?;
    let relative = elder::is_relative(&mut tx, caller, elder.resident_id).await?;
    let asked = Resource::any("Contact")
        .in_division(elder.division_code)
        .owned_by(elder.resident_id.as_uuid())
        .with("byRelative", relative);
    state
        .core
        .authorize_seen(caller, (ACTION, "readContact"), &asked, elder::unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    let mut contact = store::contact::lock_due(&mut tx, elder.resident_id)
        .await?
        .ok_or_else(not_started)?;
    let within = span(
        &mut tx,
        "ec.contact.change_hours",
        &elder.division_code,
        now,
    )
    .await?;
    contact.hasten(input.change, input.note.as_deref(), now + within, now)?;
    store::contact::update(&mut tx, &mut contact).await?;
    timers::watch(&mut tx, &contact, now).await?;
    events::append(&mut tx, &told(&contact, "eldercare.contact.hastened")).await?;
    let entry = audit::Entry::write(caller, ACTION, &resource(&contact, relative), now)
        .detail(json!({ "change": input.change }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(contact).await
}

/// Somebody looked in, or tried to. What is urgent is an alarm at once; the
/// next contact is due when the class of risk says.
pub async fn record(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: RecordContact,
) -> Result<Contact> {
    const ACTION: &str = "recordContact";
    caller.signed_in(ACTION)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let found = store::contact::load_many(&mut tx, &[input.contact_id]).await?;
    let elder_id = found
        .get(&input.contact_id)
        .map(|one| one.elder_id)
        .ok_or_else(unknown)?;
    // The elder before the contact, as everywhere.
    let elder = store::elder::lock(&mut tx, elder_id)
        .await?
        .ok_or_else(unknown)?;
    let mut contact = store::contact::lock(&mut tx, input.contact_id)
        .await?
        .ok_or_else(unknown)?;
    let asked = resource(&contact, false);
    state
        .core
        .authorize_seen(caller, (ACTION, "readContact"), &asked, unknown)?;
    if let Some(first) = tx.replay(ACTION, &key, &input, now).await? {
        return Ok(first);
    }
    contact.record(&input, &caller.actor.subject, now)?;
    store::contact::update(&mut tx, &mut contact).await?;
    if contact.state == ContactState::Done {
        alarm::lapse_contacts(&mut tx, caller, elder_id, now).await?;
        if contact.condition == Some(Condition::Urgent) {
            alarm::raise_urgent(state, &mut tx, caller, &elder, contact.note.as_deref(), now)
                .await?;
        }
        let schedule = evaluate(&mut tx, &elder, now)
            .await?
            .ok_or_else(not_started)?;
        let every = span(&mut tx, schedule.risk.cadence(), &elder.division_code, now).await?;
        plan(
            state,
            &mut tx,
            &contact,
            (ContactCause::Routine, now + every),
            now,
        )
        .await?;
        events::append(&mut tx, &told(&contact, "eldercare.contact.done")).await?;
    }
    let entry = audit::Entry::write(caller, ACTION, &asked, now)
        .detail(json!({ "reached": contact.state == ContactState::Done }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(contact).await
}

/// The contact after one that was done or missed.
async fn plan(
    state: &State,
    conn: &mut PgConnection,
    before: &Contact,
    (cause, due_at): (ContactCause, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<()> {
    let id = ContactId::new(&state.core.ids);
    let of = (before.elder_id, before.division_code);
    let next = Contact::next(id, of, cause, due_at, now);
    store::contact::insert(conn, &next).await?;
    timers::watch(conn, &next, now).await
}

fn told(contact: &Contact, subject: &'static str) -> events::NewEvent {
    events::NewEvent {
        subject,
        aggregate: "contact",
        aggregate_id: contact.id.as_uuid(),
        trace_id: None,
        at: contact.updated_at,
        data: json!({
            "contact_id": contact.id,
            "elder_resident_id": contact.elder_id,
            "division_code": contact.division_code,
            "cause": contact.cause,
            "due_at": contact.due_at,
            "condition": contact.condition,
        }),
    }
}

/// The contacts of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[ContactId],
) -> Result<HashMap<ContactId, Contact>> {
    let mut conn = state.core.db.read().await?;
    let found = store::contact::load_many(&mut conn, ids).await?;
    let mut shown = HashMap::with_capacity(found.len());
    for (id, contact) in found {
        let relative = elder::is_relative(&mut conn, caller, contact.elder_id).await?;
        let of = resource(&contact, relative);
        if state
            .core
            .policies
            .allows(&caller.actor, "readContact", &of)
        {
            shown.insert(id, contact);
        }
    }
    Ok(shown)
}

/// A page of the contacts that the caller may see, those first that are due first.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &ContactFilter,
    page: &Page,
) -> Result<Paged<Contact>> {
    let scope = caller.actor.scope(READERS).or_own(&caller.actor);
    let mut conn = state.core.db.read().await?;
    let rows = store::contact::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// Nobody looks in on this elder yet.
fn not_started() -> Error {
    refuse!(
        Refused,
        "CONTACTS_NOT_STARTED",
        field: "input.residentId",
        zh: "该老人尚未纳入探访关爱,请先由社区纳入",
        en: "nobody looks in on this elder yet; the community begins it first",
    )
    .into()
}

/// The contact is not there, or not for this caller.
fn unknown() -> Error {
    refuse!(
        NotFound,
        "CONTACT_NOT_FOUND",
        zh: "没有这次探访,或您无权处理",
        en: "there is no such contact, or it is not for you",
    )
    .into()
}
