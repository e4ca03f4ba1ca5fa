//! 一站式办件: the frame of every move of a case, and reading.

mod form;
mod handle;
mod submit;

use std::collections::HashMap;

use kernel::{IdempotencyKey, Page, Paged, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
    db::Tx,
    events,
};
use serde::Serialize;

use super::step::{self, Moved};
use crate::{
    domain::{
        one_stop_case::{CaseId, CaseState, OneStopCase},
        step::Step,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::one_stop_case::CaseFilter;
pub use form::{Line, answers, lines};
pub use handle::{
    Decide, Rate, Refuse, Words, accept, archive, ask_supplement, decide, deliver, process, rate,
    refuse_case,
};
pub(super) use submit::applicant;
pub use submit::{Submit, Supplement, submit, supplement};

/// Who may read the cases of a division they work for.
const READERS: &[Role] = &[
    Role::GridWorker,
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];
/// Who handles them.
const HANDLERS: &[Role] = &[Role::CommunityStaff, Role::CivilAffairs];

/// What a case is to the policies.
pub fn resource(it: &OneStopCase) -> Resource {
    Resource::new("OneStopCase", it.id)
        .in_division(it.division_code)
        .owned_by(it.resident_id.as_uuid())
}

/// A move of a case under way.
struct Work {
    tx: Tx,
    case: OneStopCase,
    from: CaseState,
    now: chrono::DateTime<chrono::Utc>,
}

/// A call is a repeated one, or the first.
enum Opened {
    Before(CaseId),
    First(Box<Work>),
}

/// Begins a move: locks the case, asks who may, looks for an earlier answer.
async fn open(
    state: &State,
    caller: &Caller,
    (action, key): (&'static str, &IdempotencyKey),
    id: CaseId,
    input: &impl Serialize,
) -> Result<Opened> {
    caller.signed_in(action)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let case = store::one_stop_case::lock(&mut tx, id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(&case);
    state
        .core
        .authorize_seen(caller, (action, "readOneStopCase"), &about, unknown)?;
    if let Some(first) = tx.replay(action, key, input, now).await? {
        return Ok(Opened::Before(first));
    }
    let from = case.state;
    Ok(Opened::First(Box::new(Work {
        tx,
        case,
        from,
        now,
    })))
}

impl Work {
    /// Ends a move, with the words that went with it.
    async fn finish(
        mut self,
        caller: &Caller,
        action: &'static str,
        note: Option<String>,
    ) -> Result<CaseId> {
        store::one_stop_case::update(&mut self.tx, &mut self.case).await?;
        leave(&mut self.tx, caller, &self.case, Some(self.from), note).await?;
        conclude(self.tx, caller, action, &self.case).await
    }
}

/// Leaves the record of a move.
async fn leave(
    tx: &mut Tx,
    caller: &Caller,
    case: &OneStopCase,
    from: Option<CaseState>,
    note: Option<String>,
) -> Result<()> {
    let moved = Moved {
        of: case.id,
        version: case.version,
        from,
        to: case.state,
        at: case.updated_at,
        due_at: case.due_at,
    };
    step::leave(tx, caller, moved, note).await
}

/// Tells the others, writes the audit, keeps the answer, commits.
async fn conclude(
    mut tx: Tx,
    caller: &Caller,
    action: &'static str,
    case: &OneStopCase,
) -> Result<CaseId> {
    let event = events::NewEvent {
        subject: "smartdata.one_stop_case.changed",
        aggregate: "one_stop_case",
        aggregate_id: case.id.as_uuid(),
        trace_id: None,
        at: case.updated_at,
        data: serde_json::json!({
            "case_id": case.id,
            "number": case.number,
            "item": case.item_code,
            "resident_id": case.resident_id,
            "division_code": case.division_code,
            "state": case.state,
        }),
    };
    events::append(&mut tx, &event).await?;
    let entry = audit::Entry::write(caller, action, &resource(case), case.updated_at)
        .detail(serde_json::json!({ "state": case.state }));
    audit::append(&mut tx, &entry).await?;
    tx.answer(case.id).await
}

/// The cases of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[CaseId],
) -> Result<HashMap<CaseId, OneStopCase>> {
    let mut conn = state.core.db.read().await?;
    let mut found = store::one_stop_case::load_many(&mut conn, ids).await?;
    found.retain(|_, it| {
        state
            .core
            .policies
            .allows(&caller.actor, "readOneStopCase", &resource(it))
    });
    Ok(found)
}

/// The moves of cases; asked only of cases the caller may read.
pub async fn load_steps(
    state: &State,
    ids: &[CaseId],
) -> Result<HashMap<CaseId, Vec<Step<CaseId, CaseState>>>> {
    store::step::load_many(&mut *state.core.db.read().await?, ids).await
}

/// A page of the cases that the caller may see.
pub async fn list(
    state: &State,
    caller: &Caller,
    filter: &CaseFilter,
    page: &Page,
) -> Result<Paged<OneStopCase>> {
    let mut scope = caller.actor.scope(READERS);
    if caller.actor.is(Role::Resident) {
        scope = scope.or_own(&caller.actor);
    }
    let mut conn = state.core.db.read().await?;
    let rows = store::one_stop_case::list(&mut conn, &scope, filter, page).await?;
    Ok(page.finish(rows))
}

/// What waits for staff, the most urgent first.
pub async fn due(state: &State, caller: &Caller, page: &Page) -> Result<Paged<OneStopCase>> {
    let scope = caller.actor.scope(HANDLERS);
    let mut conn = state.core.db.read().await?;
    let rows = store::one_stop_case::list_due(&mut conn, &scope, page).await?;
    Ok(page.finish(rows))
}

/// The case is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "CASE_NOT_FOUND",
        zh: "没有这个办件,或您无权查看",
        en: "there is no such case, or it is not for you to see",
    )
    .into()
}
