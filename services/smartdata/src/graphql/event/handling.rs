//! Handling events: taken, sent back, deferred, fed back.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{super::asked, Event, load};
use crate::app;

/// 接收的输入。Which event is taken.
#[derive(InputObject)]
pub struct AcceptEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
}

/// 接收的结果。The event taken.
#[derive(SimpleObject)]
pub struct AcceptEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 退回的输入。Why it is for somebody else.
#[derive(InputObject)]
pub struct ReturnEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 退回的结果。The event sent back.
#[derive(SimpleObject)]
pub struct ReturnEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 申请延期的输入。Why more time is needed, and until when.
#[derive(InputObject)]
pub struct RequestEventDeferralInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 理由。Why.
    reason: String,
    /// 延至。Until when.
    until: DateTime<Utc>,
}

/// 申请延期的结果。The event.
#[derive(SimpleObject)]
pub struct RequestEventDeferralPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 审批延期的输入。Whether there is more time.
#[derive(InputObject)]
pub struct DecideEventDeferralInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 是否批准。Whether it is granted.
    approve: bool,
    /// 意见。Words.
    note: Option<String>,
}

/// 审批延期的结果。The event.
#[derive(SimpleObject)]
pub struct DecideEventDeferralPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// 反馈的输入。What was done.
#[derive(InputObject)]
pub struct FeedBackEventInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 事件。The event.
    event_id: ID,
    /// 处理结果。What was done.
    outcome: String,
}

/// 反馈的结果。The event.
#[derive(SimpleObject)]
pub struct FeedBackEventPayload {
    /// 事件。The event.
    event: Option<Event>,
}

/// Event mutations of whoever handles it.
#[derive(Default)]
pub struct EventHandlingMutation;

#[Object]
impl EventHandlingMutation {
    /// 接收派遣给我的事件。The handler takes an event.
    async fn accept_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AcceptEventInput,
    ) -> Result<AcceptEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.event_id, "input.eventId")?;
        let (state, caller) = asked(ctx);
        let id = app::event::accept(state, caller, key, given).await?;
        Ok(AcceptEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 退回,须说明理由。The handler sends an event back, and says why.
    async fn return_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReturnEventInput,
    ) -> Result<ReturnEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::SendBack {
            event_id: typed(&input.event_id, "input.eventId")?,
            reason: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::send_back(state, caller, key, given).await?;
        Ok(ReturnEventPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 申请延期。The handler asks for more time.
    async fn request_event_deferral(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RequestEventDeferralInput,
    ) -> Result<RequestEventDeferralPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Ask {
            event_id: typed(&input.event_id, "input.eventId")?,
            reason: input.reason,
            until: input.until,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::ask_deferral(state, caller, key, given).await?;
        Ok(RequestEventDeferralPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 审批延期(社区、民政,且非申请人)。Decides a deferral: community staff or civil affairs, and
    /// never who asked.
    async fn decide_event_deferral(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DecideEventDeferralInput,
    ) -> Result<DecideEventDeferralPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::Decide {
            event_id: typed(&input.event_id, "input.eventId")?,
            approve: input.approve,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::decide_deferral(state, caller, key, given).await?;
        Ok(DecideEventDeferralPayload {
            event: load(ctx, id).await?,
        })
    }

    /// 反馈处理结果。The handler says what was done.
    async fn feed_back_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FeedBackEventInput,
    ) -> Result<FeedBackEventPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::event::FeedBack {
            event_id: typed(&input.event_id, "input.eventId")?,
            outcome: input.outcome,
        };
        let (state, caller) = asked(ctx);
        let id = app::event::feed_back(state, caller, key, given).await?;
        Ok(FeedBackEventPayload {
            event: load(ctx, id).await?,
        })
    }
}
