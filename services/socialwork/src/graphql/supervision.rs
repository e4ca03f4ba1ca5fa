//! 督导关系 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{Minutes as Length, china_date};
use kit::{
    Result,
    graph::{Date, Minutes, Opaque, global, listed, page, typed},
};

use super::{
    at, keyed,
    loaders::{AlarmsOf, Loaders, SessionsOf},
    maybe,
    social_worker::SocialWorker,
    supervision_session::SupervisionSession,
};
use crate::{app::supervision as app, domain::supervision as domain};

/// 督导逾期。A term passed without a session.
#[derive(SimpleObject)]
pub struct SupervisionAlarm {
    /// 应督导的期限。The day by which a session was due.
    due_on: Date,
    /// 告警时间。When it was noticed.
    raised_at: DateTime<Utc>,
    /// 解除时间。When a session was held after all, or the supervision ended.
    cleared_at: Option<DateTime<Utc>>,
}

impl From<domain::SupervisionAlarm> for SupervisionAlarm {
    fn from(alarm: domain::SupervisionAlarm) -> Self {
        Self {
            due_on: Date(alarm.due_on),
            raised_at: alarm.raised_at,
            cleared_at: alarm.cleared_at,
        }
    }
}

/// Supervision of the domain, as the graph shows it.
pub struct Supervision(pub domain::Supervision);

/// 督导关系。Who supervises whom.
#[Object]
impl Supervision {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 督导。The supervisor.
    async fn supervisor(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(self.0.supervisor_id).await?;
        Ok(found.map(SocialWorker))
    }

    /// 被督导人。The supervisee.
    async fn supervisee(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(self.0.supervisee_id).await?;
        Ok(found.map(SocialWorker))
    }

    /// 起始日。The first day.
    async fn from(&self) -> Date {
        Date(self.0.from)
    }

    /// 结束日;空为未定。The last day, where it is known.
    async fn to(&self) -> Option<Date> {
        self.0.to.map(Date)
    }

    /// 督导间隔(天)。How many days may pass between sessions.
    async fn every_days(&self) -> i32 {
        self.0.every_days
    }

    /// 督导内容。What it is about.
    async fn topics(&self) -> &str {
        &self.0.topics
    }

    /// 下次督导期限。The day by which the next session is due.
    async fn due_on(&self) -> Date {
        Date(self.0.due_on)
    }

    /// 是否逾期。Whether that day has passed.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_overdue(china_date(at(ctx).0.core.clock.now()))
    }

    /// 逾期告警,新的在前。Terms that passed, newest first.
    async fn alarms(&self, ctx: &Context<'_>) -> Result<Vec<SupervisionAlarm>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(AlarmsOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 历次督导,新的在前。Its sessions, newest first.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<SupervisionSession>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(SessionsOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(SupervisionSession)
            .collect())
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// 督导时数。Minutes of supervision that both sides confirmed.
#[derive(SimpleObject)]
pub struct SupervisionHours {
    /// 接受督导的分钟数。Minutes received.
    received: Minutes,
    /// 提供督导的分钟数。Minutes given.
    given: Minutes,
}

/// Supervision queries.
#[derive(Default)]
pub struct SupervisionQuery;

#[Object]
impl SupervisionQuery {
    /// 按编号查督导关系。A supervision by id.
    async fn supervision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Supervision>> {
        let id: domain::SupervisionId = typed(&id, "id")?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(Supervision))
    }

    /// 我参与或本辖区的督导关系,新的在前。The supervisions the caller takes part in or answers for, newest first.
    async fn supervisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此社会工作者的。Only of this social worker.")]
        social_worker_id: Option<ID>,
        #[graphql(desc = "只看今日有效的。Only those in force today.", default = false)]
        current: bool,
        #[graphql(desc = "只看逾期的。Only where a session is overdue.", default = false)]
        overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Supervision>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let today = china_date(state.core.clock.now());
        let filter = domain::SupervisionFilter {
            worker: maybe(social_worker_id.as_ref(), "socialWorkerId")?,
            on: current.then_some(today),
            overdue_on: overdue.then_some(today),
        };
        let found = app::list(state, caller, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Supervision)
    }

    /// 期间内双方确认的督导时数(本人、机构、工作人员、监督者)。Confirmed minutes of a period, for those who may read a worker's service.
    async fn supervision_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社会工作者。The social worker.")] social_worker_id: ID,
        #[graphql(desc = "起始日。The first day.")] from: Date,
        #[graphql(desc = "截止日。The last day.")] to: Date,
    ) -> Result<Option<SupervisionHours>> {
        let id = typed(&social_worker_id, "socialWorkerId")?;
        let (state, caller) = at(ctx);
        let (received, given) = app::hours(state, caller, id, (from.0, to.0)).await?;
        Ok(Some(SupervisionHours {
            received: Minutes(Length::new(received)),
            given: Minutes(Length::new(given)),
        }))
    }
}

