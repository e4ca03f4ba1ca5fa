//! 行政区划 in the graph.

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject, connection::Connection};
use kernel::IdempotencyKey;
use kit::{
    Result,
    auth::Caller,
    graph::{Date, DivisionCode, Opaque, connection, listed, page},
};

use super::loaders::Loaders;
use crate::{
    app::{self, division::Wanted},
    domain::division as domain,
    state::State,
};

/// 区划层级。The level of a division.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "kernel::Level")]
pub enum DivisionLevel {
    /// 省级。Province.
    Province,
    /// 地级。City.
    City,
    /// 县级。County.
    County,
    /// 乡级(街道、镇、乡)。Township or subdistrict.
    Township,
    /// 村级(社区、村)。Community.
    Community,
}

/// 行政区划。An administrative division, from province to community.
pub struct Division(pub domain::Division);

#[Object(cache_control(max_age = 300))]
impl Division {
    /// 12 位区划代码。Its 12-digit code.
    async fn code(&self) -> DivisionCode {
        DivisionCode(self.0.code)
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 层级。Its level.
    async fn level(&self) -> DivisionLevel {
        self.0.code.level().into()
    }

    /// 上级区划。The division above; a province has none.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        match self.0.code.parent() {
            Some(code) => load(ctx, code).await,
            None => Ok(None),
        }
    }

    /// 路径:从省到本级。The way from the province down to this division.
    async fn path(&self, ctx: &Context<'_>) -> Result<Vec<Division>> {
        let codes: Vec<kernel::DivisionCode> = self.0.code.ancestors().collect();
        let loaders = ctx.data_unchecked::<Loaders>();
        let mut found = loaders.load_many(codes.clone()).await?;
        Ok(codes
            .iter()
            .rev()
            .filter_map(|code| found.remove(code))
            .map(Division)
            .collect())
    }

    /// 下级区划。The divisions directly below, in code order.
    #[graphql(cache_control(max_age = 300))]
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "名称包含。Its name contains.")] name_contains: Option<String>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Opaque, Division>> {
        let page = page(first, after, last, before)?;
        let wanted = Wanted {
            parent: Some(self.0.code),
            name_contains,
            ..Wanted::default()
        };
        let found = app::division::list(ctx.data_unchecked::<State>(), wanted, &page).await?;
        Ok(connection(found, |it| (it.code.to_string(),), Division))
    }

    /// 示范数据。Demonstration data.
    async fn demo(&self) -> bool {
        self.0.demo
    }

    /// 启用日期;早于本库的为空。The day it began; empty where it is older than the register.
    async fn valid_from(&self) -> Option<Date> {
        self.0.valid_from.map(Date)
    }

    /// 撤销日期;在用的为空。The day it ended; empty while it is in force.
    async fn valid_to(&self) -> Option<Date> {
        self.0.valid_to.map(Date)
    }

    /// 撤销后的接续区划。What became of it after it ended.
    async fn successors(&self, ctx: &Context<'_>) -> Result<Vec<Division>> {
        let found = app::division::successors(ctx.data_unchecked::<State>(), &self.0.code).await?;
        Ok(found.into_iter().map(Division).collect())
    }
}

/// A division by its code.
pub async fn load(ctx: &Context<'_>, code: kernel::DivisionCode) -> Result<Option<Division>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(code)
        .await?
        .map(Division))
}

/// Division queries.
#[derive(Default)]
pub struct DivisionQuery;

#[Object]
impl DivisionQuery {
    #[graphql(entity)]
    async fn find_division_by_code(
        &self,
        ctx: &Context<'_>,
        code: DivisionCode,
    ) -> Result<Option<Division>> {
        load(ctx, code.0).await
    }

    /// 按代码查区划(含已撤销的)。A division by its code, ended ones too.
    async fn division(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "12 位区划代码。12 digits.")] code: DivisionCode,
    ) -> Result<Option<Division>> {
        load(ctx, code.0).await
    }

    /// 在用的区划,按代码排序。Divisions in force, in code order.
    #[graphql(cache_control(max_age = 300))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn divisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "层级。The level.")] level: Option<DivisionLevel>,
        #[graphql(desc = "上级区划。The division above.")] parent: Option<DivisionCode>,
        #[graphql(desc = "名称包含。Its name contains.")] name_contains: Option<String>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Division>>> {
        let page = page(first, after, last, before)?;
        let wanted = Wanted {
            level: level.map(Into::into),
            parent: parent.map(|code| code.0),
            name_contains,
        };
        let found = app::division::list(ctx.data_unchecked::<State>(), wanted, &page).await?;
        listed(found, |it| (it.code.to_string(),), Division)
    }
}

/// 建立示范社区的输入。What a demonstration community is made from.
#[derive(InputObject)]
pub struct CreateDemoDivisionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 12 位村级代码,所属乡镇须已存在。12 digits at community level, below an existing township.
    code: DivisionCode,
    /// 名称。Its name.
    name: String,
}

/// 建立示范社区的结果。The division made.
#[derive(SimpleObject)]
pub struct CreateDemoDivisionPayload {
    /// 区划。The division.
    division: Division,
}

/// Division mutations.
#[derive(Default)]
pub struct DivisionMutation;

#[Object]
impl DivisionMutation {
    /// 在乡镇之下建立示范社区(平台管理员)。Makes a demonstration community below a township
    /// (platform administrators).
    async fn create_demo_division(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CreateDemoDivisionInput,
    ) -> Result<CreateDemoDivisionPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::division::CreateDemo {
            code: input.code.0,
            name: input.name,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let division = app::division::create_demo(state, caller, key, given).await?;
        Ok(CreateDemoDivisionPayload {
            division: Division(division),
        })
    }
}
