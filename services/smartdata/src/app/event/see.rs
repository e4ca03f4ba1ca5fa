//! Reading events: by those who work on them, by their reporters, and what
//! everybody may know of their clocks.

use std::collections::HashMap;

use chrono::{DateTime, Days, Utc};
use kernel::{DivisionCode, Page, Paged, Term, china_date};
use kit::{
    auth::{Caller, Role},
    parameters,
};

use super::{EventFilter, resource, term};
use crate::{
    domain::{
        event::{Deferral, Event, EventClass, EventId, EventState},
        step::Step,
    },
    error::Result,
    state::State,
    store,
};

/// Who may read the events of a division they work for.
const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];
/// Who dispatches and verifies.
const DISPATCHERS: &[Role] = &[Role::CommunityStaff, Role::CivilAffairs];

fn may_read(state: &State, caller: &Caller, event: &Event) -> bool {
    let about = resource(caller, event);
    state
        .core
        .policies
        .allows(&caller.actor, "readEvent", &about)
}

/// The events of a list of ids that the caller may read; others are left out.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[EventId],
) -> Result<HashMap<EventId, Event>> {
    let mut found = store::event::load_many(&mut *state.core.db.read().await?, ids).await?;
    found.retain(|_, event| may_read(state, caller, event));
    Ok(found)
}

/// A page of the events that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &EventFilter,
    page: &Page,
) -> Result<Paged<Event>> {
    let mut scope = caller.actor.scope(READERS);
    if caller.actor.is(Role::Resident) {
        scope = scope.or_own(&caller.actor);
    }
    let rows = store::event::list(&mut *state.core.db.read().await?, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// What the caller is to handle, the most urgent first.
pub async fn handled(state: &State, caller: &Caller, page: &Page) -> Result<Paged<Event>> {
    super::super::access_log::myself(caller)?;
    let mut conn = state.core.db.read().await?;
    let rows = store::event::list_handled(&mut conn, &caller.actor.subject, page).await?;
    Ok(page.finish(rows))
}

/// What waits for the caller to dispatch, verify or decide.
pub async fn dispatching(state: &State, caller: &Caller, page: &Page) -> Result<Paged<Event>> {
    let scope = caller.actor.scope(DISPATCHERS);
    let mut conn = state.core.db.read().await?;
    let rows = store::event::list_dispatching(&mut conn, &scope, page).await?;
    Ok(page.finish(rows))
}

/// Events that may tell of the same thing, as far as the caller may read them.
pub async fn similar(state: &State, caller: &Caller, event: &Event) -> Result<Vec<Event>> {
    let mut conn = state.core.db.read().await?;
    let days = parameters::number(
        &mut conn,
        "scd.event.similar_days",
        Some(&event.division_code),
        china_date(event.reported_at),
    )
    .await?;
    let days = Days::new(u64::try_from(days).map_err(kit::Error::internal)?);
    let since = event
        .reported_at
        .checked_sub_days(days)
        .unwrap_or(event.reported_at);
    let mut found = store::event::list_similar(&mut conn, event, since).await?;
    found.retain(|it| may_read(state, caller, it));
    Ok(found)
}

/// The moves of events; asked only of events the caller may read.
pub async fn load_steps(
    state: &State,
    ids: &[EventId],
) -> Result<HashMap<EventId, Vec<Step<EventId, EventState>>>> {
    store::step::load_many(&mut *state.core.db.read().await?, ids).await
}

/// The deferrals of events; asked only of events the caller may read.
pub async fn load_deferrals(
    state: &State,
    ids: &[EventId],
) -> Result<HashMap<EventId, Vec<Deferral>>> {
    store::event::deferral::load_many(&mut *state.core.db.read().await?, ids).await
}

/// Classes by code.
pub async fn load_classes(state: &State, codes: &[String]) -> Result<HashMap<String, EventClass>> {
    store::event_class::load_many(&mut *state.core.db.read().await?, codes).await
}

/// The classes in force today, with how long each may take in a division.
pub async fn classes(
    state: &State,
    division: Option<&DivisionCode>,
) -> Result<Vec<(EventClass, Term)>> {
    let now = state.core.clock.now();
    let mut conn = state.core.db.read().await?;
    let mut told = Vec::new();
    for class in store::event_class::list(&mut conn, china_date(now)).await? {
        let key = format!("scd.event.handle.{}", class.code.to_ascii_lowercase());
        let limit = term::term(&mut conn, &key, division, now).await?;
        told.push((class, limit));
    }
    Ok(told)
}

/// What everybody may know of an event: no words of anybody, no person.
#[derive(Clone, Debug)]
pub struct Clock {
    pub number: String,
    pub class_code: String,
    pub division_code: DivisionCode,
    pub state: EventState,
    pub reported_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    pub reworks: i32,
    pub stars: Option<i32>,
    pub overdue: bool,
    pub id: EventId,
}

impl Clock {
    fn of(event: Event, now: DateTime<Utc>) -> Self {
        Self {
            overdue: event.is_overdue(now),
            number: event.number,
            class_code: event.class_code,
            division_code: event.division_code,
            state: event.state,
            reported_at: event.reported_at,
            due_at: event.due_at,
            closed_at: event.closed_at,
            reworks: event.reworks,
            stars: event.stars,
            id: event.id,
        }
    }
}

/// The clock of an event by its number, for everybody.
pub async fn clock(state: &State, number: &str) -> Result<Option<Clock>> {
    let now = state.core.clock.now();
    let mut conn = state.core.db.read().await?;
    let event = store::event::find_by_number(&mut conn, number.trim()).await?;
    Ok(event.map(|event| Clock::of(event, now)))
}

/// The clocks of the events of a division that were taken up, for everybody.
pub async fn clocks(state: &State, below: &DivisionCode, page: &Page) -> Result<Paged<Clock>> {
    let now = state.core.clock.now();
    let mut conn = state.core.db.read().await?;
    let rows = store::event::list_public(&mut conn, below, page).await?;
    Ok(page.finish(rows).map(|event| Clock::of(event, now)))
}
