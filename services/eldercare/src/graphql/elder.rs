//! 服务对象 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{IdempotencyKey, keys::ResidentId};
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    assessment::Assessment,
    care_plan::CarePlan,
    contact::ContactSchedule,
    credit::CreditAccount,
    foreign::{Community, Resident},
    given,
    loaders::{
        AccountOf, AssessmentsOf, CarePlanOf, Loaders, OrdersOf, RelationsOf, ScheduleOf, TiersOf,
    },
    order::Order,
    relation::Relation,
    tier::TierDecision,
};
use crate::{app, domain::elder as domain};

/// 对象类别。On what ground an elder is served.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ElderCategory")]
pub enum ElderCategory {
    /// 一般老年人。An elder like most.
    Ordinary,
    /// 低保、低收入。Of low income.
    LowIncome,
    /// 特困供养。In special hardship.
    SpecialHardship,
    /// 重点空巢。Living without family near.
    KeyEmptyNest,
    /// 优抚对象。Entitled to preferential treatment.
    PreferentialTreatment,
    /// 失独。Having lost an only child.
    BereavedParent,
}

/// An elder.
pub struct Elder(pub domain::Elder);

/// 服务对象:居家养老的老年人。An elder in home-based care.
#[Object]
impl Elder {
    /// 居民编号。The resident's global id.
    async fn resident_id(&self) -> ID {
        global(self.0.resident_id)
    }

    /// 居民。The resident.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.resident_id))
    }

    /// 所在社区的区划代码。The division of their community.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 所在社区。Their community.
    async fn community(&self) -> Option<Community> {
        Some(self.0.division_code.into())
    }

    /// 类别。On what ground they are served.
    async fn category(&self) -> ElderCategory {
        self.0.category.into()
    }

    /// 是否独居。Whether they live alone.
    async fn lives_alone(&self) -> bool {
        self.0.lives_alone
    }

    /// 能力评估,新的在前,最多 20 次(可见时;他人查看留痕)。Assessments, newest first, at most 20; a look by others is recorded.
    async fn assessments(&self, ctx: &Context<'_>) -> Result<Vec<Assessment>> {
        let key = AssessmentsOf(self.0.resident_id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Assessment)
            .collect())
    }

    /// 现行的照护计划(可见时;他人查看留痕)。The plan in force, where the caller may read it; a look by others is recorded.
    async fn care_plan(&self, ctx: &Context<'_>) -> Result<Option<CarePlan>> {
        let key = CarePlanOf(self.0.resident_id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found.map(CarePlan))
    }

    /// 今天生效的各类服务收费档次。The tiers in force today, by line.
    async fn tiers(&self, ctx: &Context<'_>) -> Result<Vec<TierDecision>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(TiersOf(self.0.resident_id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(TierDecision)
            .collect())
    }

    /// 探访安排(已纳入探访时)。How somebody looks in on them, where somebody does.
    async fn contact_schedule(&self, ctx: &Context<'_>) -> Result<Option<ContactSchedule>> {
        let key = ScheduleOf(self.0.resident_id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found.map(|(one, seen)| ContactSchedule::of(one, seen)))
    }

    /// 订单,新的在前,最多 50 张。Orders, newest first, at most 50.
    async fn orders(&self, ctx: &Context<'_>) -> Result<Vec<Order>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(OrdersOf(self.0.resident_id))
            .await?;
        Ok(found.unwrap_or_default().into_iter().map(Order).collect())
    }

    /// 时间积分账户(可见时)。Credits, where the caller may read them.
    async fn credit_account(&self, ctx: &Context<'_>) -> Result<Option<CreditAccount>> {
        let key = AccountOf(self.0.resident_id);
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(key)
            .await?
            .map(CreditAccount))
    }

    /// 已登记的亲属关系。Registered relatives.
    async fn relations(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        let key = RelationsOf(self.0.resident_id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Relation)
            .collect())
    }

    /// 示范数据。Demonstration data.
    async fn demo(&self) -> bool {
        self.0.demo
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 建档时间。When they were registered.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }
}

/// Elder queries.
#[derive(Default)]
pub struct ElderQuery;

#[Object]
impl ElderQuery {
    #[graphql(entity)]
    async fn find_elder_by_resident_id(
        &self,
        ctx: &Context<'_>,
        resident_id: ID,
    ) -> Result<Option<Elder>> {
        find(ctx, &resident_id).await
    }

    /// 按居民编号查服务对象。An elder by the id of the resident.
    async fn elder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "居民编号。The resident's global id.")] resident_id: ID,
    ) -> Result<Option<Elder>> {
        find(ctx, &resident_id).await
    }

    /// 我能看到的服务对象,新的在前。The elders the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn elders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此类别。Only of this category.")] category: Option<ElderCategory>,
        #[graphql(desc = "只看独居或非独居。Only living alone, or not.")] lives_alone: Option<bool>,
        #[graphql(desc = "只看已纳入或未纳入探访的。Only those somebody looks in on, or not.")]
        looked_in_on: Option<bool>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Elder>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::ElderFilter {
            below: division_code.map(|code| code.0),
            category: category.map(Into::into),
            lives_alone,
            looked_in_on,
        };
        let (state, caller) = given(ctx);
        let found = app::elder::list(state, caller, &filter, &page).await?;
        listed(found, |elder| (elder.resident_id.as_uuid(),), Elder)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Elder>> {
    let id: ResidentId = typed(id, "residentId")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Elder))
}

/// 建档的输入。What a registration says.
#[derive(InputObject)]
pub struct RegisterElderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民(须年满 60 周岁)。The resident, 60 or older.
    resident_id: ID,
    /// 类别。On what ground they are served.
    category: ElderCategory,
    /// 是否独居。Whether they live alone.
    lives_alone: bool,
}

/// 建档的结果。The elder registered.
#[derive(SimpleObject)]
pub struct RegisterElderPayload {
    /// 服务对象。The elder.
    elder: Elder,
}

/// 变更档案的输入。What has changed about an elder.
#[derive(InputObject)]
pub struct UpdateElderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民。The resident.
    resident_id: ID,
    /// 类别。On what ground they are served.
    category: ElderCategory,
    /// 是否独居。Whether they live alone.
    lives_alone: bool,
    /// 您看到的版本。The version that was read.
    version: i32,
}

/// 变更档案的结果。The elder after the change.
#[derive(SimpleObject)]
pub struct UpdateElderPayload {
    /// 服务对象。The elder.
    elder: Elder,
}

/// Elder mutations.
#[derive(Default)]
pub struct ElderMutation;

#[Object]
impl ElderMutation {
    /// 为居民建立养老档案(本人,或工作人员代办)。Registers a resident as an elder.
    async fn register_elder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterElderInput,
    ) -> Result<RegisterElderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let register = domain::RegisterElder {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            category: input.category.into(),
            lives_alone: input.lives_alone,
        };
        let (state, caller) = given(ctx);
        let elder = app::elder::register(state, caller, key, register).await?;
        Ok(RegisterElderPayload {
            elder: Elder(elder),
        })
    }

    /// 变更类别和居住情况(工作人员)。Changes the facts that rules of price look at (staff).
    async fn update_elder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: UpdateElderInput,
    ) -> Result<UpdateElderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let update = app::elder::UpdateElder {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            category: input.category.into(),
            lives_alone: input.lives_alone,
            version: input.version,
        };
        let (state, caller) = given(ctx);
        let elder = app::elder::update(state, caller, key, update).await?;
        Ok(UpdateElderPayload {
            elder: Elder(elder),
        })
    }
}
