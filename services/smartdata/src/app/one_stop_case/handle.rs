//! 受理、补正、办理、办结、送达、评价、归档.

use kernel::IdempotencyKey;
use kit::auth::Caller;
use serde::{Deserialize, Serialize};

use super::{
    super::{service_item, term},
    Opened, open,
};
use crate::{
    domain::{one_stop_case::CaseId, text},
    error::Result,
    state::State,
    store,
};

/// 受理: from now on its limit runs.
pub async fn accept(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: CaseId,
) -> Result<CaseId> {
    const ACTION: &str = "acceptOneStopCase";
    let mut work = match open(state, caller, (ACTION, &key), id, &id).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let codes = [work.case.item_code.clone()];
    let days = store::service_item::load_many(&mut work.tx, &codes)
        .await?
        .remove(&work.case.item_code)
        .ok_or_else(service_item::unknown)?
        .handle_days;
    let now = work.now;
    let decide_by = term::working_days(&mut work.tx, days, now).await?;
    work.case.accept(decide_by, now)?;
    work.finish(caller, ACTION, None).await
}

/// A case, and words about it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Words {
    pub case_id: CaseId,
    pub words: String,
}

/// 一次性告知补正.
pub async fn ask_supplement(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Words,
) -> Result<CaseId> {
    const ACTION: &str = "requestCaseSupplement";
    let note = text::words(&input.words, "input.note", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.case_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let now = work.now;
    work.case.ask_supplement(note.clone(), now)?;
    work.finish(caller, ACTION, Some(note)).await
}

/// Why a case is not accepted.
pub type Refuse = Words;

/// 不予受理.
pub async fn refuse_case(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Refuse,
) -> Result<CaseId> {
    const ACTION: &str = "refuseOneStopCase";
    let reason = text::words(&input.words, "input.reason", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.case_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let now = work.now;
    work.case.refuse(reason.clone(), now)?;
    work.finish(caller, ACTION, Some(reason)).await
}

/// 办理.
pub async fn process(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: CaseId,
) -> Result<CaseId> {
    const ACTION: &str = "processOneStopCase";
    let mut work = match open(state, caller, (ACTION, &key), id, &id).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let now = work.now;
    work.case.process(now)?;
    work.finish(caller, ACTION, None).await
}

/// What was decided.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decide {
    pub case_id: CaseId,
    pub granted: bool,
    pub decision: String,
}

/// 办结.
pub async fn decide(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Decide,
) -> Result<CaseId> {
    const ACTION: &str = "decideOneStopCase";
    let words = text::words(&input.decision, "input.decision", 2000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.case_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let now = work.now;
    work.case.decide((input.granted, words.clone()), now)?;
    work.finish(caller, ACTION, Some(words)).await
}

/// 送达.
pub async fn deliver(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: CaseId,
) -> Result<CaseId> {
    const ACTION: &str = "deliverOneStopCase";
    let mut work = match open(state, caller, (ACTION, &key), id, &id).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let (now, division) = (work.now, work.case.division_code);
    let rate_by = term::until(&mut work.tx, "scd.case.rating", Some(&division), now).await?;
    work.case.deliver(rate_by, now)?;
    work.finish(caller, ACTION, None).await
}

/// How well it was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rate {
    pub case_id: CaseId,
    pub stars: i32,
    pub note: Option<String>,
}

/// 好差评 by the resident.
pub async fn rate(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Rate,
) -> Result<CaseId> {
    const ACTION: &str = "rateOneStopCase";
    let note = text::some_words(input.note.as_deref(), "input.note", 1000)?;
    let mut work = match open(state, caller, (ACTION, &key), input.case_id, &input).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let now = work.now;
    work.case.rate(input.stars, note.clone(), now)?;
    work.finish(caller, ACTION, note).await
}

/// 归档.
pub async fn archive(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    id: CaseId,
) -> Result<CaseId> {
    const ACTION: &str = "archiveOneStopCase";
    let mut work = match open(state, caller, (ACTION, &key), id, &id).await? {
        Opened::Before(first) => return Ok(first),
        Opened::First(work) => work,
    };
    let now = work.now;
    work.case.archive(now)?;
    work.finish(caller, ACTION, None).await
}
