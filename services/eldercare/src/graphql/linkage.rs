//! 联动链: what this service adds to the chain.

use async_graphql::{Context, ID, Object};
use kernel::keys::TraceId;
use kit::{
    Result,
    graph::{global, typed},
};

use super::{credit::CreditEntry, given, order::Order, visit::Visit};
use crate::app;

/// A chain.
pub struct Linkage(TraceId);

/// 联动链:从居民需求到居民评价,跨六个服务。A chain from a resident's need to the rating, across all services.
#[Object]
impl Linkage {
    /// 联动链编号。The chain's id.
    async fn trace_id(&self) -> ID {
        global(self.0)
    }

    /// 服务订单(可见的)。The orders that the caller may read.
    async fn orders(&self, ctx: &Context<'_>) -> Result<Option<Vec<Order>>> {
        let (state, caller) = given(ctx);
        let found = app::linkage::orders(state, caller, self.0).await?;
        Ok(Some(found.into_iter().map(Order).collect()))
    }

    /// 上门服务(可见的)。The visits that the caller may read.
    async fn visits(&self, ctx: &Context<'_>) -> Result<Option<Vec<Visit>>> {
        let (state, caller) = given(ctx);
        let found = app::linkage::visits(state, caller, self.0).await?;
        Ok(Some(found.into_iter().map(Visit).collect()))
    }

    /// 时间积分变动(可见的)。The minutes that moved, as far as the caller may read.
    async fn credit_entries(&self, ctx: &Context<'_>) -> Result<Option<Vec<CreditEntry>>> {
        let (state, caller) = given(ctx);
        let found = app::linkage::postings(state, caller, self.0).await?;
        Ok(Some(found.into_iter().map(CreditEntry).collect()))
    }
}

/// Linkage queries.
#[derive(Default)]
pub struct LinkageQuery;

#[Object]
impl LinkageQuery {
    #[graphql(entity)]
    async fn find_linkage_by_trace_id(&self, trace_id: ID) -> Result<Option<Linkage>> {
        Ok(Some(Linkage(typed(&trace_id, "traceId")?)))
    }
}
