//! 目标值 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, DivisionCode, Opaque, global, listed, page},
};

use super::{
    asked,
    division::{self, Division},
    loaders::Loaders,
};
use crate::{
    app::{self, goal_target::TargetFilter},
    domain::goal_target as domain,
};

/// 目标值:某指标在某区划、某年度的目标,依文件设定,只能由新的目标取代。A target of an indicator for a
/// division and a year, set on a document; never edited, another one takes its place.
pub struct GoalTarget(pub domain::GoalTarget);

/// 目标值:某指标在某区划、某年度的目标,依文件设定,只能由新的目标取代。A target of an indicator for a
/// division and a year, set on a document; never edited, another one takes its place.
#[Object]
impl GoalTarget {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 指标代码。The code of its indicator.
    async fn indicator(&self) -> &str {
        &self.0.indicator
    }

    /// 区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 年度。The year.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// 目标值;为空表示依文件撤销。The target; empty where a document took it back.
    async fn amount(&self) -> Option<i64> {
        self.0.amount
    }

    /// 依据文件。The document it rests on.
    async fn document(&self) -> &str {
        &self.0.document
    }

    /// 是否为示范数据(并非由主管部门下达)。Whether it is for demonstrations: no office has set it.
    async fn demo(&self) -> bool {
        self.0.demo
    }

    /// 生效日。The day it is in force from.
    async fn effective_from(&self) -> Date {
        Date(self.0.effective_from)
    }

    /// 被取代之日;现行为空。The day another one took its place; empty while it is in force.
    async fn effective_until(&self) -> Option<Date> {
        self.0.effective_until.map(Date)
    }

    /// 取代它的目标。The target that took its place.
    async fn superseded_by(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.superseded_by {
            Some(id) => load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// 设定时间。When it was set.
    async fn set_at(&self) -> DateTime<Utc> {
        self.0.set_at
    }
}

/// The target of an id.
async fn load(ctx: &Context<'_>, id: domain::GoalTargetId) -> Result<Option<GoalTarget>> {
    let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
    Ok(found.map(GoalTarget))
}

/// Target queries.
#[derive(Default)]
pub struct GoalTargetQuery;

#[Object]
impl GoalTargetQuery {
    /// 目标值及其沿革(公开),新的在前。Targets with those they took the place of, newest first; for
    /// everybody.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn goal_targets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "此区划及其下级。Of this division and all below it.")]
        division_code: Option<DivisionCode>,
        #[graphql(desc = "年度。Of this year.")] year: Option<i32>,
        #[graphql(desc = "指标代码。Of this indicator.")] indicator: Option<String>,
        #[graphql(
            desc = "只看未被取代的。Only those none has taken the place of.",
            default = false
        )]
        last_only: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, GoalTarget>>> {
        let page = page(first, after, last, before)?;
        let (state, _) = asked(ctx);
        let filter = TargetFilter {
            below: division_code.map(|it| it.0),
            year,
            indicator,
            last: last_only,
        };
        let found = app::goal_target::list(state, filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), GoalTarget)
    }
}

/// 设定目标的输入。What is to be reached.
#[derive(InputObject)]
pub struct SetGoalTargetInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 指标代码。The code of the indicator.
    indicator: String,
    /// 区划:须为本辖区或其下级。The division: the caller's own, or below it.
    division_code: DivisionCode,
    /// 年度(2000 至 2100)。The year, 2000 to 2100.
    year: i32,
    /// 目标值(0 至 10 亿);为空表示撤销现行目标。The target, 0 to 1,000,000,000; empty to take the
    /// present one back.
    amount: Option<i64>,
    /// 依据文件(1 至 200 字)。The document it rests on, 1 to 200 characters.
    document: String,
    /// 生效日,须在年度结束前;默认今日(年度未开始为年初,已结束为年末)。From which day, before the year
    /// ends; by default today, or the day of the year that is nearest.
    effective_from: Option<Date>,
    /// 是否为示范数据。Whether it is for demonstrations.
    #[graphql(default = false)]
    demo: bool,
}

/// 设定目标的结果。The target.
#[derive(SimpleObject)]
pub struct SetGoalTargetPayload {
    /// 目标。The target.
    goal_target: Option<GoalTarget>,
}

/// Target mutations.
#[derive(Default)]
pub struct GoalTargetMutation;

#[Object]
impl GoalTargetMutation {
    /// 设定目标(本区划或上级民政);原目标自新目标生效日起失效。Sets a target (civil affairs of the
    /// division or above); the one before it gives way.
    async fn set_goal_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SetGoalTargetInput,
    ) -> Result<SetGoalTargetPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = domain::NewTarget {
            indicator: input.indicator,
            division_code: input.division_code.0,
            year: input.year,
            amount: input.amount,
            document: input.document,
            demo: input.demo,
            effective_from: input.effective_from.map(|it| it.0),
        };
        let (state, caller) = asked(ctx);
        let id = app::goal_target::set(state, caller, key, given).await?;
        Ok(SetGoalTargetPayload {
            goal_target: load(ctx, id).await?,
        })
    }
}
