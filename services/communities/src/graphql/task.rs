//! 下派任务 in the graph.

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode},
};

use super::{
    asked,
    community::Community,
    foreign::Division,
    shape::{CommunityStateChange, enums, history, input, mutations, output, part, queries},
    work_list::WorkListItem,
};
use crate::{
    app::{ask::Only, task as app},
    domain::task as domain,
};

/// 任务状态。Where a task stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::TaskState")]
pub enum CommunityTaskState {
    /// 已下派。Given.
    Assigned,
    /// 已接受。Taken on.
    Accepted,
    /// 已拒绝。Refused by the community.
    Refused,
    /// 提请裁定。A decision on the refusal is asked for.
    Escalated,
    /// 已撤销。Taken back.
    Withdrawn,
    /// 已完成。Done.
    Done,
    /// 已转为购买服务。Bought from others.
    Transferred,
}

/// 拒绝的理由。Why a community refuses.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::TaskRefusal")]
pub enum CommunityTaskRefusal {
    /// 超出清单事项范围。Not what the item of the list says.
    NotInList,
    /// 未落实经费。No money came with it.
    NoFunding,
    /// 超出承受能力。More than the community can do.
    BeyondCapacity,
}
enums!(
    CommunityTaskState = domain::TaskState,
    CommunityTaskRefusal = domain::TaskRefusal
);

output! {
    /// 下派任务:只能依据施行中的清单事项。A task given to a community, for an item in force.
    CommunityTask of domain::Task {
        /// 全局编号。Global id.
        id: ID,
        /// 责任部门。The department behind it.
        department: String,
        /// 名称。What it is called.
        title: String,
        /// 要求。What is to be done.
        description: String,
        /// 完成期限。Until when.
        due_on: Date,
        /// 下派时间。When it was given.
        assigned_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: CommunityTaskState,
        /// 拒绝的理由。Why it was refused.
        refusal: Option<CommunityTaskRefusal>,
        /// 拒绝说明。The same in words.
        refusal_reason: Option<String>,
        /// 提请裁定的理由。Why a decision was asked for.
        escalation_reason: Option<String>,
        /// 裁定说明。Why it was decided so.
        decision_note: Option<String>,
        /// 完成情况。What came of it.
        result: Option<String>,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
        /// 清单事项。The item of the list.
        item: WorkListItem = item_id,
    }
    plus {
        /// 是否逾期。Whether it should have been finished.
        async fn overdue(&self, ctx: &Context<'_>) -> bool {
            let (state, _) = asked(ctx);
            self.0.is_overdue(china_date(state.core.clock.now()))
        }

        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

input! {
    /// 下派任务的输入。What a department gives to a community.
    AssignTaskInput => app::Assign {
        /// 社区。The community.
        community_id: ID,
        /// 施行中的清单事项。An item of a list in force there.
        item_id: ID,
        /// 名称(1 至 100 字)。What it is called, 1 to 100 characters.
        title: String,
        /// 要求(1 至 2000 字)。What is to be done, 1 to 2000 characters.
        description: String,
        /// 完成期限。Until when.
        due_on: Date,
    }
}

type TaskOnly = Only<domain::TaskId>;

input! {
    /// 接受任务的输入。Which task.
    AcceptTaskInput => TaskOnly {
        /// 任务。The task.
        id: ID,
    }
}

input! {
    /// 拒绝任务的输入。Why a community refuses.
    RefuseTaskInput => app::Refuse {
        /// 任务。The task.
        task_id: ID,
        /// 理由。Why.
        refusal: CommunityTaskRefusal,
        /// 说明(1 至 1000 字)。In words, 1 to 1000 characters.
        reason: String,
    }
}

input! {
    /// 提请裁定的输入。Why a refusal should not stand.
    EscalateTaskInput => app::Escalate {
        /// 任务。The task.
        task_id: ID,
        /// 理由(1 至 1000 字)。Why, 1 to 1000 characters.
        reason: String,
    }
}

input! {
    /// 裁定的输入。Whether a refusal stands.
    DecideTaskInput => app::Decide {
        /// 任务。The task.
        task_id: ID,
        /// 维持拒绝则任务撤销,否则社区接受。Whether the refusal stands; else the community takes it on.
        uphold: bool,
        /// 说明(1 至 1000 字)。Why, 1 to 1000 characters.
        note: String,
    }
}

input! {
    /// 撤回任务的输入。Which task.
    WithdrawTaskInput => TaskOnly {
        /// 任务。The task.
        id: ID,
    }
}

input! {
    /// 完成任务的输入。What came of it.
    CompleteTaskInput => app::Complete {
        /// 任务。The task.
        task_id: ID,
        /// 完成情况(1 至 2000 字)。What came of it, 1 to 2000 characters.
        result: String,
    }
}

part! {
    /// 只看哪些任务。Which tasks only.
    CommunityTaskFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 状态。In this state.
        state: Option<CommunityTaskState>,
        /// 只看逾期的。Only those that should have been finished.
        overdue: Option<bool>,
    }
}

queries! {
    /// Task queries.
    TaskQuery of CommunityTask, domain::TaskId {
        entity find_community_task_by_id;
        /// 按编号查任务。A task by id.
        one community_task;
        /// 任务,新的在前。Tasks, newest first.
        many community_tasks(CommunityTaskFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Task mutations.
    TaskMutation {
        /// 下派任务(部门):清单中没有的不予下派。Gives a task; what no list in force names is refused.
        assign_task(AssignTaskInput) -> AssignTaskPayload { task: CommunityTask } by app::assign;
        /// 接受任务(社区)。The community takes it on.
        accept_task(AcceptTaskInput) -> AcceptTaskPayload { task: CommunityTask } by app::accept;
        /// 拒绝任务(社区)。The community refuses, with its reason.
        refuse_task(RefuseTaskInput) -> RefuseTaskPayload { task: CommunityTask } by app::refuse;
        /// 提请裁定(部门)。The department asks for a decision on a refusal.
        escalate_task(EscalateTaskInput) -> EscalateTaskPayload { task: CommunityTask } by app::escalate;
        /// 裁定(民政,不得为提请人)。Decides on a refusal; never whoever asked for it.
        decide_task(DecideTaskInput) -> DecideTaskPayload { task: CommunityTask } by app::decide;
        /// 撤回任务(部门)。Takes a task back that is not accepted yet.
        withdraw_task(WithdrawTaskInput) -> WithdrawTaskPayload { task: CommunityTask } by app::withdraw;
        /// 完成任务(社区)。The community has done it.
        complete_task(CompleteTaskInput) -> CompleteTaskPayload { task: CommunityTask } by app::complete;
    }
}