/// 指派督导的输入。Who supervises whom.
#[derive(InputObject)]
pub struct AssignSupervisorInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导;须达到规定的职业水平等级。The supervisor, of a grade that suffices.
    supervisor_id: ID,
    /// 被督导人。The supervisee.
    supervisee_id: ID,
    /// 起始日。The first day.
    from: Date,
    /// 结束日;不填为未定。The last day; open where left out.
    to: Option<Date>,
    /// 督导间隔(天);不得超过规定。How many days may pass between sessions.
    every_days: i32,
    /// 督导内容(1 至 1000 字)。What it is about.
    topics: String,
}

/// 指派督导的结果。The supervision.
#[derive(SimpleObject)]
pub struct AssignSupervisorPayload {
    /// 督导关系。The supervision.
    supervision: Supervision,
}

/// 督导计划的输入。How often, and about what.
#[derive(InputObject)]
pub struct PlanSupervisionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导关系。The supervision.
    supervision_id: ID,
    /// 督导间隔(天)。How many days may pass between sessions.
    every_days: i32,
    /// 督导内容(1 至 1000 字)。What it is about.
    topics: String,
}

/// 督导计划的结果。The supervision by its new plan.
#[derive(SimpleObject)]
pub struct PlanSupervisionPayload {
    /// 督导关系。The supervision.
    supervision: Supervision,
}

/// 结束督导关系的输入。Which supervision ends.
#[derive(InputObject)]
pub struct EndSupervisionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 督导关系。The supervision.
    supervision_id: ID,
    /// 最后一日。Its last day.
    on: Date,
}

/// 结束督导关系的结果。The supervision, ended.
#[derive(SimpleObject)]
pub struct EndSupervisionPayload {
    /// 督导关系。The supervision.
    supervision: Supervision,
}

/// Supervision mutations.
#[derive(Default)]
pub struct SupervisionMutation;

#[Object]
impl SupervisionMutation {
    /// 指派督导(社区工作人员、民政部门)。Assigns a supervisor: staff.
    async fn assign_supervisor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AssignSupervisorInput,
    ) -> Result<AssignSupervisorPayload> {
        let key = keyed(&input.idempotency_key)?;
        let assign = app::Assign {
            supervisor_id: typed(&input.supervisor_id, "input.supervisorId")?,
            supervisee_id: typed(&input.supervisee_id, "input.superviseeId")?,
            from: input.from.0,
            to: input.to.map(|day| day.0),
            every_days: input.every_days,
            topics: input.topics,
        };
        let (state, caller) = at(ctx);
        let supervision = Supervision(app::assign(state, caller, key, assign).await?);
        Ok(AssignSupervisorPayload { supervision })
    }

    /// 修订督导计划(督导)。Plans the supervision anew: the supervisor.
    async fn plan_supervision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlanSupervisionInput,
    ) -> Result<PlanSupervisionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let plan = app::Plan {
            supervision_id: typed(&input.supervision_id, "input.supervisionId")?,
            every_days: input.every_days,
            topics: input.topics,
        };
        let (state, caller) = at(ctx);
        let supervision = Supervision(app::plan(state, caller, key, plan).await?);
        Ok(PlanSupervisionPayload { supervision })
    }

    /// 结束督导关系(社区工作人员、民政部门)。Ends a supervision: staff.
    async fn end_supervision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndSupervisionInput,
    ) -> Result<EndSupervisionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let end = app::End {
            supervision_id: typed(&input.supervision_id, "input.supervisionId")?,
            on: input.on.0,
        };
        let (state, caller) = at(ctx);
        let supervision = Supervision(app::end(state, caller, key, end).await?);
        Ok(EndSupervisionPayload { supervision })
    }
}
