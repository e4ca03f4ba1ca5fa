//! 网格事件 in the graph: the type and its lists; changes, notices and public
//! clocks are in the files beside.

mod clock;
mod handling;
mod mutation;
mod notice;
mod parts;

use async_graphql::{Context, Enum, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::GridCode;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    division::{self, Division},
    grid::{self, Grid},
    loaders::{DeferralsOf, Loaders, StepsOf},
    patrol_task::{self, PatrolTask},
    resident::{self, Resident},
    step::Step,
};
use crate::{app, domain::event as domain};

pub use clock::EventClockQuery;
pub use handling::EventHandlingMutation;
pub use mutation::EventMutation;
pub use notice::{EventNoticeMutation, EventNoticeQuery};
use parts::{EventClass, EventDeferral, class};

/// 事件状态(七步闭环)。Where an event stands, in seven steps.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EventState")]
pub enum EventState {
    /// 已上报。Reported.
    Reported,
    /// 已立案。Taken up.
    Registered,
    /// 已派遣。Given to somebody.
    Dispatched,
    /// 处理中。Being handled.
    Handling,
    /// 已退回,待重新派遣。Sent back, to be given to somebody else.
    Returned,
    /// 已反馈,待核查。Done, to be verified.
    FedBack,
    /// 返工。To be done again.
    Rework,
    /// 已结案。Verified and closed.
    Closed,
    /// 已评价。Evaluated.
    Evaluated,
    /// 已并入另一事件。Merged into another one.
    Merged,
    /// 不予立案。Not taken up.
    Invalid,
}

/// 事件来源。Where a report comes from.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EventSource")]
pub enum EventSource {
    /// 居民。A resident.
    Resident,
    /// 网格员。A grid worker.
    GridWorker,
    /// 12345 热线。The hotline 12345.
    Hotline12345,
    /// 设备。A device.
    Device,
    /// 部门。A department.
    Department,
}

/// 网格事件。Something reported in a grid, from the report to the evaluation.
pub struct Event(pub domain::Event);

#[Object]
impl Event {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 事件编号,可在电话中报出。The number people quote.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// 类别。Its class.
    async fn class(&self, ctx: &Context<'_>) -> Result<Option<EventClass>> {
        class(ctx, &self.0.class_code).await
    }

    /// 来源。Where the report comes from.
    async fn source(&self) -> EventSource {
        self.0.source.into()
    }

