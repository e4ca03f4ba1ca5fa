//! 延期: asked by the handler, decided by somebody else, and only then the
//! limit moves.

use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, refuse};
use kit::auth::Caller;
use serde::{Deserialize, Serialize};

use super::{Opened, open, overdue};
use crate::{
    domain::{
        event::{Deferral, DeferralId, EventId, NoticeKind, Reader},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// Why more time is needed, and until when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ask {
    pub event_id: EventId,
    pub reason: String,
    pub until: DateTime<Utc>,
}

/// The handler asks for more time.
pub async fn ask_deferral(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Ask,
) -> Result<EventId> {
    const ACTION: &str = "requestEventDeferral";
    let reason = text::words(&input.reason, "input.reason", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let deferral = Deferral::ask(
        DeferralId::new(&state.core.ids),
        &work.event,
        (reason.clone(), input.until),
        &caller.actor.subject,
        work.now,
    )?;
    store::event::deferral::insert(&mut work.tx, &deferral)
        .await
        .map_err(open_one)?;
    work.finish(state, caller, ACTION, Some(reason), &[]).await
}

fn open_one(error: kit::Error) -> kit::Error {
    if error.reason() != "DEFERRAL_OPEN_ONE" {
        return error;
    }
    refuse!(
        AlreadyExists,
        "DEFERRAL_OPEN_ONE",
        zh: "已有一份延期申请待审批",
        en: "a deferral is waiting for its decision already",
    )
    .into()
}

/// Whether there is more time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decide {
    pub event_id: EventId,
    pub approve: bool,
    pub note: Option<String>,
}

/// Decides the deferral that waits; whoever asked for it is told.
pub async fn decide_deferral(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Decide,
) -> Result<EventId> {
    const ACTION: &str = "decideEventDeferral";
    let note = text::some_words(input.note.as_deref(), "input.note", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let mut deferral = store::event::deferral::find_open(&mut work.tx, input.event_id)
        .await?
        .ok_or_else(|| {
            refuse!(
                Refused,
                "DEFERRAL_NONE_OPEN",
                zh: "没有待审批的延期申请",
                en: "no deferral is waiting for a decision",
            )
        })?;
    let (by, now) = (caller.actor.subject.as_str(), work.now);
    deferral.decide((input.approve, note.clone()), by, now)?;
    store::event::deferral::decide(&mut work.tx, &deferral).await?;
    let kind = if input.approve {
        work.event.due_at = deferral.until;
        if work.event.state.limit().is_none() {
            work.event.step_due_at = Some(deferral.until);
        }
        overdue::watch(&mut work.tx, &work.event).await?;
        NoticeKind::DeferralApproved
    } else {
        NoticeKind::DeferralDenied
    };
    let told = [(kind, Some(Reader::Subject(deferral.asked_by)))];
    work.finish(state, caller, ACTION, note, &told).await
}
