//! Reporting, taking up, giving out and judging events; handling is in [`super::handling`].

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, typed},
};

use super::{
    super::{asked, grid},
    Event, EventSource, load,
};
use crate::app;

/// 上报事件的输入。What is reported.
#[derive(InputObject)]
pub struct ReportEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 类别代码,见 eventClasses。The class; see eventClasses.
    class_code: String,
    /// 来源。Where the report comes from.
    source: EventSource,
    /// 社区的 12 位区划代码。The community, 12 digits.
    division_code: DivisionCode,
    /// 15 位网格编码。The grid, 15 digits.
    grid_code: Option<String>,
    /// 地点。Where exactly.
    location: String,
    /// 描述。What it is.
    description: String,
    /// 代为上报的居民;居民本人上报时不填。The resident it is reported for; empty for oneself.
    on_behalf_of: Option<ID>,
    /// 热线工单号或设备消息号,不得重复。The ticket of the hotline or the message of the device,
    /// told once.
    external_reference: Option<String>,
    /// 巡查任务。The patrol that found it.
    patrol_task_id: Option<ID>,
}

/// 上报事件的结果。The event reported.
#[derive(SimpleObject)]
pub struct ReportEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 立案的输入。Which event is taken up.
#[derive(InputObject)]
pub struct RegisterEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
}

/// 立案的结果。The event taken up.
#[derive(SimpleObject)]
pub struct RegisterEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 不予立案的输入。Why it is not taken up.
#[derive(InputObject)]
pub struct InvalidateEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 不予立案的结果。The event.
#[derive(SimpleObject)]
pub struct InvalidateEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 并案的输入。Which events tell of the same thing.
#[derive(InputObject)]
pub struct MergeEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 并入哪一事件。The event that goes on for both.
    into_event_id: ID,
    /// 说明。Words.
    note: Option<String>,
}

/// 并案的结果。The event that was merged.
#[derive(SimpleObject)]
pub struct MergeEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 派遣的输入。Who is to see to it.
#[derive(InputObject)]
pub struct DispatchEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 办理人账号。The account of whoever is to handle it.
    handler_subject: String,
    /// 办理人姓名。Their name.
    handler_name: String,
    /// 说明。Words.
    note: Option<String>,
}

/// 派遣的结果。The event given.
#[derive(SimpleObject)]
pub struct DispatchEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 核查的输入。What a look found.
#[derive(InputObject)]
pub struct VerifyEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 是否办妥。Whether it is done.
    done: bool,
    /// 说明;返工时必填。Words; required where it is to be done again.
    note: Option<String>,
}

/// 核查的结果。The event.
#[derive(SimpleObject)]
pub struct VerifyEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 重开的输入。Why it is not done after all.
#[derive(InputObject)]
pub struct ReopenEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 重开的结果。The event.
#[derive(SimpleObject)]
pub struct ReopenEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 评价的输入。How well it was done.
#[derive(InputObject)]
pub struct EvaluateEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 1 至 5 星。1 to 5 stars.
    stars: i32,
    /// 意见。Words.
    note: Option<String>,
}

/// 评价的结果。The event.
#[derive(SimpleObject)]
pub struct EvaluateEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// Event mutations.
#[derive(Default)]
pub struct EventMutation;

#[Object]
impl EventMutation {
    /// 上报事件:居民本人,工作人员、热线、设备、部门代为上报。Reports an event: a resident, or staff for a
    /// resident, the hotline, a device or a department.
    async fn report_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReportEventInput,
    ) -> Result<ReportEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Report {
            class_code: input.class_code,
            source: input.source.into(),
            division_code: input.division_code.0,
            grid_code: input
                .grid_code
                .map(|code| grid::code(&code, "input.gridCode"))
                .transpose()?,
            location: input.location,
            description: input.description,
            resident_id: input
                .on_behalf_of
                .map(|id| typed(&id, "input.onBehalfOf"))
                .transpose()?,
            external_reference: input.external_reference,
            patrol_task_id: input
                .patrol_task_id
                .map(|id| typed(&id, "input.patrolTaskId"))
                .transpose()?,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::report(state, caller, key, given).await?;
        Ok(ReportEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 立案(社区、民政)。Takes an event up: community staff, civil affairs.
    async fn register_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterEventInput,
    ) -> Result<RegisterEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.event_id, "input.eventId")?;
        let (state, caller) = asked(ctx);
        let id = app::event::register(state, caller, key, given).await?;
        Ok(RegisterEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 不予立案,须说明理由;上报人会收到通知。Does not take an event up; the reporter is told why.
    async fn invalidate_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: InvalidateEventInput,
    ) -> Result<InvalidateEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Invalidate {
            event_id: typed(&input.event_id, "input.eventId")?,
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::invalidate(state, caller, key, given).await?;
        Ok(InvalidateEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 并案:与另一事件重复。Merges an event into another that tells of the same thing.
    async fn merge_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: MergeEventInput,
    ) -> Result<MergeEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Merge {
            event_id: typed(&input.event_id, "input.eventId")?,
            into: typed(&input.into_event_id, "input.intoEventId")?,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::merge(state, caller, key, given).await?;
        Ok(MergeEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 派遣给办理人;办理人会收到通知。Gives an event to somebody, who is told.
    async fn dispatch_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DispatchEventInput,
    ) -> Result<DispatchEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Dispatch {
            event_id: typed(&input.event_id, "input.eventId")?,
            handler_subject: input.handler_subject,
            handler_name: input.handler_name,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::dispatch(state, caller, key, given).await?;
        Ok(DispatchEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 核查:结案,或说明理由返工;核查人不得是办理人。Verifies the work: closed, or to be done again;
    /// never by its handler.
    async fn verify_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: VerifyEventInput,
    ) -> Result<VerifyEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Verify {
            event_id: typed(&input.event_id, "input.eventId")?,
            done: input.done,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::verify(state, caller, key, given).await?;
        Ok(VerifyEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 居民重开已结案的事件;办理人会收到通知。The reporter reopens a closed event; its handler is told.
    async fn reopen_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReopenEventInput,
    ) -> Result<ReopenEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Reopen {
            event_id: typed(&input.event_id, "input.eventId")?,
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::reopen(state, caller, key, given).await?;
        Ok(ReopenEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 评价:由上报的居民;非居民上报的由工作人员。Evaluates: the resident who reported it, staff where
    /// no resident did.
    async fn evaluate_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EvaluateEventInput,
    ) -> Result<EvaluateEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Evaluate {
            event_id: typed(&input.event_id, "input.eventId")?,
            stars: input.stars,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::evaluate(state, caller, key, given).await?;
        Ok(EvaluateEventPayload {
            event: load(ctx, id).await?,
        })
    }
}
