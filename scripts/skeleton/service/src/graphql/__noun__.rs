//! __Noun__ in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use kernel::IdempotencyKey;
use kit::{
    Result,
    auth::Caller,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::loaders::Loaders;
use crate::{
    app,
    domain::__noun__::{self as domain, __Noun__Id},
    state::State,
};

/// __Noun__ of the domain, as the graph shows it.
pub struct __Noun__(pub domain::__Noun__);

/// 中文名称。What it is, in one sentence.
#[Object]
impl __Noun__ {
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

    /// 示范数据。Demonstration data.
    async fn demo(&self) -> bool {
        self.0.demo
    }
}

/// __Noun__ queries.
#[derive(Default)]
pub struct __Noun__Query;

#[Object]
impl __Noun__Query {
    #[graphql(entity)]
    async fn find___noun___by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<__Noun__>> {
        find(ctx, &id).await
    }

    /// 按编号查。One by id.
    async fn __noun__(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<__Noun__>> {
        find(ctx, &id).await
    }

    /// 某区划内的全部。Those below a division.
    async fn __nouns__(
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
    ) -> Result<Option<Connection<Opaque, __Noun__>>> {
        let page = page(first, after, last, before)?;
        let below = division_code.map(|code| code.0);
        let state = ctx.data_unchecked::<State>();
        let found = app::__noun__::list(state, below.as_ref(), &page).await?;
        listed(found, |one| (one.id.as_uuid(),), __Noun__)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<__Noun__>> {
    let id: __Noun__Id = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(__Noun__))
}

/// 登记的输入。What a new one is made from.
#[derive(InputObject)]
pub struct Register__Noun__Input {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 12 位区划代码。12 digits.
    division_code: DivisionCode,
    /// 名称。Its name.
    name: String,
    /// 示范数据。Demonstration data.
    #[graphql(default = false)]
    demo: bool,
}

/// 登记的结果。What was registered.
#[derive(SimpleObject)]
pub struct Register__Noun__Payload {
    /// 登记的对象。The one registered.
    __noun__: __Noun__,
}

/// __Noun__ mutations.
#[derive(Default)]
pub struct __Noun__Mutation;

#[Object]
impl __Noun__Mutation {
    /// 登记(民政部门)。Registers one (civil affairs).
    async fn register___noun__(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: Register__Noun__Input,
    ) -> Result<Register__Noun__Payload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::New__Noun__ {
            division_code: input.division_code.0,
            name: input.name,
            demo: input.demo,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let __noun__ = app::__noun__::register(state, caller, key, new).await?;
        Ok(Register__Noun__Payload {
            __noun__: __Noun__(__noun__),
        })
    }
}
