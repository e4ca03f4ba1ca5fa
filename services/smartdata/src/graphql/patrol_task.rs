//! 巡查任务 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{
    asked,
    grid::{self, Grid},
    loaders::Loaders,
};
use crate::{app, domain::patrol_task as domain};

/// 巡查状态。Where a patrol stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::PatrolState")]
pub enum PatrolState {
    /// 待巡查。Planned.
    Planned,
    /// 已巡查。Done.
    Done,
    /// 已取消。Cancelled.
    Cancelled,
}

/// 巡查任务。A patrol of a grid.
pub struct PatrolTask(domain::PatrolTask);

#[Object]
impl PatrolTask {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 网格。The grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        grid::load(ctx, self.0.grid_code).await
    }

    /// 巡查人姓名。The name of whoever goes.
    async fn worker_name(&self) -> &str {
        &self.0.worker_name
    }

    /// 巡查内容。What to look at.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 状态。Where it stands.
    async fn state(&self) -> PatrolState {
        self.0.state.into()
    }

    /// 巡查情况,或取消理由。What was found, or why it was cancelled.
    async fn finding(&self) -> Option<&str> {
        self.0.finding.as_deref()
    }

    /// 安排时间。When it was planned.
    async fn planned_at(&self) -> DateTime<Utc> {
        self.0.planned_at
    }

    /// 完成期限。By when.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// 是否逾期。Whether it was not done in time.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_overdue(asked(ctx).0.core.clock.now())
    }

    /// 结束时间。When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}

/// A patrol, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::PatrolTaskId) -> Result<Option<PatrolTask>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(PatrolTask))
}

/// Patrol queries.
#[derive(Default)]
pub struct PatrolTaskQuery;

#[Object]
impl PatrolTaskQuery {
    /// 巡查任务,最急的在前:默认本人的,或本辖区的。Patrols, the soonest first: the caller's own,
    /// or those of the division they work for.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn patrol_tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看本人的。Only the caller's own.", default = true)] mine: bool,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<PatrolState>,
        #[graphql(desc = "只看逾期的。Only late ones.", default = false)] overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, PatrolTask>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::patrol_task::PatrolFilter {
            worker: None,
            state: state.map(Into::into),
            overdue_at: overdue.then(|| service.core.clock.now()),
        };
        let found = app::patrol_task::list(service, caller, mine, filter, &page).await?;
        let keys = |it: &domain::PatrolTask| (it.due_at, it.id.as_uuid());
        listed(found, keys, PatrolTask)
    }
}

/// 巡查人。Who goes.
#[derive(InputObject)]
pub struct PatrolWorker {
    /// 账号。The account.
    subject: String,
    /// 姓名。The name.
    name: String,
}

/// 安排巡查的输入。Who goes where, to look at what.
#[derive(InputObject)]
pub struct PlanPatrolInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 15 位网格编码。The grid, 15 digits.
    grid_code: String,
    /// 巡查人;不填为网格长。Who goes; the lead of the grid where nobody is named.
    worker: Option<PatrolWorker>,
    /// 巡查内容。What to look at.
    title: String,
    /// 完成期限。By when.
    due_at: DateTime<Utc>,
}

/// 安排巡查的结果。The patrol planned.
#[derive(SimpleObject)]
pub struct PlanPatrolPayload {
    /// 巡查任务。The patrol.
    patrol_task: Option<PatrolTask>,
}

/// 完成巡查的输入。What was found.
#[derive(InputObject)]
pub struct FinishPatrolInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 巡查任务。The patrol.
    patrol_task_id: ID,
    /// 巡查情况。What was found.
    finding: String,
}

/// 完成巡查的结果。The patrol.
#[derive(SimpleObject)]
pub struct FinishPatrolPayload {
    /// 巡查任务。The patrol.
    patrol_task: Option<PatrolTask>,
}

/// 取消巡查的输入。Why it is not gone on.
#[derive(InputObject)]
pub struct CancelPatrolInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 巡查任务。The patrol.
    patrol_task_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 取消巡查的结果。The patrol.
#[derive(SimpleObject)]
pub struct CancelPatrolPayload {
    /// 巡查任务。The patrol.
    patrol_task: Option<PatrolTask>,
}

/// Patrol mutations.
#[derive(Default)]
pub struct PatrolTaskMutation;

#[Object]
impl PatrolTaskMutation {
    /// 安排巡查(社区、民政)。Plans a patrol: community staff, civil affairs.
    async fn plan_patrol(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlanPatrolInput,
    ) -> Result<PlanPatrolPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::patrol_task::Plan {
            grid_code: grid::code(&input.grid_code, "input.gridCode")?,
            worker: input.worker.map(|it| (it.subject, it.name)),
            title: input.title,
            due_at: input.due_at,
        };
        let (state, caller) = asked(ctx);
        let id = app::patrol_task::plan(state, caller, key, given).await?;
        Ok(PlanPatrolPayload {
            patrol_task: load(ctx, id).await?,
        })
    }

    /// 完成巡查(巡查人)。The worker went, and says what was found.
    async fn finish_patrol(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FinishPatrolInput,
    ) -> Result<FinishPatrolPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::patrol_task::End {
            patrol_task_id: typed(&input.patrol_task_id, "input.patrolTaskId")?,
            words: input.finding,
        };
        let (state, caller) = asked(ctx);
        let id = app::patrol_task::finish(state, caller, key, given).await?;
        Ok(FinishPatrolPayload {
            patrol_task: load(ctx, id).await?,
        })
    }

    /// 取消巡查(社区、民政)。Cancels a patrol, and says why.
    async fn cancel_patrol(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelPatrolInput,
    ) -> Result<CancelPatrolPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::patrol_task::End {
            patrol_task_id: typed(&input.patrol_task_id, "input.patrolTaskId")?,
            words: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::patrol_task::cancel(state, caller, key, given).await?;
        Ok(CancelPatrolPayload {
            patrol_task: load(ctx, id).await?,
        })
    }
}
