//! Visit subscriptions.

use async_graphql::{Context, ID, Subscription};
use kit::{Result, graph::typed, live::Following};

use super::Visit;
use crate::{app, graphql::given};

/// Visit subscriptions.
#[derive(Default)]
pub struct VisitSubscription;

#[Subscription]
impl VisitSubscription {
    /// 上门服务的变化:先给出当前状态,此后每一步(接单、出发、签到、签退、确认等)各给出一次;权限每次重新判断。
    /// The visit as it is now, and again at each step: accepted, on the way, checked in and out,
    /// confirmed. Permission is decided anew each time.
    async fn visit_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "上门服务。The visit.")] visit_id: ID,
    ) -> Result<Following<Visit>> {
        let id = typed(&visit_id, "visitId")?;
        let (state, caller) = given(ctx);
        let changes = app::visit::watch(state, caller, id).await?;
        Ok(changes.each(Visit))
    }
}
