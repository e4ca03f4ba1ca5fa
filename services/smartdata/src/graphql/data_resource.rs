//! 数据目录 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    division::{self, Division},
    foreign::Organization,
    loaders::Loaders,
};
use crate::{app, domain::data_resource as domain};

/// 数据集。What a resource is made from.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Dataset")]
pub enum Dataset {
    /// 人口库。Residents.
    Resident,
    /// 网格。Grids.
    Grid,
}

/// 可共享的数据项。A field that can be shared.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::DataField")]
pub enum DataField {
    /// 居民编号。The id of the resident.
    ResidentId,
    /// 姓名。The name.
    Name,
    /// 公民身份号码。The identity number.
    CitizenId,
    /// 电话。The phone number.
    Phone,
    /// 出生日期。The date of birth.
    BirthDate,
    /// 性别。Sex.
    Sex,
    /// 社区代码。The community.
    CommunityCode,
    /// 网格编码。The grid.
    GridCode,
    /// 状态。Where the resident stands.
    Status,
    /// 身份是否核验。Whether the identity was verified.
    Verified,
    /// 网格名称。The name of the grid.
    GridName,
    /// 网格类型。What the grid is made of.
    GridKind,
}

/// 共享类型。Under which class data is shared.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ShareClass")]
pub enum ShareClass {
    /// 无条件共享。Without a condition.
    Unconditional,
    /// 有条件共享。On a condition.
    Conditional,
    /// 不予共享(须有依据)。Not at all, by a law that is named.
    NoShare,
}

/// 更新周期。How often data is renewed.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::UpdateCycle")]
pub enum UpdateCycle {
    /// 实时。At once.
    RealTime,
    /// 每日。Daily.
    Daily,
    /// 每月。Monthly.
    Monthly,
    /// 每季度。Quarterly.
    Quarterly,
    /// 每年。Yearly.
    Yearly,
}

/// 政务数据目录条目。An entry of the catalogue of data: who provides what, and under which class.
pub struct DataResource(pub domain::DataResource);

#[Object]
impl DataResource {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 代码。Its code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 提供部门。The department that provides it.
    async fn provider(&self) -> Option<Organization> {
        Some(self.0.provider_organization_id.into())
    }

    /// 提供部门名称。The name of the provider.
    async fn provider_name(&self) -> &str {
        &self.0.provider_name
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 数据集。What it is made from.
    async fn dataset(&self) -> Dataset {
        self.0.dataset.into()
    }

    /// 共享类型。Its class.
    async fn class(&self) -> ShareClass {
        self.0.class.into()
    }

    /// 依据;不予共享的必有。The law it rests on; always there where data is not shared.
    async fn basis(&self) -> Option<&str> {
        self.0.basis.as_deref()
    }

    /// 共享条件。On which condition.
    async fn condition(&self) -> Option<&str> {
        self.0.condition.as_deref()
    }

    /// 数据项。Which fields.
    async fn fields(&self) -> Vec<DataField> {
        self.0.fields.iter().map(|field| (*field).into()).collect()
    }

    /// 更新周期。How often it is renewed.
    async fn update_cycle(&self) -> UpdateCycle {
        self.0.update_cycle.into()
    }

    /// 是否在目录中。Whether it is in the catalogue.
    async fn published(&self) -> bool {
        self.0.state == domain::ResourceState::Published
    }

    /// 发布时间。When it was published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }
}
/// An entry of the catalogue.
pub async fn load(ctx: &Context<'_>, id: domain::DataResourceId) -> Result<Option<DataResource>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(DataResource))
}
/// Catalogue queries.
#[derive(Default)]
pub struct DataResourceQuery;

#[Object]
impl DataResourceQuery {
    /// 按编号查目录条目(公开)。An entry of the catalogue; for everybody.
    async fn data_resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<DataResource>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 政务数据目录(公开),新的在前。The catalogue of data, newest first; for everybody.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn data_resources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此数据集。Only of this dataset.")] dataset: Option<Dataset>,
        #[graphql(desc = "只看此类型。Only of this class.")] class: Option<ShareClass>,
        #[graphql(desc = "含已撤回的。With those that were withdrawn.", default = false)]
        with_withdrawn: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, DataResource>>> {
        let page = page(first, after, last, before)?;
        let (service, _) = asked(ctx);
        let filter = app::data_resource::ResourceFilter {
            below: division_code.map(|code| code.0),
            dataset: dataset.map(Into::into),
            class: class.map(Into::into),
            with_withdrawn,
        };
        let found = app::data_resource::list(service, &filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), DataResource)
    }
}

/// 发布目录条目的输入。What is provided, and under which class.
#[derive(InputObject)]
pub struct PublishDataResourceInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 代码,如 RESIDENT_BASIC。Its code.
    code: String,
    /// 名称。Its name.
    name: String,
    /// 提供部门名称。The name of the provider.
    provider_name: String,
    /// 数据所及区划。The division whose data it is.
    division_code: DivisionCode,
    /// 数据集。What it is made from.
    dataset: Dataset,
    /// 共享类型。Its class.
    class: ShareClass,
    /// 依据;不予共享的必填。The law; required where data is not shared.
    basis: Option<String>,
    /// 共享条件;有条件共享的必填。The condition; required for conditional data.
    condition: Option<String>,
    /// 数据项。Its fields.
    fields: Vec<DataField>,
    /// 更新周期。How often it is renewed.
    update_cycle: UpdateCycle,
}

/// 发布目录条目的结果。The entry published.
#[derive(SimpleObject)]
pub struct PublishDataResourcePayload {
    /// 目录条目。The entry.
    data_resource: Option<DataResource>,
}

/// 撤回目录条目的输入。Which entry.
#[derive(InputObject)]
pub struct WithdrawDataResourceInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 目录条目。The entry.
    data_resource_id: ID,
}

/// 撤回目录条目的结果。The entry withdrawn.
#[derive(SimpleObject)]
pub struct WithdrawDataResourcePayload {
    /// 目录条目。The entry.
    data_resource: Option<DataResource>,
}

/// Catalogue mutations.
#[derive(Default)]
pub struct DataResourceMutation;

#[Object]
impl DataResourceMutation {
    /// 发布数据目录条目(部门)。A department publishes what it provides.
    async fn publish_data_resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PublishDataResourceInput,
    ) -> Result<PublishDataResourcePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = domain::NewResource {
            code: input.code,
            name: input.name,
            provider_name: input.provider_name,
            division_code: input.division_code.0,
            dataset: input.dataset.into(),
            class: input.class.into(),
            basis: input.basis,
            condition: input.condition,
            fields: input.fields.into_iter().map(Into::into).collect(),
            update_cycle: input.update_cycle.into(),
        };
        let (state, caller) = asked(ctx);
        let id = app::data_resource::publish(state, caller, key, given).await?;
        Ok(PublishDataResourcePayload {
            data_resource: load(ctx, id).await?,
        })
    }

    /// 撤回目录条目;由其产生的授权随即失效。Withdraws an entry; what was granted from it stops.
    async fn withdraw_data_resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: WithdrawDataResourceInput,
    ) -> Result<WithdrawDataResourcePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.data_resource_id, "input.dataResourceId")?;
        let (state, caller) = asked(ctx);
        let id = app::data_resource::withdraw(state, caller, key, given).await?;
        Ok(WithdrawDataResourcePayload {
            data_resource: load(ctx, id).await?,
        })
    }
}
