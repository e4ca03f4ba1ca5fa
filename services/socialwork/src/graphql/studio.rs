//! 社区社会工作室 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    at,
    foreign::Community,
    keyed,
    loaders::{Loaders, PostsOf},
    maybe,
    post::Post,
};
use crate::{app::studio as app, domain::studio as domain};

/// 工作室状态。Where a studio stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::StudioState")]
pub enum StudioState {
    /// 筹备。It is being prepared.
    Preparing,
    /// 启用。It is open.
    Open,
    /// 关闭。It is closed.
    Closed,
}

/// 工作室清单项目。What has to be there.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::StudioItem")]
pub enum StudioItem {
    /// 独立用房。A room of its own.
    OwnRoom,
    /// 明显标识。A sign that is seen.
    Sign,
    /// 服务使命图板。A board with the mission.
    MissionBoard,
    /// 价值观图板。A board with the values.
    ValuesBoard,
    /// 专业服务指引流程图板。A board with the process of services.
    ProcessBoard,
}

/// 清单检查。What was seen of an item last.
#[derive(SimpleObject)]
pub struct StudioCheck {
    /// 项目。The item.
    item: StudioItem,
    /// 是否达标。Whether it is met.
    met: bool,
    /// 依据。What shows it.
    evidence: String,
    /// 检查日期。The day.
    on: Date,
}

/// Studio of the domain, as the graph shows it.
pub struct Studio(pub domain::Studio);

/// 社区社会工作室。The studio of a community.
#[Object]
impl Studio {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 社区。The community.
    async fn community(&self) -> Option<Community> {
        Some(self.0.community_id.into())
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 地址。Where it is.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// 状态。Where it stands.
    async fn state(&self) -> StudioState {
        self.0.state.into()
    }

    /// 清单各项最近一次检查。The newest look at each item.
    async fn checks(&self) -> Vec<StudioCheck> {
        let checks = self.0.checks.iter().map(|one| StudioCheck {
            item: one.item.into(),
            met: one.met,
            evidence: one.evidence.clone(),
            on: Date(one.checked_on),
        });
        checks.collect()
    }

    /// 尚缺项目。What is missing.
    async fn lacking(&self) -> Vec<StudioItem> {
        self.0.lacking().into_iter().map(Into::into).collect()
    }

    /// 岗位。Its posts.
    async fn posts(&self, ctx: &Context<'_>) -> Result<Vec<Post>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(PostsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default().into_iter().map(Post).collect())
    }

    /// 应设岗位数。How many posts it needs today.
    async fn posts_needed(&self, ctx: &Context<'_>) -> Result<i64> {
        app::posts_needed(at(ctx).0, &self.0).await
    }

    /// 启用时间。When it was opened.
    async fn opened_at(&self) -> Option<DateTime<Utc>> {
        self.0.opened_at
    }

    /// 关闭时间。When it was closed.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Studio queries.
#[derive(Default)]
pub struct StudioQuery;

#[Object]
impl StudioQuery {
    /// 按编号查工作室(公开)。A studio by id; open to all.
    async fn studio(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Studio>> {
        let id: domain::StudioId = typed(&id, "id")?;
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(id).await?.map(Studio))
    }

    /// 社会工作室,新的在前(公开)。Studios, newest first; open to all.
    #[expect(clippy::too_many_arguments, reason = "filters and a page")]
    async fn studios(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only within this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此社区。Only of this community.")] community_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only where it stands so.")] state: Option<StudioState>,
        #[graphql(
            desc = "只看清单未达标的。Only where something is missing.",
            default = false
        )]
        lacking: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Studio>>> {
        let page = page(first, after, None, None)?;
        let filter = domain::StudioFilter {
            division: division_code.map(|code| code.0),
            community: maybe(community_id.as_ref(), "communityId")?,
            state: state.map(Into::into),
            lacking,
        };
        let found = app::list(at(ctx).0, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Studio)
    }
}

