//! Need subscriptions.

use async_graphql::{Context, ID, Subscription};
use kit::{Result, graph::typed, live::Following};

use super::Need;
use crate::{app, graphql::asked};

/// Need subscriptions.
#[derive(Default)]
pub struct NeedSubscription;

#[Subscription]
impl NeedSubscription {
    /// 需求的变化:先给出当前状态,此后每次变化各给出一次;权限每次重新判断。The need as it is now, and
    /// again at each change. Permission is decided anew each time.
    async fn need_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "需求。The need.")] need_id: ID,
    ) -> Result<Following<Need>> {
        let id = typed(&need_id, "needId")?;
        let (state, caller) = asked(ctx);
        let changes = app::need::watch(state, caller, id).await?;
        Ok(changes.each(Need))
    }
}
