//! 自治议题 in the graph: the type and its queries; `mutation` and `publicity`
//! change it.

mod mutation;
mod publicity;
mod subscription;

use async_graphql::{Context, Enum, ID, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::keys::ProposalId;
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

pub use mutation::ProposalMutation;
pub use publicity::PublicityMutation;
pub use subscription::ProposalSubscription;

use super::{
    ballot::Ballot,
    community::Community,
    foreign::{ProcurementNeed, Resident},
    loaders::{BallotOf, Loaders},
    need::Need,
    project::ProjectRoute,
};
use crate::{app, domain::proposal as domain, state::State};

/// 议题状态(提、议、定、办、督、评)。Where a proposal stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ProposalState")]
pub enum ProposalState {
    /// 提出。Raised.
    Raised,
    /// 审查通过,可附议。Screened; takes seconds.
    Screened,
    /// 不属议事范围。Not the residents' own affair.
    OutOfScope,
    /// 附议人数已足。Enough residents second it.
    Seconded,
    /// 列入议程。On the agenda.
    OnAgenda,
    /// 表决中。Being voted on.
    Deliberating,
    /// 通过。Adopted.
    Adopted,
    /// 未通过。Rejected.
    Rejected,
    /// 再议。Needs more work.
    MoreWork,
    /// 公示。The decision is shown to everybody.
    Published,
    /// 有异议待处理。An objection is open.
    Objected,
    /// 已立项。A project.
    Projectised,
    /// 实施中。Being carried out.
    Executing,
    /// 结果公布。The result is published.
    ResultPublished,
    /// 已评价。Rated by the resident.
    Rated,
}

/// Proposal of the domain, as the graph shows it.
pub struct Proposal(pub domain::Proposal);

/// 自治议题。What residents propose, decide and have carried out.
#[Object]
impl Proposal {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 源自的需求(可见时)。The need it comes from, where the caller may read it.
    async fn need(&self, ctx: &Context<'_>) -> Result<Option<Need>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.need_id)
            .await?
            .map(Need))
    }

    /// 所在社区。The community.
    async fn community(&self, ctx: &Context<'_>) -> Result<Option<Community>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.community_id)
            .await?
            .map(Community))
    }

    /// 提出议题的居民(由工作人员提出时为空)。The resident who raised it; none where staff did.
    async fn raised_by(&self) -> Option<Resident> {
        self.0.raised_by_resident.map(Into::into)
    }

    /// 标题。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 内容。Its text.
    async fn text(&self) -> &str {
        &self.0.body
    }

    /// 附议人数。How many residents second it.
    async fn seconds(&self) -> i32 {
        self.0.seconds
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ProposalState {
        self.0.state.into()
    }

    /// 最近一次表决。The newest ballot on it.
    async fn ballot(&self, ctx: &Context<'_>) -> Result<Option<Ballot>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(BallotOf(self.0.id))
            .await?
            .map(Ballot))
    }

    /// 表决结果产生时间。When the vote decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// 公示开始。When the decision was published.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// 异议截止。Until when residents may object.
    async fn objection_until(&self) -> Option<DateTime<Utc>> {
        self.0.objection_until
    }

    /// 实施方式。How it is carried out.
    async fn route(&self) -> Option<ProjectRoute> {
        self.0.route.map(Into::into)
    }

    /// 采购需求(购买服务时)。What became of it in procurement.
    async fn procurement_need(&self) -> Option<ProcurementNeed> {
        self.0.procurement_need_id.map(Into::into)
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Proposal queries.
#[derive(Default)]
pub struct ProposalQuery;

#[Object]
impl ProposalQuery {
    #[graphql(entity)]
    async fn find_proposal_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Proposal>> {
        find(ctx, &id).await
    }

    /// 按编号查议题。A proposal by id.
    async fn proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Proposal>> {
        find(ctx, &id).await
    }

    /// 社区的议题,新的在前。A community's proposals, newest first.
    async fn proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "社区。The community.")] community_id: ID,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Proposal>>> {
        let page = page(first, after, last, before)?;
        let community = typed(&community_id, "communityId")?;
        let found = app::proposal::list(ctx.data_unchecked::<State>(), community, &page).await?;
        listed(found, |proposal| (proposal.id.as_uuid(),), Proposal)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Proposal>> {
    let id: ProposalId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Proposal))
}
