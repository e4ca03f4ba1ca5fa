//! 户 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    auth::Caller,
    graph::{DivisionCode, global, typed},
};

use super::{
    foreign::Community,
    grid::{self, Grid},
    loaders::Loaders,
    resident::{self, Resident},
};
use crate::{
    app::{self, household::Inhabited},
    domain::household as domain,
    state::State,
};

/// 与户主关系。What a member is to the head of the household.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Relation")]
pub enum HouseholdRelation {
    /// 户主。The head.
    Head,
    /// 配偶。Spouse.
    Spouse,
    /// 子女。Child.
    Child,
    /// 父母。Parent.
    Parent,
    /// 孙辈。Grandchild.
    Grandchild,
    /// 其他。Other.
    Other,
}

/// 户内成员。Somebody who lives in a household.
pub struct HouseholdMember(domain::Member);

#[Object]
impl HouseholdMember {
    /// 居民。The resident.
    async fn resident(&self, ctx: &Context<'_>) -> Result<Option<Resident>> {
        let fields = resident::fields(&ctx.look_ahead());
        resident::load(ctx, self.0.resident_id, fields).await
    }

    /// 与户主关系。What they are to the head.
    async fn relation(&self) -> HouseholdRelation {
        self.0.relation.into()
    }

    /// 入户时间。Since when.
    async fn since(&self) -> DateTime<Utc> {
        self.0.since
    }
}

/// 户。A household: residents who live together.
pub struct Household(Inhabited);

#[Object]
impl Household {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.household.id)
    }

    /// 所在社区。The community.
    async fn community(&self) -> Option<Community> {
        Some(self.0.household.community_code.into())
    }

    /// 所在网格。The grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        match self.0.household.grid_code {
            Some(code) => grid::load(ctx, code).await,
            None => Ok(None),
        }
    }

    /// 现有成员,户主在前。The present members, the head first.
    async fn members(&self) -> Vec<HouseholdMember> {
        self.0
            .members
            .iter()
            .cloned()
            .map(HouseholdMember)
            .collect()
    }

    /// 示范数据。Demonstration data.
    async fn demo(&self) -> bool {
        self.0.household.demo
    }
}

/// A household, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::HouseholdId) -> Result<Option<Household>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Household))
}

/// Household queries.
#[derive(Default)]
pub struct HouseholdQuery;

#[Object]
impl HouseholdQuery {
    #[graphql(entity)]
    async fn find_household_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Household>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 按编号查户(本辖区工作人员、户内成员)。A household by id: staff of the division, members.
    async fn household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Household>> {
        load(ctx, typed(&id, "id")?).await
    }
}

/// 立户的输入。What a household is registered with.
#[derive(InputObject)]
pub struct RegisterHouseholdInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 社区的 12 位区划代码。The community, 12 digits.
    community_code: DivisionCode,
    /// 15 位网格编码。The grid, 15 digits.
    grid_code: Option<String>,
    /// 户主。The head.
    head_resident_id: ID,
    /// 示范数据。Demonstration data.
    #[graphql(default = false)]
    demo: bool,
}

/// 立户的结果。The household registered.
#[derive(SimpleObject)]
pub struct RegisterHouseholdPayload {
    /// 户。The household; empty for those who may register but not read it.
    household: Option<Household>,
}

/// 增加户内成员的输入。Who joins which household.
#[derive(InputObject)]
pub struct AddHouseholdMemberInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 户。The household.
    household_id: ID,
    /// 居民。The resident.
    resident_id: ID,
    /// 与户主关系。What they are to the head.
    relation: HouseholdRelation,
}

/// 增加户内成员的结果。The household with its new member.
#[derive(SimpleObject)]
pub struct AddHouseholdMemberPayload {
    /// 户。The household; empty for those who may register but not read it.
    household: Option<Household>,
}

/// Household mutations.
#[derive(Default)]
pub struct HouseholdMutation;

#[Object]
impl HouseholdMutation {
    /// 立户。Registers a household with its head.
    async fn register_household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterHouseholdInput,
    ) -> Result<RegisterHouseholdPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::NewHousehold {
            community_code: input.community_code.0,
            grid_code: input
                .grid_code
                .map(|code| grid::code(&code, "input.gridCode"))
                .transpose()?,
            head: typed(&input.head_resident_id, "input.headResidentId")?,
            demo: input.demo,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let household = app::household::register(state, caller, key, new).await?;
        Ok(RegisterHouseholdPayload {
            household: load(ctx, household.id).await?,
        })
    }

    /// 增加户内成员。A resident joins a household.
    async fn add_household_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AddHouseholdMemberInput,
    ) -> Result<AddHouseholdMemberPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let asked = app::household::AddMember {
            household_id: typed(&input.household_id, "input.householdId")?,
            resident_id: typed(&input.resident_id, "input.residentId")?,
            relation: input.relation.into(),
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let household = app::household::add_member(state, caller, key, asked).await?;
        Ok(AddHouseholdMemberPayload {
            household: load(ctx, household.id).await?,
        })
    }
}
