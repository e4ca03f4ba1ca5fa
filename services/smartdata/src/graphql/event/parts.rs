//! What an event is made of: its class, its deferrals.

use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Lang;
use kit::Result;

use super::super::{
    asked,
    loaders::{ClassOf, Loaders},
};
use crate::domain::event as domain;

/// 部件或事件 (GB/T 30428.2)。A thing, or something that happens.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EventClassKind")]
pub enum EventClassKind {
    /// 部件。A thing.
    Component,
    /// 事件。Something that happens.
    Incident,
}

/// 事件类别。What may be reported.
#[derive(SimpleObject)]
pub struct EventClass {
    /// 代码。Its code.
    code: String,
    /// 名称。Its name.
    name: String,
    /// 部件或事件。A thing, or something that happens.
    kind: EventClassKind,
}

impl From<domain::EventClass> for EventClass {
    fn from(class: domain::EventClass) -> Self {
        Self {
            code: class.code,
            name: class.name,
            kind: class.kind.into(),
        }
    }
}

/// The class of a code.
pub async fn class(ctx: &Context<'_>, code: &str) -> Result<Option<EventClass>> {
    let loaders = ctx.data_unchecked::<Loaders>();
    let found = loaders.load_one(ClassOf(code.to_owned())).await?;
    Ok(found.map(Into::into))
}

/// 可上报的事件类别及其办结时限。A class that may be reported, and how long it may take.
pub struct EventLimit(pub domain::EventClass, pub kernel::Term);

#[Object]
impl EventLimit {
    /// 类别。The class.
    async fn class(&self) -> EventClass {
        self.0.clone().into()
    }

    /// 办结时限,如“5 个工作日”。How long it may take, in words.
    async fn limit(&self, ctx: &Context<'_>) -> String {
        let (_, caller) = asked(ctx);
        let lang: Lang = caller.lang;
        self.1.describe(lang)
    }
}

/// 延期申请。A deferral of an event.
pub struct EventDeferral(pub domain::Deferral);

#[Object]
impl EventDeferral {
    /// 理由。Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// 延至。Until when.
    async fn until(&self) -> DateTime<Utc> {
        self.0.until
    }

    /// 申请时间。When it was asked for.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// 是否批准;待审批时为空。Whether it was granted; empty while it waits.
    async fn approved(&self) -> Option<bool> {
        self.0.approved
    }

    /// 审批意见。The words of the decision.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// 审批时间。When it was decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }
}
