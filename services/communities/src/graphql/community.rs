//! 社区 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use kernel::{IdempotencyKey, keys::CommunityId};
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{asked, loaders::Loaders};
use crate::{app, domain::community as domain, state::State};

/// 社区类型。Which committee governs the community.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CommunityKind")]
pub enum CommunityKind {
    /// 居民委员会。Residents' committee.
    Residents,
    /// 村民委员会。Villagers' committee.
    Villagers,
}

/// Community of the domain, as the graph shows it.
pub struct Community(pub domain::Community);

/// 社区。A community: the residents' or villagers' committee of one division.
#[Object(cache_control(max_age = 60))]
impl Community {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 12 位区划代码。Its 12-digit division code.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 类型。Which committee governs it.
    async fn kind(&self) -> CommunityKind {
        self.0.kind.into()
    }

    /// 户数。Households.
    async fn households(&self) -> i32 {
        self.0.households
    }

    /// 人口。Population.
    async fn population(&self) -> i32 {
        self.0.population
    }

    /// 服务面积(平方米)。Service area in square metres.
    async fn service_area_m2(&self) -> i32 {
        self.0.service_area_m2
    }

    /// 是否在用。Whether it is in being.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// 示范数据。Demonstration data.
    async fn demo(&self) -> bool {
        self.0.demo
    }
}

/// Community queries.
#[derive(Default)]
pub struct CommunityQuery;

#[Object]
impl CommunityQuery {
    #[graphql(entity)]
    async fn find_community_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Community>> {
        find(ctx, &id).await
    }

    #[graphql(entity)]
    async fn find_community_by_division_code(
        &self,
        ctx: &Context<'_>,
        division_code: DivisionCode,
    ) -> Result<Option<Community>> {
        find_by_code(ctx, division_code).await
    }

    /// 按编号查社区。A community by id.
    async fn community(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Community>> {
        find(ctx, &id).await
    }

    /// 按区划代码查社区。A community by its division code.
    async fn community_by_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "12 位区划代码。12 digits.")] division_code: DivisionCode,
    ) -> Result<Option<Community>> {
        find_by_code(ctx, division_code).await
    }

    /// 某区划内的社区。Communities below a division, in code order.
    #[graphql(cache_control(max_age = 60))]
    async fn communities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "上级区划。The division above.")] division_code: Option<DivisionCode>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Community>>> {
        let page = page(first, after, last, before)?;
        let below = division_code.map(|code| code.0);
        let found =
            app::community::list(ctx.data_unchecked::<State>(), below.as_ref(), &page).await?;
        listed(found, |c| (c.division_code.to_string(),), Community)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Community>> {
    let id: CommunityId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Community))
}

async fn find_by_code(ctx: &Context<'_>, code: DivisionCode) -> Result<Option<Community>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(code.0)
        .await?
        .map(Community))
}

/// 登记社区的输入。What a new community is made from.
#[derive(InputObject)]
pub struct RegisterCommunityInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 12 位区划代码。12 digits, at community level.
    division_code: DivisionCode,
    /// 名称。Its name.
    name: String,
    /// 类型。Which committee governs it.
    kind: CommunityKind,
    /// 户数。Households.
    households: i32,
    /// 人口。Population.
    population: i32,
    /// 服务面积(平方米)。Service area in square metres.
    service_area_m2: i32,
    /// 示范数据。Demonstration data.
    #[graphql(default = false)]
    demo: bool,
}

/// 登记社区的结果。The community registered.
#[derive(SimpleObject)]
pub struct RegisterCommunityPayload {
    /// 社区。The community.
    community: Community,
}

/// Community mutations.
#[derive(Default)]
pub struct CommunityMutation;

#[Object]
impl CommunityMutation {
    /// 登记社区(民政部门)。Registers a community (civil affairs).
    async fn register_community(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterCommunityInput,
    ) -> Result<RegisterCommunityPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::NewCommunity {
            division_code: input.division_code.0,
            name: input.name,
            kind: input.kind.into(),
            households: input.households,
            population: input.population,
            service_area_m2: input.service_area_m2,
            demo: input.demo,
        };
        let (state, caller) = asked(ctx);
        let community = app::community::register(state, caller, key, new).await?;
        Ok(RegisterCommunityPayload {
            community: Community(community),
        })
    }
}
