//! 联动链: what this service knows of a chain.

use async_graphql::{Context, ID, Object};
use kernel::keys::TraceId;
use kit::{
    Result,
    graph::{global, typed},
};

use super::{
    division::{self, Division},
    grid::{self, Grid},
    happening::Happening,
    loaders::Loaders,
    resident::{self, Resident},
};
use crate::domain::{happening as domain, resident::Access};

/// 联动链:从居民的需求到居民的评价。A chain, from a resident's need to the resident's rating;
/// every service adds what it knows.
pub struct Linkage {
    trace: TraceId,
    /// What happened on the chain, in its order, as far as the caller may
    /// read it.
    chain: Vec<domain::Happening>,
}

impl Linkage {
    /// How the chain began.
    fn beginning(&self) -> Option<&domain::Happening> {
        self.chain.first()
    }
}

#[Object]
impl Linkage {
    /// 联动链编号。The id of the chain.
    async fn trace_id(&self) -> ID {
        global(self.trace)
    }

    /// 上报需求的居民;仅本人及本辖区工作人员可见。The resident who reported the need; for
    /// themself and for staff of the division.
    async fn reporter(&self, ctx: &Context<'_>) -> Result<Option<Resident>> {
        let fields = resident::fields(&ctx.look_ahead());
        let Some(id) = self.beginning().and_then(|it| it.resident_id) else {
            return Ok(None);
        };
        // A reference is enough for a service to go on, and too much for
        // whoever holds the id of a chain.
        let found = resident::load(ctx, id, fields).await?;
        Ok(found.filter(|resident| resident.0.access >= Access::Masked))
    }

    /// 起始网格。The grid it began in.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        match self.beginning().and_then(|it| it.grid_code) {
            Some(code) => grid::load(ctx, code).await,
            None => Ok(None),
        }
    }

    /// 起始区划。The division it began in.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        match self.beginning() {
            Some(it) => division::load(ctx, it.division_code).await,
            None => Ok(None),
        }
    }

    /// 事件库中的记录。What the event base holds of it.
    async fn happenings(&self) -> Option<Vec<Happening>> {
        Some(self.chain.iter().cloned().map(Happening).collect())
    }
}

/// The chain as an entity.
#[derive(Default)]
pub struct LinkageQuery;

#[Object]
impl LinkageQuery {
    #[graphql(entity)]
    async fn find_linkage_by_trace_id(&self, ctx: &Context<'_>, trace_id: ID) -> Result<Linkage> {
        let trace = typed(&trace_id, "traceId")?;
        let chain = ctx.data_unchecked::<Loaders>().load_one(trace).await?;
        Ok(Linkage {
            trace,
            chain: chain.unwrap_or_default(),
        })
    }
}
