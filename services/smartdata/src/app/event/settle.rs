//! Ends without work: the same thing told twice, or nothing to be done here.

use kernel::IdempotencyKey;
use kit::auth::Caller;
use serde::{Deserialize, Serialize};

use super::{Opened, open, resource, unknown};
use crate::{
    domain::{
        event::{EventId, EventState, NoticeKind},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// Which event tells of the same thing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Merge {
    pub event_id: EventId,
    pub into: EventId,
    pub note: Option<String>,
}

/// 并案: one event goes on for both.
pub async fn merge(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Merge,
) -> Result<EventId> {
    const ACTION: &str = "mergeEvent";
    let note = text::some_words(input.note.as_deref(), "input.note", 2000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let survivor = store::event::load_many(&mut work.tx, &[input.into])
        .await?
        .remove(&input.into)
        .filter(|it| {
            let policies = &state.core.policies;
            policies.allows(&caller.actor, "readEvent", &resource(caller, it))
        })
        .ok_or_else(|| unknown().at("input.intoEventId"))?;
    work.event.merge_into(&survivor, work.now)?;
    let note = note.or(Some(survivor.number));
    let told = [(NoticeKind::Merged, work.reporter())];
    work.finish(state, caller, ACTION, note, &told).await
}

/// Why it is not taken up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invalidate {
    pub event_id: EventId,
    pub reason: String,
}

/// 不予立案: the reporter learns why.
pub async fn invalidate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Invalidate,
) -> Result<EventId> {
    const ACTION: &str = "invalidateEvent";
    let reason = text::words(&input.reason, "input.reason", 2000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.event.move_to(EventState::Invalid, work.now)?;
    let told = [(NoticeKind::Invalid, work.reporter())];
    work.finish(state, caller, ACTION, Some(reason), &told)
        .await
}
