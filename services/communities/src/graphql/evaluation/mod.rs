//! 居委会工作评价 in the graph.

mod mutation;

use async_graphql::{Context, Enum, ID};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode},
};

pub use mutation::EvaluationMutation;

use super::{
    asked,
    community::Community,
    foreign::Division,
    loaders::{Loaders, RatersOf, Scoped},
    shape::{CommunityStateChange, enums, history, output, part, parts, queries},
};
use crate::{app::evaluation as app, domain::evaluation as domain};

/// 评价状态。Where a round stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::EvaluationState")]
pub enum EvaluationState {
    /// 已公告。Announced.
    Opened,
    /// 评价中。Residents rate.
    Collecting,
    /// 已截止。Closed and counted.
    Closed,
    /// 已公布。Published.
    Published,
    /// 整改中。Things are put right.
    Rectification,
    /// 已核实。Verified.
    Verified,
}
enums!(EvaluationState = domain::EvaluationState);

output! {
    /// 居委会工作评价的一轮。A round of the residents' evaluation of their committee.
    CommitteeEvaluation of domain::Evaluation {
        /// 全局编号。Global id.
        id: ID,
        /// 第几轮。Counts the rounds.
        round: i32,
        /// 名称。Its title.
        title: String,
        /// 开始时间。When residents may begin.
        opens_at: DateTime<Utc>,
        /// 截止时间。Until when.
        closes_at: DateTime<Utc>,
        /// 状态。Where it stands.
        state: EvaluationState,
        /// 公布时间。When the result was published.
        published_at: Option<DateTime<Utc>>,
        /// 复评开始。When those who rated first may rate again.
        second_opens_at: Option<DateTime<Utc>>,
        /// 复评截止。Until when.
        second_closes_at: Option<DateTime<Utc>>,
        /// 版本。Goes up with every change.
        version: i32,
    }
    refers {
        /// 所在区划。Where it is.
        division: Division = division_code,
    }
    holds {
        /// 社区。The community.
        community: Community = community_id,
    }
    parts {
        /// 评价维度。What is rated.
        dimensions: [EvaluationDimension],
        /// 整改清单。What is put right.
        rectifications: [RectificationItem],
    }
    plus {
        /// 参评人数。How many have rated.
        async fn raters(
            &self,
            ctx: &Context<'_>,
            #[graphql(default, desc = "是否复评。Of the second rating.")] second: bool,
        ) -> Result<i32> {
            let key = RatersOf(self.0.id, if second { 2 } else { 1 });
            let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
            Ok(i32::try_from(found.unwrap_or(0)).unwrap_or(i32::MAX))
        }

        /// 结果(公布后可见)。What residents said; nothing before it is published.
        async fn results(&self, ctx: &Context<'_>) -> Result<Vec<EvaluationResult>> {
            if !self.0.state.is_public() {
                return Ok(Vec::new());
            }
            let found = parts::<Scoped, _>(ctx, self.0.id).await?;
            Ok(found.into_iter().map(EvaluationResult).collect())
        }

        /// 经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<CommunityStateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

output! {
    /// 评价维度。What is rated.
    EvaluationDimension of domain::Dimension {
        /// 全局编号。Global id.
        id: ID,
        /// 编号。Its code.
        code: String,
        /// 名称。Its title.
        title: String,
        /// 权重,合计 100。How much it counts, of a hundred.
        weight: i32,
    }
    plus {}
}

output! {
    /// 一个维度的结果。What residents said of a dimension.
    EvaluationResult of domain::EvaluationResult {
        /// 1 首评,2 复评。1 the first rating, 2 the second.
        phase: i32,
        /// 参评人数。How many rated.
        raters: i32,
        /// 平均分(百分之一分,满分 500)。The average in hundredths of a point; 500 is the most.
        average: i32,
    }
    holds {
        /// 维度。The dimension.
        dimension: EvaluationDimension = dimension_id,
    }
    plus {}
}

output! {
    /// 整改事项。Something that is put right.
    RectificationItem of domain::Rectification {
        /// 全局编号。Global id.
        id: ID,
        /// 措施。What is done.
        measure: String,
        /// 期限。By when.
        due_on: Date,
        /// 完成情况。What shows that it was done.
        evidence: Option<String>,
        /// 完成时间。When it was done.
        done_at: Option<DateTime<Utc>>,
    }
    holds {
        /// 维度。The dimension that fell short.
        dimension: EvaluationDimension = dimension_id,
    }
    plus {
        /// 是否逾期。Whether it should have been done.
        async fn overdue(&self, ctx: &Context<'_>) -> bool {
            let (state, _) = asked(ctx);
            self.0.is_overdue(china_date(state.core.clock.now()))
        }
    }
}

part! {
    /// 只看哪些评价。Which rounds only.
    CommitteeEvaluationFilter => app::Filter {
        /// 此区划及其下级。Of this division and all below it.
        division_code: Option<DivisionCode>,
        /// 社区。Of this community.
        community_id: Option<ID>,
        /// 状态。In this state.
        state: Option<EvaluationState>,
    }
}

queries! {
    /// Evaluation queries.
    EvaluationQuery of CommitteeEvaluation, domain::EvaluationId {
        entity find_committee_evaluation_by_id;
        /// 按编号查评价。A round by id.
        one committee_evaluation;
        /// 评价,新的在前。Rounds, newest first.
        many committee_evaluations(CommitteeEvaluationFilter => app::Filter) by app::list;
    }
}
