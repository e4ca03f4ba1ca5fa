//! Tender subscriptions.

use async_graphql::{Context, ID, Subscription};
use kit::{Result, graph::typed, live::Following};

use super::Tender;
use crate::{app, graphql::asked};

/// Tender subscriptions.
#[derive(Default)]
pub struct TenderSubscription;

#[Subscription]
impl TenderSubscription {
    /// 招标项目的变化:先给出当前状态,此后每次变化(公告、澄清、开标、打分表锁定、排名、定标等)各给出一次;
    /// 权限每次重新判断。The tender as it is now, and again at each change: published, clarified,
    /// opened, score sheets locked, ranked, awarded. Permission is decided anew each time.
    async fn tender_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "招标项目。The tender.")] tender_id: ID,
    ) -> Result<Following<Tender>> {
        let id = typed(&tender_id, "tenderId")?;
        let (state, caller) = asked(ctx);
        let changes = app::tender::watch(state, caller, id).await?;
        Ok(changes.each(Tender))
    }
}