    /// 所在区划。The community.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 所在网格。The grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        match self.0.grid_code {
            Some(code) => grid::load(ctx, code).await,
            None => Ok(None),
        }
    }

    /// 地点。Where exactly.
    async fn location(&self) -> &str {
        &self.0.location
    }

    /// 描述。In the words of the report.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// 上报的居民。The resident who reported it, as far as the reader may see them.
    async fn reporter(&self, ctx: &Context<'_>) -> Result<Option<Resident>> {
        let fields = resident::fields(&ctx.look_ahead());
        match self.0.resident_id {
            Some(id) => resident::load(ctx, id, fields).await,
            None => Ok(None),
        }
    }

    /// 热线工单号或设备消息号。The ticket of the hotline, the message of the device.
    async fn external_reference(&self) -> Option<&str> {
        self.0.external_reference.as_deref()
    }

    /// 巡查任务。The patrol that found it.
    async fn patrol_task(&self, ctx: &Context<'_>) -> Result<Option<PatrolTask>> {
        match self.0.patrol_task_id {
            Some(id) => patrol_task::load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// 渠道。The channel it came through.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 代办人。Who helped to report it.
    async fn assisted_by(&self) -> Option<&str> {
        self.0.assisted_by.as_deref()
    }

    /// 状态。Where it stands.
    async fn state(&self) -> EventState {
        self.0.state.into()
    }

    /// 办理人姓名。The name of whoever handles it.
    async fn handler_name(&self) -> Option<&str> {
        self.0.handler_name.as_deref()
    }

    /// 是否由我办理。Whether the caller handles it.
    async fn mine(&self, ctx: &Context<'_>) -> bool {
        let (_, caller) = asked(ctx);
        self.0.handler_subject.as_deref() == Some(caller.actor.subject.as_str())
    }

    /// 处理结果。What was done.
    async fn outcome(&self) -> Option<&str> {
        self.0.outcome.as_deref()
    }

    /// 已并入的事件;无权查看时为空,过程中记有其编号。The event that goes on for both; empty where
    /// the reader may not see it; the moves tell its number.
    async fn merged_into(&self, ctx: &Context<'_>) -> Result<Option<Event>> {
        match self.0.merged_into {
            Some(id) => load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// 返工次数。How often it had to be done again.
    async fn reworks(&self) -> i32 {
        self.0.reworks
    }

    /// 上报时间。When it was reported.
    async fn reported_at(&self) -> DateTime<Utc> {
        self.0.reported_at
    }

    /// 办结时限:上报时一次算定,仅经批准的延期可改。Until when it is to be closed: reckoned once;
    /// only an approved deferral moves it.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// 当前环节时限。Until when the present step is to be done.
    async fn step_due_at(&self) -> Option<DateTime<Utc>> {
        self.0.step_due_at
    }

    /// 是否超时。Whether the whole took, or takes, longer than it may.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_overdue(asked(ctx).0.core.clock.now())
    }

    /// 当前环节是否超时。Whether the present step takes longer than it may.
    async fn step_overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_step_overdue(asked(ctx).0.core.clock.now())
    }

    /// 结案时间。When it was closed.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// 评价(1 至 5 星)。The rating, 1 to 5 stars.
    async fn stars(&self) -> Option<i32> {
        self.0.stars
    }

    /// 评价意见。The words of the rating.
    async fn rating_note(&self) -> Option<&str> {
        self.0.rating_note.as_deref()
    }

    /// 办理过程。Its moves, in their order.
    async fn steps(&self, ctx: &Context<'_>) -> Result<Vec<Step<EventState>>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(StepsOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 延期申请。Its deferrals, asked and decided.
    async fn deferrals(&self, ctx: &Context<'_>) -> Result<Vec<EventDeferral>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(DeferralsOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(EventDeferral)
            .collect())
    }

    /// 可能重复的事件(同类、同社区、同网格)。Events that may tell of the same thing: of the same
    /// class, community and grid.
    async fn similar(&self, ctx: &Context<'_>) -> Result<Vec<Event>> {
        let (state, caller) = asked(ctx);
        let found = app::event::similar(state, caller, &self.0).await?;
        Ok(found.into_iter().map(Event).collect())
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// An event, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::EventId) -> Result<Option<Event>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Event))
}

/// 事件筛选。Which events.
#[derive(InputObject, Default)]
pub struct EventFilter {
    /// 区划。Only below this division.
    division_code: Option<DivisionCode>,
    /// 15 位网格编码。Only of this grid.
    grid_code: Option<String>,
    /// 类别代码。Only of this class.
    class_code: Option<String>,
    /// 来源。Only from this source.
    source: Option<EventSource>,
    /// 状态。Only in this state.
    state: Option<EventState>,
    /// 只看已超时未结的。Only open ones that are late as a whole or in their step.
    #[graphql(default = false)]
    overdue: bool,
}

impl EventFilter {
    fn read(self, now: DateTime<Utc>) -> Result<app::event::EventFilter> {
        let code = |text: String| -> Result<GridCode> { grid::code(&text, "filter.gridCode") };
        Ok(app::event::EventFilter {
            below: self.division_code.map(|code| code.0),
            grid: self.grid_code.map(code).transpose()?,
            class: self.class_code,
            source: self.source.map(Into::into),
            state: self.state.map(Into::into),
            overdue_at: self.overdue.then_some(now),
        })
    }
}

/// Event queries.
#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    #[graphql(entity)]
    async fn find_event_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Event>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 按编号查事件(上报人、办理人、本辖区工作人员)。An event by id: its reporter, its handler,
    /// staff of the division.
    async fn event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Event>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 我可见的事件,新的在前:居民看本人上报的,工作人员看本辖区的。Events the caller may see,
    /// newest first: a resident's own, and those of the division for staff.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "筛选。Which ones.")] filter: Option<EventFilter>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Event>>> {
        let page = page(first, after, last, before)?;
        let (state, caller) = asked(ctx);
        let filter = filter.unwrap_or_default().read(state.core.clock.now())?;
        let found = app::event::list(state, caller, &filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), Event)
    }

    /// 待我办理的事件,最急的在前。What the caller is to handle, the most urgent first.
    async fn events_to_handle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Event>>> {
        let page = page(first, after, last, before)?;
        let (state, caller) = asked(ctx);
        let found = app::event::handled(state, caller, &page).await?;
        listed(found, urgency, Event)
    }

    /// 待立案、派遣、核查或审批延期的事件,最急的在前。What waits to be taken up, dispatched,
    /// verified or deferred, the most urgent first.
    async fn events_to_dispatch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Event>>> {
        let page = page(first, after, last, before)?;
        let (state, caller) = asked(ctx);
        let found = app::event::dispatching(state, caller, &page).await?;
        listed(found, urgency, Event)
    }
}

/// The sort keys of a worklist.
fn urgency(event: &domain::Event) -> (DateTime<Utc>, uuid::Uuid) {
    (event.due_at, event.id.as_uuid())
}
