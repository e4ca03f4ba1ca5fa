//! 物资 in the graph.

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
    grid::{self, Grid},
    loaders::{CountsOf, Loaders},
};
use crate::{app, domain::asset as domain};

/// 物资类型。What an asset is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AssetKind")]
pub enum AssetKind {
    /// 场所。A venue.
    Venue,
    /// 设施。A facility.
    Facility,
    /// 设备。Equipment.
    Equipment,
    /// 车辆。A vehicle.
    Vehicle,
    /// 物资储备。Supplies.
    Supplies,
}

/// 物资状态。How an asset stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AssetState")]
pub enum AssetState {
    /// 在用。In use.
    InUse,
    /// 闲置。Idle.
    Idle,
    /// 损坏。Broken.
    Broken,
    /// 报废。Retired.
    Retired,
}

/// 盘点记录。What a count found.
pub struct AssetCount(pub domain::AssetCount);

#[Object]
impl AssetCount {
    /// 数量。How many.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// 状态。How it stood.
    async fn state(&self) -> AssetState {
        self.0.state.into()
    }

    /// 说明。Words.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// 盘点人姓名。The name of whoever counted.
    async fn actor_name(&self) -> Option<&str> {
        self.0.actor_name.as_deref()
    }

    /// 时间。When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}
/// 物资。What a community has.
pub struct Asset(pub domain::Asset);

#[Object]
impl Asset {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 编码,社区内唯一。Its code, its own in the community.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 类型。What it is.
    async fn kind(&self) -> AssetKind {
        self.0.kind.into()
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 所在网格。The grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        match self.0.grid_code {
            Some(code) => grid::load(ctx, code).await,
            None => Ok(None),
        }
    }

    /// 存放地点。Where it is.
    async fn location(&self) -> &str {
        &self.0.location
    }

    /// 保管人。Who keeps it.
    async fn custodian(&self) -> &str {
        &self.0.custodian
    }

    /// 计量单位。The unit it is counted in.
    async fn unit(&self) -> &str {
        &self.0.unit
    }

    /// 数量。How many.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// 状态。How it stands.
    async fn state(&self) -> AssetState {
        self.0.state.into()
    }

    /// 最近盘点时间。When it was last counted.
    async fn counted_at(&self) -> DateTime<Utc> {
        self.0.counted_at
    }

    /// 盘点记录,新的在前。Its counts, newest first.
    async fn counts(&self, ctx: &Context<'_>) -> Result<Vec<AssetCount>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(CountsOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(AssetCount)
            .collect())
    }
}
/// An asset, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::AssetId) -> Result<Option<Asset>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Asset))
}
/// Asset queries.
#[derive(Default)]
pub struct AssetQuery;

#[Object]
impl AssetQuery {
    /// 按编号查物资(本辖区工作人员)。An asset by id: staff of the division.
    async fn asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Asset>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 本辖区的物资,新的在前。The assets of the caller's division, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn assets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此类型。Only of this kind.")] kind: Option<AssetKind>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<AssetState>,
        #[graphql(desc = "只看此前盘点、至今未再盘点的。Only those last counted before.")]
        counted_before: Option<DateTime<Utc>>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Asset>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::asset::AssetFilter {
            below: division_code.map(|code| code.0),
            kind: kind.map(Into::into),
            state: state.map(Into::into),
            counted_before,
        };
        let found = app::asset::list(service, caller, &filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), Asset)
    }
}

/// 登记物资的输入。What an asset is made from.
#[derive(InputObject)]
pub struct RegisterAssetInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 编码,大写字母、数字、连字符。Its code.
    code: String,
    /// 名称。Its name.
    name: String,
    /// 类型。What it is.
    kind: AssetKind,
    /// 社区的 12 位区划代码。The community, 12 digits.
    division_code: DivisionCode,
    /// 15 位网格编码。The grid, 15 digits.
    grid_code: Option<String>,
    /// 存放地点。Where it is.
    location: String,
    /// 保管人。Who keeps it.
    custodian: String,
    /// 计量单位。The unit it is counted in.
    unit: String,
    /// 数量。How many.
    quantity: i32,
}

/// 登记物资的结果。The asset registered.
#[derive(SimpleObject)]
pub struct RegisterAssetPayload {
    /// 物资。The asset.
    asset: Option<Asset>,
}

/// 盘点的输入。What was found.
#[derive(InputObject)]
pub struct CountAssetInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 物资。The asset.
    asset_id: ID,
    /// 数量。How many.
    quantity: i32,
    /// 状态。How it stands.
    state: AssetState,
    /// 说明。Words.
    note: Option<String>,
}

/// 盘点的结果。The asset.
#[derive(SimpleObject)]
pub struct CountAssetPayload {
    /// 物资。The asset.
    asset: Option<Asset>,
}

/// Asset mutations.
#[derive(Default)]
pub struct AssetMutation;

#[Object]
impl AssetMutation {
    /// 登记物资(社区、民政)。Registers an asset: community staff, civil affairs.
    async fn register_asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterAssetInput,
    ) -> Result<RegisterAssetPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = domain::NewAsset {
            code: input.code,
            name: input.name,
            kind: input.kind.into(),
            division_code: input.division_code.0,
            grid_code: input
                .grid_code
                .map(|code| grid::code(&code, "input.gridCode"))
                .transpose()?,
            location: input.location,
            custodian: input.custodian,
            unit: input.unit,
            quantity: input.quantity,
        };
        let (state, caller) = asked(ctx);
        let id = app::asset::register(state, caller, key, given).await?;
        Ok(RegisterAssetPayload {
            asset: load(ctx, id).await?,
        })
    }

    /// 盘点(网格员、社区、民政);报废也由盘点登记。Counts an asset; retiring it is a count too.
    async fn count_asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CountAssetInput,
    ) -> Result<CountAssetPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::asset::Count {
            asset_id: typed(&input.asset_id, "input.assetId")?,
            quantity: input.quantity,
            state: input.state.into(),
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::asset::count(state, caller, key, given).await?;
        Ok(CountAssetPayload {
            asset: load(ctx, id).await?,
        })
    }
}
