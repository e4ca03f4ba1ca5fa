//! 事件通知 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{super::asked, Event, load};
use crate::{app, domain::event as domain};

/// 通知内容。What somebody is told.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::NoticeKind")]
pub enum EventNoticeKind {
    /// 派遣给您。Given to you.
    Dispatched,
    /// 被退回。Sent back.
    Returned,
    /// 核查不通过,返工。To be done again.
    Rework,
    /// 居民要求重开。Reopened by the resident.
    Reopened,
    /// 已超时。Late.
    Overdue,
    /// 延期获准。More time was granted.
    DeferralApproved,
    /// 延期未获准。More time was not granted.
    DeferralDenied,
    /// 已立案。Taken up.
    Registered,
    /// 不予立案。Not taken up.
    Invalid,
    /// 已并入另一事件。Merged into another one.
    Merged,
    /// 已结案。Closed.
    Closed,
}

/// 事件通知。What the caller was told of an event.
pub struct EventNotice(domain::Notice);

#[Object]
impl EventNotice {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 内容。What.
    async fn kind(&self) -> EventNoticeKind {
        self.0.kind.into()
    }

    /// 事件。The event.
    async fn event(&self, ctx: &Context<'_>) -> Result<Option<Event>> {
        load(ctx, self.0.event_id).await
    }

    /// 时间。When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// 阅读时间;未读为空。When it was read; empty where it was not.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }
}

/// Notice queries.
#[derive(Default)]
pub struct EventNoticeQuery;

#[Object]
impl EventNoticeQuery {
    /// 发给我的事件通知,新的在前。What the caller was told of events, newest first.
    async fn event_notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看未读。Only those not read yet.", default = false)] unread: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, EventNotice>>> {
        let page = page(first, after, last, before)?;
        let (state, caller) = asked(ctx);
        let found = app::event::notices(state, caller, unread, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), EventNotice)
    }
}

/// 阅读通知的输入。Which notice was read.
#[derive(InputObject)]
pub struct ReadEventNoticeInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 通知。The notice.
    notice_id: ID,
}

/// 阅读通知的结果。The notice, read.
#[derive(SimpleObject)]
pub struct ReadEventNoticePayload {
    /// 通知。The notice.
    event_notice: EventNotice,
}

/// Notice mutations.
#[derive(Default)]
pub struct EventNoticeMutation;

#[Object]
impl EventNoticeMutation {
    /// 阅读一条发给我的通知。The caller has read a notice.
    async fn read_event_notice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReadEventNoticeInput,
    ) -> Result<ReadEventNoticePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.notice_id, "input.noticeId")?;
        let (state, caller) = asked(ctx);
        let notice = app::event::read_notice(state, caller, key, id).await?;
        Ok(ReadEventNoticePayload {
            event_notice: EventNotice(notice),
        })
    }
}