/// 设立工作室的输入。Where a studio is founded.
#[derive(InputObject)]
pub struct FoundStudioInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 社区。The community.
    community_id: ID,
    /// 名称(1 至 100 字)。Its name.
    name: String,
    /// 地址(1 至 200 字)。Where it is.
    address: String,
}

/// 设立工作室的结果。The studio.
#[derive(SimpleObject)]
pub struct FoundStudioPayload {
    /// 工作室。The studio.
    studio: Studio,
}

/// 检查工作室的输入。What was seen of an item.
#[derive(InputObject)]
pub struct CheckStudioInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 工作室。The studio.
    studio_id: ID,
    /// 项目。The item.
    item: StudioItem,
    /// 是否达标。Whether it is met.
    met: bool,
    /// 依据(1 至 500 字)。What shows it.
    evidence: String,
    /// 检查日期。The day.
    on: Date,
}

/// 检查工作室的结果。The studio.
#[derive(SimpleObject)]
pub struct CheckStudioPayload {
    /// 工作室。The studio.
    studio: Studio,
}

/// 启用工作室的输入。Which studio opens.
#[derive(InputObject)]
pub struct OpenStudioInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 工作室。The studio.
    studio_id: ID,
}

/// 启用工作室的结果。The studio, open.
#[derive(SimpleObject)]
pub struct OpenStudioPayload {
    /// 工作室。The studio.
    studio: Studio,
}

/// 关闭工作室的输入。Which studio closes.
#[derive(InputObject)]
pub struct CloseStudioInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 工作室。The studio.
    studio_id: ID,
}

/// 关闭工作室的结果。The studio, closed.
#[derive(SimpleObject)]
pub struct CloseStudioPayload {
    /// 工作室。The studio.
    studio: Studio,
}

/// Studio mutations.
#[derive(Default)]
pub struct StudioMutation;

#[Object]
impl StudioMutation {
    /// 设立社会工作室(社区工作人员、民政部门);每社区一个。Founds the studio of a community, which has one.
    async fn found_studio(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FoundStudioInput,
    ) -> Result<FoundStudioPayload> {
        let key = keyed(&input.idempotency_key)?;
        let found = app::Found {
            community_id: typed(&input.community_id, "input.communityId")?,
            name: input.name,
            address: input.address,
        };
        let (state, caller) = at(ctx);
        let studio = Studio(app::found(state, caller, key, found).await?);
        Ok(FoundStudioPayload { studio })
    }

    /// 检查工作室清单项目(社区工作人员、民政部门)。Records what was seen of an item.
    async fn check_studio(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CheckStudioInput,
    ) -> Result<CheckStudioPayload> {
        let key = keyed(&input.idempotency_key)?;
        let check = app::Check {
            studio_id: typed(&input.studio_id, "input.studioId")?,
            item: input.item.into(),
            met: input.met,
            evidence: input.evidence,
            on: input.on.0,
        };
        let (state, caller) = at(ctx);
        let studio = Studio(app::check(state, caller, key, check).await?);
        Ok(CheckStudioPayload { studio })
    }

    /// 启用工作室(民政部门);清单须达标,岗位须足数。Opens a studio that has everything: civil affairs.
    async fn open_studio(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: OpenStudioInput,
    ) -> Result<OpenStudioPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.studio_id, "input.studioId")?;
        let (state, caller) = at(ctx);
        let studio = Studio(app::open(state, caller, key, id).await?);
        Ok(OpenStudioPayload { studio })
    }

    /// 关闭工作室(民政部门);须先撤销岗位。Closes a studio without posts: civil affairs.
    async fn close_studio(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CloseStudioInput,
    ) -> Result<CloseStudioPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.studio_id, "input.studioId")?;
        let (state, caller) = at(ctx);
        let studio = Studio(app::close(state, caller, key, id).await?);
        Ok(CloseStudioPayload { studio })
    }
}
