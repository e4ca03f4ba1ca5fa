//! 指标 in the graph.

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use kit::{Result, graph::DivisionCode};

use super::{
    asked,
    division::{self, Division},
};
use crate::{
    app::{self, indicator::Told},
    domain::indicator::Cell,
};

/// 指标:由基层汇总,注明来源;过小的数不予公布。A number of a division: rolled up, with where it comes
/// from; a small one is covered.
pub struct Indicator(Told);

#[Object]
impl Indicator {
    /// 代码。Its code.
    async fn code(&self) -> &str {
        &self.0.indicator.code
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.indicator.name
    }

    /// 单位。Its unit.
    async fn unit(&self) -> &str {
        &self.0.indicator.unit
    }

    /// 数值;不予公布时为空。The number; empty where it is covered.
    async fn value(&self) -> Option<i64> {
        self.0.value
    }

    /// 是否因数值过小不予公布。Whether it is covered because it is small.
    async fn suppressed(&self) -> bool {
        self.0.value.is_none()
    }

    /// 来源与口径。Where it comes from, and how it is counted.
    async fn provenance(&self) -> &str {
        &self.0.indicator.provenance
    }

    /// 统计时间。As of when.
    async fn as_of(&self) -> DateTime<Utc> {
        self.0.as_of
    }
}

/// 指标在下一级区划的数值。The number of one division below.
pub struct IndicatorCell(Cell);

#[Object]
impl IndicatorCell {
    /// 区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division).await
    }

    /// 数值;不予公布时为空。The number; empty where it is covered.
    async fn value(&self) -> Option<i64> {
        self.0.value
    }

    /// 是否不予公布(数值过小,或可由合计推算出过小的数)。Whether it is covered: it is small, or a
    /// small one could be reckoned from it.
    async fn suppressed(&self) -> bool {
        self.0.value.is_none()
    }
}

/// Indicator queries.
#[derive(Default)]
pub struct IndicatorQuery;

#[Object]
impl IndicatorQuery {
    /// 某区划的各项指标(公开),自社区逐级汇总。The indicators of a division, rolled up from its
    /// communities; for everybody.
    async fn indicators(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "区划。The division.")] division_code: DivisionCode,
    ) -> Result<Option<Vec<Indicator>>> {
        let (state, _) = asked(ctx);
        let found = app::indicator::of_division(state, &division_code.0).await?;
        Ok(Some(found.into_iter().map(Indicator).collect()))
    }

    /// 一项指标在下一级各区划的数值(公开)。One indicator by the divisions directly below; for
    /// everybody.
    async fn indicator_breakdown(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "指标代码。The code of the indicator.")] code: String,
        #[graphql(desc = "上级区划。The division above.")] division_code: DivisionCode,
    ) -> Result<Option<Vec<IndicatorCell>>> {
        let (state, _) = asked(ctx);
        let found = app::indicator::breakdown(state, &code, &division_code.0).await?;
        Ok(found.map(|cells| cells.into_iter().map(IndicatorCell).collect()))
    }
}
