//! 联动链: one chain from a need to its rating; each service adds its part.

use async_graphql::{Context, ID, Object};
use kernel::keys::TraceId;
use kit::{
    Result,
    graph::{global, shape::linked, typed},
};

use super::{
    ballot::Ballot,
    community::Community,
    loaders::{BallotOf, BeginningOf, Loaders, RatingOf, Scoped},
    need::Need,
    proposal::Proposal,
    rating::ResultRating,
};
use crate::{app::linkage::Beginning, domain::proposal as domain};

/// A chain.
pub struct Linkage(TraceId);

/// 联动链:从居民需求到居民评价,跨六个服务。A chain from a resident's need to the rating, across all services.
#[Object]
impl Linkage {
    /// 联动链编号。The chain's id.
    async fn trace_id(&self) -> ID {
        global(self.0)
    }

    /// 需求(可见时)。The need, where the caller may read it.
    async fn need(&self, ctx: &Context<'_>) -> Result<Option<Need>> {
        Ok(self.beginning(ctx).await?.and_then(|it| it.need).map(Need))
    }

    /// 议题。The proposal that took it up.
    async fn proposal(&self, ctx: &Context<'_>) -> Result<Option<Proposal>> {
        Ok(self.newest(ctx).await?.map(Proposal))
    }

    /// 表决。The vote on it.
    async fn ballot(&self, ctx: &Context<'_>) -> Result<Option<Ballot>> {
        let Some(proposal) = self.newest(ctx).await? else {
            return Ok(None);
        };
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(BallotOf(proposal.id)).await?.map(Ballot))
    }

    /// 社区。The community.
    async fn community(&self, ctx: &Context<'_>) -> Result<Option<Community>> {
        let community = self.beginning(ctx).await?.map(|it| it.community_id);
        Ok(linked::<Scoped, _>(ctx, community).await?.map(Community))
    }

    /// 居民评价。The resident's rating.
    async fn rating(&self, ctx: &Context<'_>) -> Result<Option<ResultRating>> {
        let Some(beginning) = self.beginning(ctx).await? else {
            return Ok(None);
        };
        let key = RatingOf(beginning.need_id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found.map(Into::into))
    }
}

impl Linkage {
    async fn beginning(&self, ctx: &Context<'_>) -> Result<Option<Beginning>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        loaders.load_one(BeginningOf(self.0)).await
    }

    async fn newest(&self, ctx: &Context<'_>) -> Result<Option<domain::Proposal>> {
        ctx.data_unchecked::<Loaders>().load_one(self.0).await
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

    /// 按编号查联动链。A chain by its id.
    async fn linkage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "联动链编号。The chain's id.")] trace_id: ID,
    ) -> Result<Option<Linkage>> {
        let chain = Linkage(typed(&trace_id, "traceId")?);
        Ok(chain.beginning(ctx).await?.map(|_| chain))
    }
}
