//! 地址 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, DivisionCode, Opaque, global, listed, page, typed},
};

use super::{
    asked,
    division::{self, Division},
    grid::{self, Grid},
    loaders::{GridsOf, Loaders},
};
use crate::{app, domain::address as domain};

/// 地址在一段时间内所属的网格。Where an address lay for a while.
pub struct AddressGrid(pub domain::AddressGrid);

#[Object]
impl AddressGrid {
    /// 网格。The grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        grid::load(ctx, self.0.grid_code).await
    }

    /// 起始日期。Since which day.
    async fn from(&self) -> Date {
        Date(self.0.from)
    }

    /// 截止日期(不含);至今为空。Until before which day; empty while it holds.
    async fn until(&self) -> Option<Date> {
        self.0.until.map(Date)
    }
}
/// 地址:在任何一天都恰属一个网格。An address: in exactly one grid on every day.
pub struct Address(pub domain::Address);

#[Object]
impl Address {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 门牌地址。The address.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// 某日所属网格,默认今日。The grid it lies in on a day, today where none is named.
    async fn grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "日期。The day.")] on: Option<Date>,
    ) -> Result<Option<Grid>> {
        let today = kernel::china_date(asked(ctx).0.core.clock.now());
        let day = on.map_or(today, |day| day.0);
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(GridsOf(self.0.id)).await?;
        match found.unwrap_or_default().iter().find(|it| it.holds(day)) {
            Some(it) => grid::load(ctx, it.grid_code).await,
            None => Ok(None),
        }
    }

    /// 历次所属网格。All its grids, in the order of time.
    async fn grids(&self, ctx: &Context<'_>) -> Result<Vec<AddressGrid>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(GridsOf(self.0.id)).await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(AddressGrid)
            .collect())
    }
}
/// An address, if the caller may read it.
pub async fn load(ctx: &Context<'_>, id: domain::AddressId) -> Result<Option<Address>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Address))
}
/// Address queries.
#[derive(Default)]
pub struct AddressQuery;

#[Object]
impl AddressQuery {
    /// 按编号查地址(本辖区工作人员)。An address by id: staff of the division.
    async fn address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Address>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 本辖区的地址,新的在前。The addresses of the caller's division, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn addresses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此区划。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看某日在此网格的。Only those in this grid on the day.")]
        grid_code: Option<String>,
        #[graphql(desc = "日期,默认今日。The day, today where none is named.")] on: Option<Date>,
        #[graphql(desc = "地址中含有。Only those whose text has this in it.")] contains: Option<
            String,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Address>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::address::AddressFilter {
            below: division_code.map(|code| code.0),
            grid: grid_code
                .map(|code| grid::code(&code, "gridCode"))
                .transpose()?,
            on: on.map(|day| day.0),
            contains,
        };
        let found = app::address::list(service, caller, filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), Address)
    }
}

/// 登记地址的输入。Which address, in which grid, since when.
#[derive(InputObject)]
pub struct RegisterAddressInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 15 位网格编码。The grid, 15 digits.
    grid_code: String,
    /// 门牌地址,社区内不得重复。The address, once in a community.
    text: String,
    /// 归属起始日期。Since which day it lies there.
    from: Date,
}

/// 登记地址的结果。The address registered.
#[derive(SimpleObject)]
pub struct RegisterAddressPayload {
    /// 地址。The address.
    address: Option<Address>,
}

/// 调整网格的输入。Into which grid, from which day.
#[derive(InputObject)]
pub struct AssignAddressGridInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 地址。The address.
    address_id: ID,
    /// 15 位网格编码。The grid, 15 digits.
    grid_code: String,
    /// 起始日期。From which day.
    from: Date,
}

/// 调整网格的结果。The address.
#[derive(SimpleObject)]
pub struct AssignAddressGridPayload {
    /// 地址。The address.
    address: Option<Address>,
}

/// Address mutations.
#[derive(Default)]
pub struct AddressMutation;

#[Object]
impl AddressMutation {
    /// 登记地址及所属网格(网格员、社区、民政)。Registers an address in a grid.
    async fn register_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterAddressInput,
    ) -> Result<RegisterAddressPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::address::Register {
            grid_code: grid::code(&input.grid_code, "input.gridCode")?,
            text: input.text,
            from: input.from.0,
        };
        let (state, caller) = asked(ctx);
        let id = app::address::register(state, caller, key, given).await?;
        Ok(RegisterAddressPayload {
            address: load(ctx, id).await?,
        })
    }

    /// 调整地址所属网格,自某日起(社区、民政)。An address goes to another grid from a day.
    async fn assign_address_grid(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AssignAddressGridInput,
    ) -> Result<AssignAddressGridPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::address::Assign {
            address_id: typed(&input.address_id, "input.addressId")?,
            grid_code: grid::code(&input.grid_code, "input.gridCode")?,
            from: input.from.0,
        };
        let (state, caller) = asked(ctx);
        let id = app::address::assign(state, caller, key, given).await?;
        Ok(AssignAddressGridPayload {
            address: load(ctx, id).await?,
        })
    }
}
