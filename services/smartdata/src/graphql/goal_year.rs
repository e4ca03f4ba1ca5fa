//! 年度结账 in the graph.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{Result, graph::DivisionCode};

use super::{
    asked,
    division::{self, Division},
};
use crate::{app, domain::goal_year as domain};

/// 已结账的年度:实际值与目标不再变化。A year that a city closed: what it came to, and its targets, stay.
pub struct GoalYear(domain::GoalYear);

/// 已结账的年度:实际值与目标不再变化。A year that a city closed: what it came to, and its targets, stay.
#[Object]
impl GoalYear {
    /// 地级市。The city.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 年度。The year.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// 结账时间。When it was closed.
    async fn closed_at(&self) -> DateTime<Utc> {
        self.0.closed_at
    }
}

/// 年度结账的输入。Which year of which city.
#[derive(InputObject)]
pub struct CloseGoalYearInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 地级市。The city.
    division_code: DivisionCode,
    /// 已结束的年度。A year that is over.
    year: i32,
}

/// 年度结账的结果。The closed year.
#[derive(SimpleObject)]
pub struct CloseGoalYearPayload {
    /// 已结账的年度。The closed year.
    goal_year: GoalYear,
}

/// Mutations of years.
#[derive(Default)]
pub struct GoalYearMutation;

#[Object]
impl GoalYearMutation {
    /// 年度结账(市或省民政):固定实际值,目标不可再更改。Closes a year that is over (civil affairs of the
    /// city or above): what it came to is kept, and its targets never change again.
    async fn close_goal_year(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CloseGoalYearInput,
    ) -> Result<CloseGoalYearPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::goal_year::Close {
            division_code: input.division_code.0,
            year: input.year,
        };
        let (state, caller) = asked(ctx);
        let closed = app::goal_year::close(state, caller, key, given).await?;
        Ok(CloseGoalYearPayload {
            goal_year: GoalYear(closed),
        })
    }
}
