//! 待办 in the graph: lists that are told anew at each change.

use async_graphql::{Context, SimpleObject, Subscription};
use kit::{Result, graph::DivisionCode, live::Following};

use super::{alarm::Alarm, given, visit::Visit};
use crate::app;

/// 区划告警待办。The alarms of a division that have not ended.
#[derive(SimpleObject)]
pub struct AlarmInbox {
    /// 区划。The division.
    division_code: DivisionCode,
    /// 未处置的告警:待响应的在前,新的在前,各最多 100 条。Those that nobody has answered first, newest first, at most 100 of each.
    alarms: Vec<Alarm>,
}

/// 上门服务待办。The visits of a worker that have not ended.
#[derive(SimpleObject)]
pub struct VisitInbox {
    /// 未结束的上门服务,新的在前,最多 100 次。Newest first, at most 100.
    visits: Vec<Visit>,
}

/// Inbox subscriptions.
#[derive(Default)]
pub struct InboxSubscription;

#[Subscription]
impl InboxSubscription {
    /// 本区划未处置的告警:先给出现状,此后每有变化给出一次;权限每次重新判断。
    /// The open alarms of a division as they are now, and again at each change below it;
    /// permission is decided anew each time.
    async fn alarm_inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "区划;不填为本人所在区划。The division; left out, the caller's own.")]
        division_code: Option<DivisionCode>,
    ) -> Result<Following<AlarmInbox>> {
        let (state, caller) = given(ctx);
        let asked = division_code.map(|code| code.0);
        let changes = app::inbox::alarms(state, caller, asked).await?;
        Ok(changes.each(|inbox| AlarmInbox {
            division_code: DivisionCode(inbox.division),
            alarms: inbox.alarms.into_iter().map(Alarm).collect(),
        }))
    }

    /// 本人(社工、志愿者、护理人员)未结束的上门服务:先给出现状,此后每有变化给出一次。
    /// The caller's own visits that have not ended, as they are now and again at each change.
    async fn visit_inbox(&self, ctx: &Context<'_>) -> Result<Following<VisitInbox>> {
        let (state, caller) = given(ctx);
        let changes = app::inbox::visits(state, caller).await?;
        Ok(changes.each(|visits| VisitInbox {
            visits: visits.into_iter().map(Visit).collect(),
        }))
    }
}
