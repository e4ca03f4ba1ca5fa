//! What everybody may know of events: their classes, limits and clocks.

use async_graphql::{Context, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Opaque, listed, page},
};

use super::{
    super::{
        asked,
        division::{self, Division},
    },
    EventState,
    parts::{EventClass, EventLimit, class},
};
use crate::app::{self, event::Clock};

/// 事件公开时钟:不含描述与个人信息。The public clock of an event: no words of anybody, no person.
pub struct EventClock(Clock);

#[Object]
impl EventClock {
    /// 事件编号。The number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// 类别。Its class.
    async fn class(&self, ctx: &Context<'_>) -> Result<Option<EventClass>> {
        class(ctx, &self.0.class_code).await
    }

    /// 所在区划。The community.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 状态。Where it stands.
    async fn state(&self) -> EventState {
        self.0.state.into()
    }

    /// 上报时间。When it was reported.
    async fn reported_at(&self) -> DateTime<Utc> {
        self.0.reported_at
    }

    /// 办结时限。Until when it is to be closed.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// 结案时间。When it was closed.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// 是否超时。Whether it took, or takes, longer than it may.
    async fn overdue(&self) -> bool {
        self.0.overdue
    }

    /// 返工次数。How often it had to be done again.
    async fn reworks(&self) -> i32 {
        self.0.reworks
    }

    /// 评价(1 至 5 星)。The rating, 1 to 5 stars.
    async fn stars(&self) -> Option<i32> {
        self.0.stars
    }
}

/// What everybody may ask of events.
#[derive(Default)]
pub struct EventClockQuery;

#[Object]
impl EventClockQuery {
    /// 可上报的事件类别及办结时限。What may be reported, and how long each may take.
    async fn event_classes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "区划,时限可因地而异。The division, whose limits may be its own.")]
        division_code: Option<DivisionCode>,
    ) -> Result<Option<Vec<EventLimit>>> {
        let (state, _) = asked(ctx);
        let division = division_code.map(|code| code.0);
        let found = app::event::classes(state, division.as_ref()).await?;
        let limits = found.into_iter();
        let limits = limits.map(|(class, limit)| EventLimit(class, limit));
        Ok(Some(limits.collect()))
    }

    /// 按事件编号查办理时钟(公开)。The clock of an event by its number; for everybody.
    async fn event_clock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "事件编号。The number.")] number: String,
    ) -> Result<Option<EventClock>> {
        let (state, _) = asked(ctx);
        let found = app::event::clock(state, &number).await?;
        Ok(found.map(EventClock))
    }

    /// 某区划已立案事件的办理时钟(公开),新的在前。The clocks of the events of a division that were
    /// taken up, newest first; for everybody.
    async fn event_clocks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "区划。The division.")] division_code: DivisionCode,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, EventClock>>> {
        let page = page(first, after, last, before)?;
        let (state, _) = asked(ctx);
        let found = app::event::clocks(state, &division_code.0, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), EventClock)
    }
}
