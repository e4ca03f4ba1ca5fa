//! 巡查任务: plan, finish, cancel, read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{GridCode, IdempotencyKey, Page, Paged, refuse};
use kit::{
    audit,
    auth::{Caller, Resource, Role},
};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        patrol_task::{PatrolState, PatrolTask, PatrolTaskId},
        text,
    },
    error::Result,
    state::State,
    store,
};

pub use crate::store::patrol_task::PatrolFilter;

/// Who may read the patrols of a division they work for.
const READERS: &[Role] = &[
    Role::CommunityStaff,
    Role::CivilAffairs,
    Role::Auditor,
    Role::PlatformAdmin,
];

fn resource(caller: &Caller, task: &PatrolTask) -> Resource {
    Resource::new("PatrolTask", task.id)
        .in_division(task.division_code)
        .with("mine", task.worker_subject == caller.actor.subject)
}

/// Who goes where, to look at what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub grid_code: GridCode,
    /// Whoever leads the grid, where nobody is named.
    pub worker: Option<(String, String)>,
    pub title: String,
    pub due_at: DateTime<Utc>,
}

/// Plans a patrol.
pub async fn plan(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: Plan,
) -> Result<PatrolTaskId> {
    let asked = Resource::any("PatrolTask")
        .in_division(input.grid_code.community())
        .with("mine", false);
    state.core.authorize(caller, "planPatrol", &asked)?;
    let title = text::words(&input.title, "input.title", 200)?;
    let now = state.core.clock.now();
    PatrolTask::check_due(input.due_at, now)?;
    let mut tx = state.core.db.begin(caller).await?;
    if let Some(first) = tx.replay("planPatrol", &key, &input, now).await? {
        return Ok(first);
    }
    let grid = store::grid::find_by_code(&mut tx, &input.grid_code)
        .await?
        .ok_or_else(|| super::grid::unknown("input.gridCode"))?;
    let (worker_subject, worker_name) = match (input.worker, grid.lead) {
        (Some((subject, name)), _) => (
            text::subject(&subject, "input.workerSubject")?,
            text::name(&name, "input.workerName")?,
        ),
        (None, Some(lead)) => (lead.subject, lead.name),
        (None, None) => {
            return Err(refuse!(
                Invalid,
                "PATROL_WORKER",
                field: "input.workerSubject",
                zh: "该网格没有网格长,请指明巡查人",
                en: "this grid has no lead; name the worker who is to go",
            )
            .into());
        }
    };
    let task = PatrolTask {
        id: PatrolTaskId::new(&state.core.ids),
        division_code: grid.code.community(),
        grid_code: grid.code,
        worker_subject,
        worker_name,
        title,
        state: PatrolState::Planned,
        finding: None,
        planned_by: caller.actor.subject.clone(),
        planned_at: now,
        due_at: input.due_at,
        ended_at: None,
        version: 1,
    };
    store::patrol_task::insert(&mut tx, &task).await?;
    let entry = audit::Entry::write(caller, "planPatrol", &resource(caller, &task), now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(task.id).await
}

/// How a patrol ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    pub patrol_task_id: PatrolTaskId,
    pub words: String,
}

/// The worker went, and says what was found.
pub async fn finish(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: End,
) -> Result<PatrolTaskId> {
    let how = ("finishPatrol", PatrolState::Done, "input.finding");
    end(state, caller, key, input, how).await
}

/// It is not gone on, and why.
pub async fn cancel(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: End,
) -> Result<PatrolTaskId> {
    let how = ("cancelPatrol", PatrolState::Cancelled, "input.reason");
    end(state, caller, key, input, how).await
}

async fn end(
    state: &State,
    caller: &Caller,
    key: IdempotencyKey,
    input: End,
    (action, next, field): (&'static str, PatrolState, &str),
) -> Result<PatrolTaskId> {
    caller.signed_in(action)?;
    let words = text::words(&input.words, field, 2000)?;
    let now = state.core.clock.now();
    let mut tx = state.core.db.begin(caller).await?;
    let mut task = store::patrol_task::lock(&mut tx, input.patrol_task_id)
        .await?
        .ok_or_else(unknown)?;
    let about = resource(caller, &task);
    state
        .core
        .authorize_seen(caller, (action, "readPatrol"), &about, unknown)?;
    if let Some(first) = tx.replay(action, &key, &input, now).await? {
        return Ok(first);
    }
    task.end(next, words, now)?;
    store::patrol_task::update(&mut tx, &mut task).await?;
    let entry = audit::Entry::write(caller, action, &about, now);
    audit::append(&mut tx, &entry).await?;
    tx.answer(task.id).await
}

/// The patrols of a list of ids that the caller may read.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[PatrolTaskId],
) -> Result<HashMap<PatrolTaskId, PatrolTask>> {
    let mut conn = state.core.db.read().await?;
    let mut found = store::patrol_task::load_many(&mut conn, ids).await?;
    found.retain(|_, task| {
        let about = resource(caller, task);
        state
            .core
            .policies
            .allows(&caller.actor, "readPatrol", &about)
    });
    Ok(found)
}

/// A page of patrols: the caller's own, or those of the division they work for.
pub async fn list(
    state: &State,
    caller: &Caller,
    mine: bool,
    mut filter: PatrolFilter,
    page: &Page,
) -> Result<Paged<PatrolTask>> {
    super::access_log::myself(caller)?;
    if mine {
        filter.worker = Some(caller.actor.subject.clone());
    }
    let scope = caller.actor.scope(READERS);
    let mut conn = state.core.db.read().await?;
    let rows = store::patrol_task::list(&mut conn, &scope, &filter, page).await?;
    Ok(page.finish(rows))
}

/// The patrol is not there, or not for this caller.
pub fn unknown() -> kit::Error {
    refuse!(
        NotFound,
        "PATROL_NOT_FOUND",
        zh: "没有这项巡查任务,或您无权查看",
        en: "there is no such patrol, or it is not for you to see",
    )
    .into()
}
