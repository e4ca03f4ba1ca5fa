//! 需求 in the graph: the type and its queries; `mutation` changes it.

mod mutation;
mod subscription;

use async_graphql::{Context, Enum, ID, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::keys::NeedId;
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

pub use mutation::NeedMutation;
pub use subscription::NeedSubscription;

use super::{asked, community::Community, foreign::Resident, loaders::Loaders};
use crate::{app, domain::need as domain};

/// 需求类别。What is needed.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::NeedCategory")]
pub enum NeedCategory {
    /// 助餐。Meals.
    Meals,
    /// 日间照料。Day care.
    DayCare,
    /// 家政。Housekeeping.
    Housekeeping,
    /// 医疗。Medical.
    Medical,
    /// 代购。Errands.
    Errand,
    /// 辅助出行。Escort.
    Escort,
    /// 文体。Culture and sport.
    Culture,
    /// 其他。Other.
    Other,
}

/// 需求状态。Where a need stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::NeedState")]
pub enum NeedState {
    /// 已上报。Reported.
    Reported,
    /// 已核实。Verified.
    Verified,
    /// 不予受理。Not taken up.
    Refused,
    /// 已形成议题。Taken up by a proposal.
    Proposed,
    /// 已满足。Delivered.
    Met,
    /// 居民已确认。Confirmed by the resident.
    Confirmed,
}

/// Need of the domain, as the graph shows it.
pub struct Need(pub domain::Need);

/// 需求。A need of residents, from the report to the confirmation.
#[Object]
impl Need {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号:此后各项记录都带着它。The chain that later records carry.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 所在社区。The community.
    async fn community(&self, ctx: &Context<'_>) -> Result<Option<Community>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.community_id)
            .await;
        Ok(found?.map(Community))
    }

    /// 15 位网格代码。The grid, 15 digits.
    async fn grid_code(&self) -> Option<&str> {
        self.0.grid_code.as_deref()
    }

    /// 类别。What is needed.
    async fn category(&self) -> NeedCategory {
        self.0.category.into()
    }

    /// 描述。In the resident's words.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// 是否为老年人。Whether it is for elders.
    async fn for_elders(&self) -> bool {
        self.0.for_elders
    }

    /// 上报人。Who reported it.
    async fn reported_by(&self) -> Option<Resident> {
        Some(self.0.reported_by.into())
    }

    /// 渠道。The channel it came through.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 状态。Where it stands.
    async fn state(&self) -> NeedState {
        self.0.state.into()
    }

    /// 不予受理的理由。Why it is not taken up.
    async fn refusal_reason(&self) -> Option<&str> {
        self.0.refusal_reason.as_deref()
    }

    /// 核实期限。Until when somebody of the community looks at it.
    async fn verify_by(&self) -> Option<DateTime<Utc>> {
        self.0.verify_by
    }

    /// 是否逾期未核实。Whether nobody has looked at it in time.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = asked(ctx);
        self.0.is_overdue(state.core.clock.now())
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 上报时间。When it was reported.
    async fn reported_at(&self) -> DateTime<Utc> {
        self.0.reported_at
    }
}

/// Need queries.
#[derive(Default)]
pub struct NeedQuery;

#[Object]
impl NeedQuery {
    #[graphql(entity)]
    async fn find_need_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Need>> {
        find(ctx, &id).await
    }

    /// 按编号查需求。A need by id.
    async fn need(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Need>> {
        find(ctx, &id).await
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a list in the graph"
    )]
    /// 我能看到的需求,新的在前。The needs the caller may see, newest first.
    async fn needs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此社区。Only of this community.")] community_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<NeedState>,
        #[graphql(
            default,
            desc = "只看逾期未核实的。Only those nobody has looked at in time."
        )]
        overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Need>>> {
        let page = page(first, after, last, before)?;
        let (app, caller) = asked(ctx);
        let filter = domain::NeedFilter {
            overdue_at: overdue.then(|| app.core.clock.now()),
            community: community_id
                .map(|id| typed(&id, "communityId"))
                .transpose()?,
            state: state.map(Into::into),
        };
        let found = app::need::list(app, caller, &filter, &page).await?;
        listed(found, |need| (need.id.as_uuid(),), Need)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Need>> {
    let id: NeedId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Need))
}
