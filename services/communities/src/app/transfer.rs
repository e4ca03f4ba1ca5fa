//! 转出 (A24): a task that is not the community's to do is bought from those who
//! are paid for it, once residents have adopted a proposal on it.

use kernel::{
    Page, Paged,
    keys::{CommunityId, ProposalId},
};
use kit::{auth::Caller, record::Wanted};
use serde::Serialize;

use super::{
    ask::{self, Ask, first, subject},
    project::key_for_procurement,
    proposal,
};
use crate::{
    clients::purchases::Purchase,
    domain::{
        project::{ProjectRoute, PurchaseLine, check_project},
        task::{Task, TaskId, TaskState, WorkTransfer},
        words::check_words,
    },
    error::{Error, Result},
    state::State,
    store,
};

subject!(
    WorkTransfer,
    "Task",
    "WORK_TRANSFER_NOT_FOUND",
    "没有这项转出决定",
    "there is no such transfer"
);

/// Which task, on which proposal, and what is bought.
#[derive(Clone, Debug, Serialize)]
pub struct Transfer {
    pub task_id: TaskId,
    pub proposal_id: ProposalId,
    pub reason: String,
    pub title: String,
    pub lines: Vec<PurchaseLine>,
}

/// Hands a task over: the proposal becomes a purchase, the task weighs no more.
/// Procurement is asked first under a key of its own, as for any project.
pub async fn transfer(ask: &Ask<'_>, input: Transfer) -> Result<WorkTransfer> {
    let (state, caller) = (ask.state, ask.caller);
    let task: Task = ask::get(state, input.task_id).await?;
    let resource = ask::Subject::resource(&task);
    state.core.authorize(caller, "transferWork", &resource)?;
    let reason = check_words("input.reason", &input.reason, 1000)?;
    check_project(ProjectRoute::Procurement, &input.title, &input.lines)?;
    if let Some(first) = ask.answered(&input).await? {
        return Ok(first);
    }
    let before = proposal::find(state, input.proposal_id).await?;
    if before.community_id != task.community_id {
        return Err(Error::invalid(
            "input.proposalId",
            "PROPOSAL_ELSEWHERE",
            "该议题不属于此社区",
            "the proposal is of another community",
        ));
    }
    before.may_become_project(state.core.clock.now())?;
    // Whether the task may go at all, before anything is asked for elsewhere.
    task.clone()
        .step(TaskState::Transferred, state.core.clock.now())?;
    let purchase = Purchase {
        key: key_for_procurement(state, before.id, &ask.key),
        trace: before.trace_id,
        proposal: before.id,
        community: before.community_id,
        division: before.division_code.to_string(),
        title: &input.title,
        lines: &input.lines,
    };
    let need = state.purchases.raise(caller, &purchase).await?;

    let start = ask.lock::<Task, _>("transferWork", input.task_id, &input);
    let (mut open, mut task) = first!(start.await?);
    let mut subject = store::proposal::lock(&mut open, input.proposal_id)
        .await?
        .ok_or_else(proposal::unknown)?;
    subject.projectise(ProjectRoute::Procurement, Some(need), open.now)?;
    store::proposal::update(&mut open, &mut subject).await?;
    let decision = WorkTransfer {
        id: open.id(),
        task_id: task.id,
        proposal_id: subject.id,
        community_id: task.community_id,
        division_code: task.division_code,
        reason,
        procurement_need_id: need,
        decided_by: open.actor(),
        decided_at: open.now,
    };
    open.insert(&decision).await?;
    task.step(TaskState::Transferred, open.now)?;
    open.update(&mut task).await?;
    open.finish(decision).await
}

/// Which decisions.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub community_id: Option<CommunityId>,
}

/// A page of decisions; they are public.
pub async fn list(
    state: &State,
    _: &Caller,
    filter: Filter,
    page: &Page,
) -> Result<Paged<WorkTransfer>> {
    ask::list(
        state,
        Wanted::all().is("community_id", filter.community_id),
        page,
    )
    .await
}
