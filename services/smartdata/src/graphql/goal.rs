//! 联动目标 in the graph.

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use kit::{Result, graph::DivisionCode};

use super::{
    asked,
    division::{self, Division},
    goal_target::GoalTarget,
};
use crate::{
    app::{self, goal as figures},
    domain::goal as domain,
};

/// 指标方向。Which way is better.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Direction")]
pub enum GoalDirection {
    /// 越多越好。More is better.
    More,
    /// 越少越好。Less is better.
    Less,
}

/// 统计方式。How an indicator is counted.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Measure")]
pub enum GoalMeasure {
    /// 本年发生。What happened in the year.
    InYear,
    /// 期末存续。What stands at the end of the year, or now.
    Standing,
    /// 由基础库按口径统计。Counted from a register by a rule of its own.
    Register,
}

/// 联动目标(方案确定的五项)及其指标。One of the five outcome goals of the plan, with what shows it.
pub struct Goal(domain::Goal, Vec<figures::Told>);

/// 联动目标(方案确定的五项)及其指标。One of the five outcome goals of the plan, with what shows it.
#[Object]
impl Goal {
    /// 代码。Its code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 出处。Where the plan names it.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// 指标。What shows it.
    async fn indicators(&self) -> Vec<GoalIndicator> {
        self.1.iter().cloned().map(GoalIndicator).collect()
    }
}

/// 目标指标在某区划、某年度的情况。What shows a goal, in a division and a year.
pub struct GoalIndicator(figures::Told);

/// 目标指标在某区划、某年度的情况。What shows a goal, in a division and a year.
#[Object]
impl GoalIndicator {
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

    /// 方向。Which way is better.
    async fn direction(&self) -> GoalDirection {
        self.0.indicator.direction.into()
    }

    /// 统计方式。How it is counted.
    async fn measure(&self) -> GoalMeasure {
        self.0.indicator.measure.into()
    }

    /// 来源与口径。Where it comes from, and how it is counted.
    async fn provenance(&self) -> &str {
        &self.0.indicator.provenance
    }

    /// 该年度的目标;未设定为空。The target of the year; empty where none is set.
    async fn target(&self) -> Option<GoalTarget> {
        self.0.target.clone().map(GoalTarget)
    }

    /// 实际值;年度未开始或不予公布时为空。The actual number; empty where the year has not begun, or it is
    /// covered.
    async fn actual(&self) -> Option<i64> {
        self.0.figure.actual
    }

    /// 进度:实际值占目标的百分比,不四舍五入到达标;目标为零时为空。The actual number in percent of the
    /// target, never rounded to the target; empty where the target is zero.
    async fn progress(&self) -> Option<i64> {
        self.0.figure.progress()
    }

    /// 是否达标(按方向判断)。Whether the target is met, as the direction has it.
    async fn met(&self) -> Option<bool> {
        self.0.figure.is_met()
    }

    /// 是否因数值过小(或可推算出过小的数)不予公布。Whether the number is covered: it is small, or a
    /// small one could be reckoned from it.
    async fn suppressed(&self) -> bool {
        self.0.figure.covered
    }

    /// 年度结账时间;未结账为空。When the city closed the year; empty while it is counted.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// 统计时间。As of when.
    async fn as_of(&self) -> DateTime<Utc> {
        self.0.as_of
    }
}

/// 目标指标在下一级区划的情况。What an indicator comes to in one division below.
pub struct GoalCell(figures::Cell);

/// 目标指标在下一级区划的情况。What an indicator comes to in one division below.
#[Object]
impl GoalCell {
    /// 区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division).await
    }

    /// 该区划该年度的目标。Its own target of the year.
    async fn target(&self) -> Option<GoalTarget> {
        self.0.target.clone().map(GoalTarget)
    }

    /// 实际值;不予公布时为空。The actual number; empty where it is covered.
    async fn actual(&self) -> Option<i64> {
        self.0.figure.actual
    }

    /// 进度:实际值占目标的百分比。The actual number in percent of the target.
    async fn progress(&self) -> Option<i64> {
        self.0.figure.progress()
    }

    /// 是否达标。Whether the target is met.
    async fn met(&self) -> Option<bool> {
        self.0.figure.is_met()
    }

    /// 是否不予公布。Whether the number is covered.
    async fn suppressed(&self) -> bool {
        self.0.figure.covered
    }
}

/// Goal queries.
#[derive(Default)]
pub struct GoalQuery;

#[Object]
impl GoalQuery {
    /// 五大联动目标在某区划、某年度的完成情况(公开),自下而上汇总。The outcome goals in a division and a
    /// year, rolled up from below; for everybody.
    async fn goals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "区划。The division.")] division_code: DivisionCode,
        #[graphql(desc = "年度。The year.")] year: i32,
    ) -> Result<Option<Vec<Goal>>> {
        let (state, _) = asked(ctx);
        let found = app::goal::of_division(state, &division_code.0, year).await?;
        let goal = |(goal, indicators)| Goal(goal, indicators);
        Ok(Some(found.into_iter().map(goal).collect()))
    }

    /// 一项目标指标在下一级各区划的完成情况(公开)。One indicator of a goal by the divisions directly
    /// below; for everybody.
    async fn goal_breakdown(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "指标代码。The code of the indicator.")] indicator: String,
        #[graphql(desc = "上级区划。The division above.")] division_code: DivisionCode,
        #[graphql(desc = "年度。The year.")] year: i32,
    ) -> Result<Option<Vec<GoalCell>>> {
        let (state, _) = asked(ctx);
        let found = app::goal::breakdown(state, &indicator, &division_code.0, year).await?;
        Ok(found.map(|cells| cells.into_iter().map(GoalCell).collect()))
    }
}
