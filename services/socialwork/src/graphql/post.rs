//! 专业社工岗位 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    at, keyed,
    loaders::{HoldingsOf, Loaders},
    maybe,
    social_worker::SocialWorker,
    studio::Studio,
};
use crate::{app::post as app, domain::post as domain};

/// Holding of the domain, as the graph shows it.
pub struct PostHolding(pub domain::PostHolding);

/// 岗位任职。Somebody holds a post.
#[Object]
impl PostHolding {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 任职人(有权查看者可见)。The holder, for those who may see them.
    async fn holder(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(self.0.social_worker_id).await?;
        Ok(found.map(SocialWorker))
    }

    /// 起始日。The first day.
    async fn from(&self) -> Date {
        Date(self.0.from)
    }

    /// 结束日;空为未定。The last day, where it is known.
    async fn to(&self) -> Option<Date> {
        self.0.to.map(Date)
    }
}

/// Post of the domain, as the graph shows it.
pub struct Post(pub domain::Post);

/// 专业社工岗位。A post: a fact of staffing, with one holder at a time and no price (买事不买人).
#[Object]
impl Post {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 工作室。The studio.
    async fn studio(&self, ctx: &Context<'_>) -> Result<Option<Studio>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(self.0.studio_id).await?.map(Studio))
    }

    /// 名称。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 职责。What it is for.
    async fn duties(&self) -> &str {
        &self.0.duties
    }

    /// 今日是否空缺。Whether nobody holds it today.
    async fn vacant(&self, ctx: &Context<'_>) -> Result<bool> {
        let today = china_date(at(ctx).0.core.clock.now());
        let held = self.holdings_of(ctx).await?;
        Ok(!held.iter().any(|one| one.covers(today)))
    }

    /// 任职记录,新的在前。Who held it, newest first.
    async fn holdings(&self, ctx: &Context<'_>) -> Result<Vec<PostHolding>> {
        let found = self.holdings_of(ctx).await?;
        Ok(found.into_iter().map(PostHolding).collect())
    }

    /// 设立时间。When it was established.
    async fn established_at(&self) -> DateTime<Utc> {
        self.0.established_at
    }

    /// 撤销时间。When it was abolished.
    async fn abolished_at(&self) -> Option<DateTime<Utc>> {
        self.0.abolished_at
    }
}

impl Post {
    async fn holdings_of(&self, ctx: &Context<'_>) -> Result<Vec<domain::PostHolding>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(HoldingsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default())
    }
}

/// Post queries.
#[derive(Default)]
pub struct PostQuery;

#[Object]
impl PostQuery {
    /// 专业社工岗位,新的在前(公开)。Posts that stand, newest first; open to all.
    async fn posts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only within this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此社区。Only of this community.")] community_id: Option<ID>,
        #[graphql(
            desc = "只看今日空缺的。Only those nobody holds today.",
            default = false
        )]
        vacant: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Post>>> {
        let page = page(first, after, None, None)?;
        let (state, _) = at(ctx);
        let today = china_date(state.core.clock.now());
        let filter = domain::PostFilter {
            division: division_code.map(|code| code.0),
            community: maybe(community_id.as_ref(), "communityId")?,
            vacant_on: vacant.then_some(today),
        };
        let found = app::list(state, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Post)
    }
}

/// 设立岗位的输入。A post of a studio.
#[derive(InputObject)]
pub struct EstablishPostInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 工作室。The studio.
    studio_id: ID,
    /// 名称(1 至 100 字)。Its title.
    title: String,
    /// 职责(1 至 1000 字)。What it is for.
    duties: String,
}

/// 设立岗位的结果。The post.
#[derive(SimpleObject)]
pub struct EstablishPostPayload {
    /// 岗位。The post.
    post: Post,
}

/// 撤销岗位的输入。Which post goes.
#[derive(InputObject)]
pub struct AbolishPostInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 岗位。The post.
    post_id: ID,
}

/// 撤销岗位的结果。The post, abolished.
#[derive(SimpleObject)]
pub struct AbolishPostPayload {
    /// 岗位。The post.
    post: Post,
}

/// 任职的输入。Who holds a post, and when.
#[derive(InputObject)]
pub struct AppointToPostInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 岗位。The post.
    post_id: ID,
    /// 社会工作者;须服务该社区。The social worker, who serves the community.
    social_worker_id: ID,
    /// 起始日。The first day.
    from: Date,
    /// 结束日;不填为未定。The last day; open where left out.
    to: Option<Date>,
}

/// 任职的结果。The holding.
#[derive(SimpleObject)]
pub struct AppointToPostPayload {
    /// 任职。The holding.
    holding: PostHolding,
}

/// 结束任职的输入。Which holding ends.
#[derive(InputObject)]
pub struct EndPostHoldingInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 任职。The holding.
    holding_id: ID,
    /// 最后一日。Its last day.
    on: Date,
}

/// 结束任职的结果。The holding, ended.
#[derive(SimpleObject)]
pub struct EndPostHoldingPayload {
    /// 任职。The holding.
    holding: PostHolding,
}

/// Post mutations.
#[derive(Default)]
pub struct PostMutation;

#[Object]
impl PostMutation {
    /// 设立专业社工岗位(社区工作人员、民政部门)。Establishes a post: staff.
    async fn establish_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EstablishPostInput,
    ) -> Result<EstablishPostPayload> {
        let key = keyed(&input.idempotency_key)?;
        let establish = app::Establish {
            studio_id: typed(&input.studio_id, "input.studioId")?,
            title: input.title,
            duties: input.duties,
        };
        let (state, caller) = at(ctx);
        let post = Post(app::establish(state, caller, key, establish).await?);
        Ok(EstablishPostPayload { post })
    }

    /// 撤销岗位(社区工作人员、民政部门);须无人在岗。Abolishes a post that nobody holds: staff.
    async fn abolish_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AbolishPostInput,
    ) -> Result<AbolishPostPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.post_id, "input.postId")?;
        let (state, caller) = at(ctx);
        let post = Post(app::abolish(state, caller, key, id).await?);
        Ok(AbolishPostPayload { post })
    }

    /// 社会工作者任职(社区工作人员、民政部门);同一岗位同一时间只能一人。A social worker takes a post, which has one holder at a time.
    async fn appoint_to_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AppointToPostInput,
    ) -> Result<AppointToPostPayload> {
        let key = keyed(&input.idempotency_key)?;
        let appoint = app::Appoint {
            post_id: typed(&input.post_id, "input.postId")?,
            social_worker_id: typed(&input.social_worker_id, "input.socialWorkerId")?,
            from: input.from.0,
            to: input.to.map(|day| day.0),
        };
        let (state, caller) = at(ctx);
        let holding = PostHolding(app::appoint(state, caller, key, appoint).await?);
        Ok(AppointToPostPayload { holding })
    }

    /// 结束任职(社区工作人员、民政部门)。Ends a holding: staff.
    async fn end_post_holding(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndPostHoldingInput,
    ) -> Result<EndPostHoldingPayload> {
        let key = keyed(&input.idempotency_key)?;
        let end = app::EndHolding {
            holding_id: typed(&input.holding_id, "input.holdingId")?,
            on: input.on.0,
        };
        let (state, caller) = at(ctx);
        let holding = PostHolding(app::end_holding(state, caller, key, end).await?);
        Ok(EndPostHoldingPayload { holding })
    }
}
