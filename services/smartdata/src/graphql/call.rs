//! 呼叫 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    convenience_order::{self, ConvenienceOrder},
    division::{self, Division},
    event::{self, Event},
    loaders::Loaders,
    one_stop_case::{self, OneStopCase},
    resident::{self, Resident},
};
use crate::{app, domain::call as domain};

/// 呼叫的结果。What a call became.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CallOutcome")]
pub enum CallOutcome {
    /// 网格事件。An event.
    Event,
    /// 一站式办件。A case.
    Case,
    /// 便民服务订单。An order.
    Order,
    /// 告警。An alarm.
    Alarm,
    /// 当场解答。An answer on the phone.
    Answered,
    /// 转接。Given on to somebody else.
    Transferred,
    /// 掉线。Nothing: the line broke.
    Dropped,
}

/// 呼叫记录。A call: who answered, and what it became.
pub struct Call(pub domain::Call);

#[Object]
impl Call {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 呼叫编号。The number people quote.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 来电的居民。The resident who called, if that is known.
    async fn caller(&self, ctx: &Context<'_>) -> Result<Option<Resident>> {
        let fields = resident::fields(&ctx.look_ahead());
        match self.0.resident_id {
            Some(id) => resident::load(ctx, id, fields).await,
            None => Ok(None),
        }
    }

    /// 接听人姓名。The name of whoever answered.
    async fn answered_name(&self) -> Option<&str> {
        self.0.answered_name.as_deref()
    }

    /// 来电时间。When it rang.
    async fn rang_at(&self) -> DateTime<Utc> {
        self.0.rang_at
    }

    /// 接听时间。When somebody answered.
    async fn answered_at(&self) -> DateTime<Utc> {
        self.0.answered_at
    }

    /// 等待秒数。Seconds until somebody answered.
    async fn waited_seconds(&self) -> i64 {
        self.0.waited()
    }

    /// 结束时间。When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// 内容摘要。What it was about.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// 结果;未结束为空。What it became; empty until it ended.
    async fn outcome(&self) -> Option<CallOutcome> {
        self.0.outcome.map(Into::into)
    }

    /// 形成的事件。The event it became.
    async fn event(&self, ctx: &Context<'_>) -> Result<Option<Event>> {
        match self.0.event_id {
            Some(id) => event::load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// 形成的办件。The case it became.
    async fn case(&self, ctx: &Context<'_>) -> Result<Option<OneStopCase>> {
        match self.0.case_id {
            Some(id) => one_stop_case::load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// 形成的订单。The order it became.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<ConvenienceOrder>> {
        match self.0.order_id {
            Some(id) => convenience_order::load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// 告警编号(养老服务)。The id of the alarm, which elder care holds.
    async fn alarm_id(&self) -> Option<ID> {
        self.0.alarm_id.map(global)
    }

    /// 转接对象。To whom it was given on.
    async fn transferred_to(&self) -> Option<&str> {
        self.0.transferred_to.as_deref()
    }
}
/// A call, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::CallId) -> Result<Option<Call>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Call))
}
/// Call queries.
#[derive(Default)]
pub struct CallQuery;

#[Object]
impl CallQuery {
    /// 按编号查呼叫(接听人、本辖区工作人员、来电居民)。A call: who answered, staff of the division, who called.
    async fn call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Call>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 我可见的呼叫,新的在前。The calls the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn calls(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "只看我接听的。Only those the caller answered.",
            default = false
        )]
        mine: bool,
        #[graphql(
            desc = "只看未结束的。Only those that have not ended.",
            default = false
        )]
        open: bool,
        #[graphql(desc = "只看此居民的。Only of this resident.")] resident_id: Option<ID>,
        #[graphql(desc = "只看此结果的。Only those that became this.")] outcome: Option<
            CallOutcome,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Call>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::call::CallFilter {
            answered_by: None,
            resident: resident_id.map(|id| typed(&id, "residentId")).transpose()?,
            outcome: outcome.map(Into::into),
            open,
        };
        let found = app::call::list(service, caller, (mine, filter), &page).await?;
        listed(found, |it| (it.id.as_uuid(),), Call)
    }
}

/// 接听的输入。Who calls, from where, since when.
#[derive(InputObject)]
pub struct AnswerCallInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 来电所属区划。The division it comes from.
    division_code: DivisionCode,
    /// 来电的居民,已知时填写。The resident who calls, if that is known.
    resident_id: Option<ID>,
    /// 来电时间。When it rang.
    rang_at: DateTime<Utc>,
}

/// 接听的结果。The call.
#[derive(SimpleObject)]
pub struct AnswerCallPayload {
    /// 呼叫。The call.
    call: Option<Call>,
}

/// 结束呼叫的输入。What became of it.
#[derive(InputObject)]
pub struct EndCallInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 呼叫。The call.
    call_id: ID,
    /// 内容摘要。What it was about.
    summary: String,
    /// 结果。What it became.
    outcome: CallOutcome,
    /// 形成的事件。The event.
    event_id: Option<ID>,
    /// 形成的办件。The case.
    case_id: Option<ID>,
    /// 形成的订单。The order.
    order_id: Option<ID>,
    /// 形成的告警。The alarm.
    alarm_id: Option<ID>,
    /// 转接对象。To whom it was given on.
    transferred_to: Option<String>,
    /// 通话中得知的来电居民。Who it was, where that became known.
    resident_id: Option<ID>,
}

/// 结束呼叫的结果。The call.
#[derive(SimpleObject)]
pub struct EndCallPayload {
    /// 呼叫。The call.
    call: Option<Call>,
}

/// Call mutations.
#[derive(Default)]
pub struct CallMutation;

#[Object]
impl CallMutation {
    /// 接听(网格员、社区、民政);同一时间只能有一通未结束的呼叫。Answers a call; whoever speaks speaks with one.
    async fn answer_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnswerCallInput,
    ) -> Result<AnswerCallPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::call::Answer {
            division_code: input.division_code.0,
            resident_id: input
                .resident_id
                .map(|id| typed(&id, "input.residentId"))
                .transpose()?,
            rang_at: input.rang_at,
        };
        let (state, caller) = asked(ctx);
        let id = app::call::answer(state, caller, key, given).await?;
        Ok(AnswerCallPayload {
            call: load(ctx, id).await?,
        })
    }

    /// 结束呼叫并登记结果(接听人)。Whoever answered says what became of a call.
    async fn end_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndCallInput,
    ) -> Result<EndCallPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::call::End {
            call_id: typed(&input.call_id, "input.callId")?,
            summary: input.summary,
            outcome: input.outcome.into(),
            became: domain::Became {
                event: input
                    .event_id
                    .map(|id| typed(&id, "input.eventId"))
                    .transpose()?,
                case: input
                    .case_id
                    .map(|id| typed(&id, "input.caseId"))
                    .transpose()?,
                order: input
                    .order_id
                    .map(|id| typed(&id, "input.orderId"))
                    .transpose()?,
                alarm: input
                    .alarm_id
                    .map(|id| typed(&id, "input.alarmId"))
                    .transpose()?,
                transferred_to: input.transferred_to,
            },
            resident_id: input
                .resident_id
                .map(|id| typed(&id, "input.residentId"))
                .transpose()?,
        };
        let (state, caller) = asked(ctx);
        let id = app::call::end(state, caller, key, given).await?;
        Ok(EndCallPayload {
            call: load(ctx, id).await?,
        })
    }
}
