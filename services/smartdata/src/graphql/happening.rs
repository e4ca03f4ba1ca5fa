//! 事件 in the graph.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use kit::{Result, graph::global};

use super::{
    division::{self, Division},
    grid::{self, Grid},
};
use crate::domain::happening as domain;

/// 事件类型。What happened.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::HappeningKind")]
pub enum HappeningKind {
    /// 需求上报。A need was reported.
    NeedReported,
}

/// 事件。Something that happened in a division, as other services told it.
pub struct Happening(pub domain::Happening);

#[Object]
impl Happening {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 类型。What happened.
    async fn kind(&self) -> HappeningKind {
        self.0.kind.into()
    }

    /// 时间。When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// 所在区划。Where.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 所在网格。In which grid.
    async fn grid(&self, ctx: &Context<'_>) -> Result<Option<Grid>> {
        match self.0.grid_code {
            Some(code) => grid::load(ctx, code).await,
            None => Ok(None),
        }
    }
}
