//! The clock of an event: when its limit passes, its handler is told, and so
//! is whoever listens to events.

use chrono::{DateTime, Utc};
use kit::{db::Tx, events, jobs};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::notice;
use crate::{
    domain::event::{Event, EventId, NoticeKind, Reader},
    error::Result,
    state::State,
    store,
};

/// The timer of the limit of an event.
pub const DUE: &str = "event_due";

/// Which event's limit passes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Due {
    pub event_id: EventId,
}

/// Sets the timer, or moves it to the limit that was deferred.
pub(super) async fn watch(tx: &mut Tx, event: &Event) -> Result<()> {
    let due = Due { event_id: event.id };
    let job = jobs::NewJob::new("smartdata", DUE, &due)?
        .key(format!("{DUE}:{}", event.id))
        .run_at(event.due_at);
    jobs::enqueue(tx, &job).await?;
    Ok(())
}

/// The timer fell due: tells where the event still is open.
pub async fn fall_due(
    state: &State,
    conn: &mut PgConnection,
    due: Due,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(event) = store::event::lock(conn, due.event_id).await? else {
        return Ok(());
    };
    if event.state.is_over() || !event.is_overdue(now) {
        return Ok(());
    }
    if let Some(handler) = event.handler_subject.clone() {
        let reader = Reader::Subject(handler);
        notice::tell(state, conn, &event, NoticeKind::Overdue, &reader, now).await?;
    }
    let told = events::NewEvent {
        subject: "smartdata.event.overdue",
        at: now,
        ..super::changed(&event)
    };
    events::append(conn, &told).await?;
    Ok(())
}
