//! 下派任务: assigned for an item in force, accepted or refused, decided, done.

use chrono::NaiveDate;
use kernel::{DivisionCode, Page, Paged, china_date, keys::CommunityId};
use kit::{
    auth::{Caller, Resource},
    record::Wanted,
};
use serde::Serialize;

use super::ask::{self, Ask, Only, first, subject};
use crate::{
    domain::{
        task::{Task, TaskId, TaskRefusal, TaskState},
        words::check_words,
        work_list::{WorkListItem, WorkListItemId},
    },
    error::{Error, Result},
    state::State,
};

subject!(
    Task,
    "Task",
    "TASK_NOT_FOUND",
    "没有这项任务",
    "there is no such task"
);

/// What a department gives to a community.
#[derive(Clone, Debug, Serialize)]
pub struct Assign {
    pub community_id: CommunityId,
    pub item_id: WorkListItemId,
    pub title: String,
    pub description: String,
    pub due_on: NaiveDate,
}

/// Gives a task to a community: only for an item in force there.
pub async fn assign(ask: &Ask<'_>, input: Assign) -> Result<Task> {
    let community = super::community::get(ask.state, input.community_id).await?;
    let place = Resource::any("Task").in_division(community.division_code);
    let mut open = first!(ask.open("assignTask", &input, &place).await?);
    let item: WorkListItem = ask::find(ask.state, input.item_id)
        .await?
        .ok_or_else(super::work_list::no_item)?;
    if input.due_on < open.today() {
        return Err(Error::invalid(
            "input.dueOn",
            "TASK_DUE",
            "完成期限不能早于今天",
            "a task is due today or later",
        ));
    }
    let task = Task {
        id: open.id(),
        community_id: community.id,
        division_code: community.division_code,
        item_id: item.id,
        department: item.department,
        title: check_words("input.title", &input.title, 100)?,
        description: check_words("input.description", &input.description, 2000)?,
        due_on: input.due_on,
        assigned_by: open.actor(),
        assigned_at: open.now,
        state: TaskState::Assigned,
        refusal: None,
        refusal_reason: None,
        escalated_by: None,
        escalation_reason: None,
        decided_by: None,
        decision_note: None,
        result: None,
        ended_at: None,
        updated_at: open.now,
        version: 1,
    };
    open.insert(&task).await?;
    open.finish(task).await
}

/// The community takes it on.
pub async fn accept(ask: &Ask<'_>, input: Only<TaskId>) -> Result<Task> {
    let start = ask.lock::<Task, _>("answerTask", input.id, &input);
    let (mut open, mut task) = first!(start.await?);
    task.step(TaskState::Accepted, open.now)?;
    open.update(&mut task).await?;
    open.finish(task).await
}

/// Why a community refuses.
#[derive(Clone, Debug, Serialize)]
pub struct Refuse {
    pub task_id: TaskId,
    pub refusal: TaskRefusal,
    pub reason: String,
}

/// The community refuses, with its reason.
pub async fn refuse(ask: &Ask<'_>, input: Refuse) -> Result<Task> {
    let start = ask.lock::<Task, _>("answerTask", input.task_id, &input);
    let (mut open, mut task) = first!(start.await?);
    task.step(TaskState::Refused, open.now)?;
    task.refusal = Some(input.refusal);
    task.refusal_reason = Some(check_words("input.reason", &input.reason, 1000)?);
    open.update(&mut task).await?;
    open.finish(task).await
}

/// Why a refusal should not stand.
#[derive(Clone, Debug, Serialize)]
pub struct Escalate {
    pub task_id: TaskId,
    pub reason: String,
}

/// The department asks for a decision on a refusal.
pub async fn escalate(ask: &Ask<'_>, input: Escalate) -> Result<Task> {
    let start = ask.lock::<Task, _>("assignTask", input.task_id, &input);
    let (mut open, mut task) = first!(start.await?);
    task.step(TaskState::Escalated, open.now)?;
    task.escalated_by = Some(open.actor());
    task.escalation_reason = Some(check_words("input.reason", &input.reason, 1000)?);
    open.update(&mut task).await?;
    open.finish(task).await
}

/// What is decided.
#[derive(Clone, Debug, Serialize)]
pub struct Decide {
    pub task_id: TaskId,
    /// Whether the refusal stands.
    pub uphold: bool,
    pub note: String,
}

/// Somebody else decides whether the refusal stands.
pub async fn decide(ask: &Ask<'_>, input: Decide) -> Result<Task> {
    let start = ask.lock::<Task, _>("decideTask", input.task_id, &input);
    let (mut open, mut task) = first!(start.await?);
    let note = check_words("input.note", &input.note, 1000)?;
    task.decide(input.uphold, (open.actor(), note), open.now)?;
    open.update(&mut task).await?;
    open.finish(task).await
}

/// The department takes a task back that is not accepted yet.
pub async fn withdraw(ask: &Ask<'_>, input: Only<TaskId>) -> Result<Task> {
    let start = ask.lock::<Task, _>("assignTask", input.id, &input);
    let (mut open, mut task) = first!(start.await?);
    task.step(TaskState::Withdrawn, open.now)?;
    open.update(&mut task).await?;
    open.finish(task).await
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Complete {
    pub task_id: TaskId,
    pub result: String,
}

/// The community has done it.
pub async fn complete(ask: &Ask<'_>, input: Complete) -> Result<Task> {
    let start = ask.lock::<Task, _>("answerTask", input.task_id, &input);
    let (mut open, mut task) = first!(start.await?);
    task.step(TaskState::Done, open.now)?;
    task.result = Some(check_words("input.result", &input.result, 2000)?);
    open.update(&mut task).await?;
    open.finish(task).await
}

/// Which tasks.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub division_code: Option<DivisionCode>,
    pub community_id: Option<CommunityId>,
    pub state: Option<TaskState>,
    /// Only those that should have been finished.
    pub overdue: Option<bool>,
}

/// A page of tasks; what weighs on communities is public.
pub async fn list(state: &State, _: &Caller, filter: Filter, page: &Page) -> Result<Paged<Task>> {
    let late = filter
        .overdue
        .filter(|wanted| *wanted)
        .map(|_| china_date(state.core.clock.now()));
    let wanted = Wanted::all()
        .within(filter.division_code)
        .is("community_id", filter.community_id)
        .is("state", filter.state)
        .that("ended_at IS NULL AND due_on < ", late);
    ask::list(state, wanted, page).await
}
