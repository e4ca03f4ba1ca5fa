//! 案件建立、任务派遣、任务处理、处理反馈.

use kernel::IdempotencyKey;
use kit::auth::Caller;
use serde::{Deserialize, Serialize};

use super::{Opened, open};
use crate::{
    domain::{
        event::{EventId, EventState, NoticeKind, Reader},
        text,
    },
    error::Result,
    state::State,
    store,
};

/// 立案: it is taken up.
pub async fn register(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: EventId,
) -> Result<EventId> {
    const ACTION: &str = "registerEvent";
    let mut work = match open(state, caller, (ACTION, &key), id, &id).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.event.move_to(EventState::Registered, work.now)?;
    let told = [(NoticeKind::Registered, work.reporter())];
    work.finish(state, caller, ACTION, None, &told).await
}

/// Who is to see to an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dispatch {
    pub event_id: EventId,
    pub handler_subject: String,
    pub handler_name: String,
    pub note: Option<String>,
}

/// 派遣: it goes to somebody, who is told.
pub async fn dispatch(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Dispatch,
) -> Result<EventId> {
    const ACTION: &str = "dispatchEvent";
    let handler = (
        text::subject(&input.handler_subject, "input.handlerSubject")?,
        text::name(&input.handler_name, "input.handlerName")?,
    );
    let note = text::some_words(input.note.as_deref(), "input.note", 2000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.event.dispatch(handler, work.now)?;
    let told = [(NoticeKind::Dispatched, work.handler())];
    work.finish(state, caller, ACTION, note, &told).await
}

/// 接收: the handler takes it.
pub async fn accept(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: EventId,
) -> Result<EventId> {
    const ACTION: &str = "acceptEvent";
    let mut work = match open(state, caller, (ACTION, &key), id, &id).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.event.move_to(EventState::Handling, work.now)?;
    work.finish(state, caller, ACTION, None, &[]).await
}

/// Why an event is not for this handler.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendBack {
    pub event_id: EventId,
    pub reason: String,
}

/// 退回: it is for somebody else to do.
pub async fn send_back(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: SendBack,
) -> Result<EventId> {
    const ACTION: &str = "returnEvent";
    let reason = text::words(&input.reason, "input.reason", 2000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.event.move_to(EventState::Returned, work.now)?;
    let dispatcher = store::step::last_dispatcher(&mut work.tx, input.event_id).await?;
    let told = [(NoticeKind::Returned, dispatcher.map(Reader::Subject))];
    work.finish(state, caller, ACTION, Some(reason), &told)
        .await
}

/// What was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedBack {
    pub event_id: EventId,
    pub outcome: String,
}

/// 反馈: the handler says what was done.
pub async fn feed_back(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: FeedBack,
) -> Result<EventId> {
    const ACTION: &str = "feedBackEvent";
    let outcome = text::words(&input.outcome, "input.outcome", 2000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.event_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    work.event.feed_back(outcome.clone(), work.now)?;
    work.finish(state, caller, ACTION, Some(outcome), &[]).await
}
