//! 网格事件: the frame of every move of an event; the moves are in the files
//! beside, reading is in [`see`].

mod deferral;
mod handle;
mod notice;
mod overdue;
mod report;
mod see;
mod settle;
mod verify;

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::ResidentId, refuse};
use kit::{
    audit,
    auth::{Caller, Resource},
    db::Tx,
    events,
};
use serde::Serialize;

use super::{
    step::{self, Moved},
    term,
};
use crate::{
    domain::event::{Event, EventId, EventState, NoticeKind, Reader},
    error::Result,
    state::State,
    store,
};

pub use deferral::{Ask, Decide, ask_deferral, decide_deferral};
pub use handle::{Dispatch, FeedBack, SendBack, accept, dispatch, feed_back, register, send_back};
pub use notice::{list as notices, read as read_notice};
pub use overdue::{DUE, Due, fall_due};
pub use report::{Report, report};
pub use see::{
    Clock, classes, clock, clocks, dispatching, handled, list, load_classes, load_deferrals,
    load_many, load_steps, similar,
};
pub use settle::{Invalidate, Merge, invalidate, merge};
pub use verify::{Evaluate, Reopen, Verify, evaluate, reopen, verify};

pub use crate::store::event::EventFilter;

/// What an event is to the policies.
pub fn resource(caller: &Caller, event: &Event) -> Resource {
    let mine = event.handler_subject.as_deref() == Some(caller.actor.subject.as_str());
    Resource::new("Event", event.id)
        .in_division(event.division_code)
        .owned_by(event.resident_id.as_ref().map(ResidentId::as_uuid))
        .with("mine", mine)
        .with("ofResident", event.resident_id.is_some())
}

/// A move of an event under way.
struct Work {
    tx: Tx,
    event: Event,
    from: EventState,
    now: DateTime<Utc>,
}

/// A call is a repeated one, or the first.
enum Opened {
    Before(EventId),
    First(Box<Work>),
}

/// Begins a move: locks the event, asks who may, looks for an earlier answer.
async fn open(
    state: &State,
    caller: &Caller,
    (action, key): (&'static str, &IdempotencyKey),
    id: EventId,
    input: &impl Serialize,
) -> Result<Opened> {
    caller.signed_in(action)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let event = store::event::lock(&mut tx, id).await?.ok_or_else(unknown)?;
    let about = resource(caller, &event);
    state
        .core
        .authorize_seen(caller, (action, "readEvent"), &about, unknown)?;
    if let Some(first) = tx.replay(action, key, input, now).await? {
        return Ok(Opened::Before(first));
    }
    let from = event.state;
    Ok(Opened::First(Box::new(Work {
        tx,
        event,
        from,
        now,
    })))
}

impl Work {
    /// Ends a move: until when the next step is to be done, what is left of
    /// it, who is told.
    async fn finish(
        mut self,
        state: &State,
        caller: &Caller,
        action: &'static str,
        note: Option<String>,
        told: &[(NoticeKind, Option<Reader>)],
    ) -> Result<EventId> {
        if self.event.state != self.from {
            self.event.step_due_at = step_due(&mut self.tx, &self.event, self.now).await?;
        }
        self.event.updated_at = self.now;
        store::event::update(&mut self.tx, &mut self.event).await?;
        leave(&mut self.tx, caller, &self.event, Some(self.from), note).await?;
        for (kind, reader) in told {
            if let Some(reader) = reader {
                notice::tell(state, &mut self.tx, &self.event, *kind, reader, self.now).await?;
            }
        }
        events::append(&mut self.tx, &changed(&self.event)).await?;
        let entry = audit::Entry::write(caller, action, &resource(caller, &self.event), self.now)
            .detail(serde_json::json!({ "from": self.from, "to": self.event.state }));
        audit::append(&mut self.tx, &entry).await?;
        self.tx.answer(self.event.id).await
    }

    /// Whoever handles it.
    fn handler(&self) -> Option<Reader> {
        self.event.handler_subject.clone().map(Reader::Subject)
    }

    /// Whoever reported it, if a resident did.
    fn reporter(&self) -> Option<Reader> {
        self.event.resident_id.map(Reader::Resident)
    }
}

/// Until when the present step of an event is to be done.
async fn step_due(tx: &mut Tx, event: &Event, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let Some(key) = event.state.limit() else {
        let due = (!event.state.is_over()).then_some(event.due_at);
        return Ok(due);
    };
    Ok(Some(
        term::until(tx, key, Some(&event.division_code), now).await?,
    ))
}

/// Leaves the record of a move.
async fn leave(
    tx: &mut Tx,
    caller: &Caller,
    event: &Event,
    from: Option<EventState>,
    note: Option<String>,
) -> Result<()> {
    let moved = Moved {
        of: event.id,
        version: event.version,
        from,
        to: event.state,
        at: event.updated_at,
        due_at: event.step_due_at,
    };
    step::leave(tx, caller, moved, note).await
}

fn changed(event: &Event) -> events::NewEvent {
    events::NewEvent {
        subject: "smartdata.event.changed",
        aggregate: "event",
        aggregate_id: event.id.as_uuid(),
        trace_id: None,
        at: event.updated_at,
        data: serde_json::json!({
            "event_id": event.id,
            "number": event.number,
            "class": event.class_code,
            "division_code": event.division_code,
            "grid_code": event.grid_code,
            "state": event.state,
            "handler": event.handler_subject,
            "due_at": event.due_at,
        }),
    }
}

/// The event is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "EVENT_NOT_FOUND",
        zh: "没有这条事件,或您无权查看",
        en: "there is no such event, or it is not for you to see",
    )
    .into()
}
