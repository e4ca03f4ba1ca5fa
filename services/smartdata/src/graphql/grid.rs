//! 网格 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{GridCode, IdempotencyKey, keys::GridId};
use kit::{
    Result,
    auth::Caller,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    division::{self, Division},
    foreign::Community,
    loaders::Loaders,
};
use crate::{app, domain::grid as domain, state::State};

/// 网格类型。What a grid is made of.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::GridKind")]
pub enum GridKind {
    /// 居民网格。Homes.
    Residential,
    /// 单位网格。Work units.
    Unit,
    /// 商业网格。Shops and markets.
    Commercial,
}

/// 网格长。Who answers for a grid.
#[derive(SimpleObject)]
pub struct GridLead {
    /// 账号。The account.
    subject: String,
    /// 姓名。The name on the notice board.
    name: String,
    /// 任职起始。Since when.
    since: DateTime<Utc>,
}

/// 网格。A grid, the smallest unit of a community.
pub struct Grid(pub domain::Grid);

#[Object]
impl Grid {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 15 位网格编码。Its code, 15 digits.
    async fn code(&self) -> &str {
        self.0.code.as_str()
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 类型。What it is made of.
    async fn kind(&self) -> GridKind {
        self.0.kind.into()
    }

    /// 所在社区。The community.
    async fn community(&self) -> Option<Community> {
        Some(self.0.community().into())
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.community()).await
    }

    /// 网格长。Who leads it.
    async fn lead_worker(&self) -> Option<GridLead> {
        let lead = self.0.lead.clone()?;
        Some(GridLead {
            subject: lead.subject,
            name: lead.name,
            since: lead.since,
        })
    }

    /// 示范数据。Demonstration data.
    async fn demo(&self) -> bool {
        self.0.demo
    }
}

/// Reads a grid code that a client sent at `field`.
pub fn code(text: &str, field: &str) -> Result<GridCode> {
    GridCode::try_new(text).map_err(|error| kit::Error::from(error).at(field))
}

/// A grid by its code.
pub async fn load(ctx: &Context<'_>, code: GridCode) -> Result<Option<Grid>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(code)
        .await?
        .map(Grid))
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Grid>> {
    let id: GridId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Grid))
}

/// Grid queries.
#[derive(Default)]
pub struct GridQuery;

#[Object]
impl GridQuery {
    #[graphql(entity)]
    async fn find_grid_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Grid>> {
        find(ctx, &id).await
    }

    #[graphql(entity)]
    async fn find_grid_by_code(&self, ctx: &Context<'_>, code: String) -> Result<Option<Grid>> {
        load(ctx, self::code(&code, "code")?).await
    }

    /// 按编号查网格。A grid by id.
    async fn grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Grid>> {
        find(ctx, &id).await
    }

    /// 按编码查网格。A grid by its code.
    async fn grid_by_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "15 位网格编码。15 digits.")] code: String,
    ) -> Result<Option<Grid>> {
        load(ctx, self::code(&code, "code")?).await
    }

    /// 某区划内的网格。Grids below a division, in code order.
    async fn grids(
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
    ) -> Result<Option<Connection<Opaque, Grid>>> {
        let page = page(first, after, last, before)?;
        let below = division_code.map(|code| code.0);
        let state = ctx.data_unchecked::<State>();
        let found = app::grid::list(state, below.as_ref(), &page).await?;
        listed(found, |it| (it.code.to_string(),), Grid)
    }
}

/// 登记网格的输入。What a grid is made from.
#[derive(InputObject)]
pub struct RegisterGridInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 15 位网格编码:社区代码加三位序号。15 digits: the community's code and a number.
    code: String,
    /// 名称。Its name.
    name: String,
    /// 类型。What it is made of.
    kind: GridKind,
}

/// 登记网格的结果。The grid registered.
#[derive(SimpleObject)]
pub struct RegisterGridPayload {
    /// 网格。The grid.
    grid: Grid,
}

/// 任命网格长的输入。Who is to lead a grid.
#[derive(InputObject)]
pub struct AssignGridLeadInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 网格。The grid.
    grid_id: ID,
    /// 网格长的账号。The account of the worker.
    worker_subject: String,
    /// 公示的姓名。The name on the notice board.
    worker_name: String,
}

/// 任命网格长的结果。The grid with its new lead.
#[derive(SimpleObject)]
pub struct AssignGridLeadPayload {
    /// 网格。The grid.
    grid: Grid,
}

/// Grid mutations.
#[derive(Default)]
pub struct GridMutation;

#[Object]
impl GridMutation {
    /// 登记网格(社区、民政)。Registers a grid (community staff, civil affairs).
    async fn register_grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterGridInput,
    ) -> Result<RegisterGridPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::NewGrid {
            code: code(&input.code, "input.code")?,
            name: input.name,
            kind: input.kind.into(),
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let grid = app::grid::register(state, caller, key, new).await?;
        Ok(RegisterGridPayload { grid: Grid(grid) })
    }

    /// 任命网格长;原网格长同时卸任。Appoints the lead of a grid; the one before ends.
    async fn assign_grid_lead(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AssignGridLeadInput,
    ) -> Result<AssignGridLeadPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let asked = app::grid::AssignLead {
            grid_id: typed(&input.grid_id, "input.gridId")?,
            subject: input.worker_subject,
            name: input.worker_name,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let grid = app::grid::assign_lead(state, caller, key, asked).await?;
        Ok(AssignGridLeadPayload { grid: Grid(grid) })
    }
}
