//! 入孵组织 in the graph.

mod input;

pub use input::IncubateeMutation;

use async_graphql::{Context, ID};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, DivisionCode},
};

use super::{
    foreign::Division,
    growth::GrowthScore,
    incubation_centre::IncubationCentre,
    loaders::Scoped,
    organization::Organization,
    review::IncubateeReview,
    session::{IncubationServiceSum, IncubationSession},
    shape::{StateChange, asked, enums, history, output, part, parts, queries},
};
use crate::{
    app::{incubatee as app, review},
    domain::incubatee::{self as domain, IncubateeId},
};

enums! {
    /// 入孵状态。Where an incubation stands.
    IncubateeState = domain::IncubateeState {
        /// 已申请。Applied for.
        Applied,
        /// 初审通过,待评审。Screened, to be reviewed.
        Screened,
        /// 评审通过。Reviewed and passed.
        Reviewed,
        /// 已签孵化协议。Under agreement.
        Agreement,
        /// 在孵。Being incubated.
        Incubating,
        /// 延期在孵。Being incubated beyond the first term.
        Extended,
        /// 出壳。Graduated.
        Graduated,
        /// 出壳后跟踪。Graduated and followed.
        Tracked,
        /// 已终止,待移交。Ended; the room is to be handed over.
        Terminated,
        /// 已移交。Ended; the room was handed over.
        Vacated,
        /// 未通过。Not accepted.
        Rejected,
        /// 已撤回。Taken back by the applicant.
        Withdrawn,
    }
    /// 孵化阶段。How far an organisation has grown.
    IncubationStage = domain::IncubationStage {
        /// 种子期。Seed.
        Seed,
        /// 初创期。Start.
        Start,
        /// 成长期。Growth.
        Growth,
    }
}

output! {
    /// 入孵组织。An organisation in a centre, from application to graduation or to its end.
    Incubatee of domain::Incubatee {
        /// 全局编号。Global id.
        id: ID,
        /// 孵化目标。What it wants to become.
        goal: String,
        /// 重点类型加分。What its kind adds to the review.
        priority_points: i32,
        /// 申请日期。The day it applied.
        applied_on: Date,
        /// 状态。Where it stands.
        state: IncubateeState,
        /// 孵化阶段。How far it has grown.
        stage: Option<IncubationStage>,
        /// 评审总分(平均分加重点类型加分)。The result of the review: the mean and what its kind adds.
        review_total: Option<i32>,
        /// 协议起始日。The first day of the agreement.
        agreement_from: Option<Date>,
        /// 协议截止日。The last day of the agreement.
        agreement_to: Option<Date>,
        /// 延期次数。How often it was extended.
        extensions: i32,
        /// 入驻日期。The day it moved in.
        started_on: Option<Date>,
        /// 出壳日期。The day it graduated.
        graduated_on: Option<Date>,
        /// 终止日期。The day it ended.
        ended_on: Option<Date>,
        /// 移交期限。The last day to hand the room over.
        vacate_due: Option<Date>,
        /// 移交日期。The day the room was handed over.
        vacated_on: Option<Date>,
        /// 版本。Goes up with every change.
        version: i32,
        /// 录入时间。When it was entered.
        created_at: DateTime<Utc>,
    }
    refers {
        /// 区划。Where the centre is.
        division: Division = division_code,
    }
    links {
        /// 组织。The organisation.
        organization: Organization = organization_id,
        /// 孵化中心。The centre.
        centre: IncubationCentre = centre_id,
    }
    parts {
        /// 孵化服务记录,按时间先后。Every time of a service, in order.
        sessions: [IncubationSession],
        /// 成长评估,按时间先后。Growth scores, in order.
        growth_scores: [GrowthScore],
    }
    plus {
        /// 是否逾期:协议到期未办结,或未按期移交。Whether the agreement ran out, or the room is not handed over in time.
        async fn overdue(&self, ctx: &Context<'_>) -> bool {
            let (state, _) = asked(ctx);
            self.0.overdue(china_date(state.core.clock.now()))
        }
        /// 已确认的服务,按七类汇总。Confirmed services, summed by their seven kinds.
        async fn services(&self, ctx: &Context<'_>) -> Result<Vec<IncubationServiceSum>> {
            IncubationServiceSum::confirmed(ctx, self.0.id).await
        }
        /// 评审表,仅社区、民政部门和审计可见。The sheets of the reviewers, for staff and oversight alone.
        async fn reviews(&self, ctx: &Context<'_>) -> Result<Option<Vec<IncubateeReview>>> {
            let (state, caller) = asked(ctx);
            if !review::open_to(state, caller, &self.0) {
                return Ok(None);
            }
            let found = parts::<Scoped, _>(ctx, self.0.id).await?;
            Ok(Some(found.into_iter().map(IncubateeReview).collect()))
        }

        /// 办理经过。What has happened.
        async fn history(&self, ctx: &Context<'_>) -> Result<Vec<StateChange>> {
            history(ctx, self.0.id).await
        }
    }
}

part! {
    /// 筛选入孵组织。Which incubations.
    IncubateeFilter => app::Filter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 只看此中心。Only in this centre.
        centre_id: Option<ID>,
        /// 只看此组织。Only of this organisation.
        organization_id: Option<ID>,
        /// 只看此状态。Only in this state.
        state: Option<IncubateeState>,
        /// 只看此阶段。Only in this stage.
        stage: Option<IncubationStage>,
        /// 是否逾期。Whether something is overdue.
        overdue: Option<bool>,
        /// 是否重点类型。Whether its kind is encouraged.
        priority: Option<bool>,
    }
}

queries! {
    /// Queries for incubations.
    IncubateeQuery of Incubatee, IncubateeId {
        entity find_incubatee_by_id;
        /// 按编号查入孵组织。An incubation by id.
        one incubatee;
        /// 入孵组织,新的在前;本辖区、本组织和本单位运营的中心可见。Incubations one may see, newest first.
        many incubatees(IncubateeFilter => app::Filter) by app::list;
    }
}
