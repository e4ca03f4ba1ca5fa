//! 核查结案、返工、重开、综合评价.

use kernel::{IdempotencyKey, refuse};
use kit::auth::Caller;
use serde::{Deserialize, Serialize};

use super::{super::term, Opened, open};
use crate::{
    domain::{
        event::{EventId, NoticeKind, Reader},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// What a look at the work found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verify {
    pub event_id: EventId,
    pub done: bool,
    pub note: Option<String>,
}

/// 核查: done and closed, or back to the handler with words.
pub async fn verify(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Verify,
) -> Result<EventId> {
    const ACTION: &str = "verifyEvent";
    let note = text::some_words(input.note.as_deref(), "input.note", 2000)?;
    if !input.done && note.is_none() {
        return Err(refuse!(
            Invalid,
            "NOTE_REQUIRED",
            field: "input.note",
            zh: "核查不通过须说明理由",
            en: "say what is still to be done",
        )
        .into());
    }
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let now = work.now;
    let told = if input.done {
        work.event.close(&caller.actor.subject, now)?;
        // Those whose reports were merged into it wait for the same end.
        let merged = store::event::merged_reporters(&mut work.tx, work.event.id).await?;
        let first = work.event.resident_id;
        let others = merged.into_iter().filter(|id| Some(*id) != first);
        let readers = first.into_iter().chain(others).map(Reader::Resident);
        readers
            .map(|reader| (NoticeKind::Closed, Some(reader)))
            .collect::<Vec<_>>()
    } else {
        work.event.fail(&caller.actor.subject, now)?;
        vec![(NoticeKind::Rework, work.handler())]
    };
    work.finish(state, caller, ACTION, note, &told).await
}

/// Why it is not done after all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reopen {
    pub event_id: EventId,
    pub reason: String,
}

/// 重开: the resident says it is not done; the handler is told.
pub async fn reopen(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Reopen,
) -> Result<EventId> {
    const ACTION: &str = "reopenEvent";
    let reason = text::words(&input.reason, "input.reason", 2000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let closed = work.event.closed_at.unwrap_or(work.now);
    let division = work.event.division_code;
    let until = term::until(&mut work.tx, "scd.event.reopen", Some(&division), closed).await?;
    work.event.reopen(until, work.now)?;
    let told = [(NoticeKind::Reopened, work.handler())];
    work.finish(state, caller, ACTION, Some(reason), &told)
        .await
}

/// How well it was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evaluate {
    pub event_id: EventId,
    pub stars: i32,
    pub note: Option<String>,
}

/// 评价: by the resident who reported it; by staff where no resident did.
pub async fn evaluate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Evaluate,
) -> Result<EventId> {
    const ACTION: &str = "evaluateEvent";
    let note = text::some_words(input.note.as_deref(), "input.note", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.event.evaluate(input.stars, note.clone(), work.now)?;
    work.finish(state, caller, ACTION, note, &[]).await
}
