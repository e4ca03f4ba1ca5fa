//! 预估、计划、评估 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::{
    super::{at, keyed},
    Case, CaseRisk,
};
use crate::{app::case as app, domain::case::plan as domain};

/// 签署方式。How a client said yes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Signing", name = "CaseSigning")]
pub enum Signing {
    /// 本人在线签署。The client, signed in.
    Online,
    /// 纸质签署。On paper, entered by the worker.
    Paper,
    /// 监护人纸质签署。A guardian, on paper.
    Guardian,
}

/// 服务计划。A version of the plan of a case; its words are in the file.
#[derive(SimpleObject)]
pub struct CasePlan {
    /// 全局编号。Global id.
    id: ID,
    /// 版次。Which version.
    number: i32,
    /// 轮次。The round.
    round: i32,
    /// 目标数。How many goals it has.
    goals: i32,
    /// 检视日期。The day of its review.
    review_on: Date,
    /// 拟定时间。When it was drafted.
    drafted_at: DateTime<Utc>,
    /// 签署方式。How the client signed.
    signed_by: Option<Signing>,
    /// 签署时间。When the client signed.
    signed_at: Option<DateTime<Utc>>,
    /// 督导是否批准;空为未审。Whether the supervisor approved it; none while it waits.
    approved: Option<bool>,
    /// 审批时间。When the supervisor reviewed it.
    reviewed_at: Option<DateTime<Utc>>,
}

impl From<domain::CasePlan> for CasePlan {
    fn from(plan: domain::CasePlan) -> Self {
        Self {
            id: global(plan.id),
            number: plan.number,
            round: plan.round,
            goals: plan.goals,
            review_on: Date(plan.review_on),
            drafted_at: plan.drafted_at,
            signed_by: plan.signed_by.map(Into::into),
            signed_at: plan.signed_at,
            approved: plan.approved,
            reviewed_at: plan.reviewed_at,
        }
    }
}

/// 预估的输入。What was found.
#[derive(InputObject)]
pub struct AssessCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 风险等级。The risk that was found.
    risk: CaseRisk,
    /// 发现(1 至 10000 字,加密保存)。What was found; kept encrypted.
    findings: String,
}

/// 预估的结果。The case, assessed.
#[derive(SimpleObject)]
pub struct AssessCasePayload {
    /// 个案。The case.
    case: Case,
}

/// 目标与指标的输入。A goal, and what shows that it was reached.
#[derive(InputObject)]
pub struct CaseGoalInput {
    /// 目标(1 至 500 字)。The goal.
    goal: String,
    /// 指标(1 至 500 字)。The indicator.
    indicator: String,
}

/// 制定计划的输入。What is planned.
#[derive(InputObject)]
pub struct PlanCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 目标(1 至 10 个,加密保存)。1 to 10 goals; kept encrypted.
    goals: Vec<CaseGoalInput>,
    /// 检视日期(一年以内)。The day of its review, within a year.
    review_on: Date,
}

/// 制定计划的结果。The case with its plan.
#[derive(SimpleObject)]
pub struct PlanCasePayload {
    /// 个案。The case.
    case: Case,
}

/// 签署计划的输入。How a client agrees to the newest plan.
#[derive(InputObject)]
pub struct SignCasePlanInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 签署方式。How.
    signing: Signing,
    /// 纸质文书编号;在线签署不填。The number of the paper; none online.
    paper: Option<String>,
}

/// 签署计划的结果。The case with the plan signed.
#[derive(SimpleObject)]
pub struct SignCasePlanPayload {
    /// 个案。The case.
    case: Case,
}

/// 审批计划的输入。What the supervisor says to the newest plan.
#[derive(InputObject)]
pub struct ReviewCasePlanInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 是否批准。Whether it is approved.
    approved: bool,
    /// 意见;退回时须填。What the supervisor says; required where it is given back.
    note: Option<String>,
}

/// 审批计划的结果。The case with the plan reviewed.
#[derive(SimpleObject)]
pub struct ReviewCasePlanPayload {
    /// 个案。The case.
    case: Case,
}

/// 成效评估的输入。What came of the plan.
#[derive(InputObject)]
pub struct EvaluateCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 各目标达成度(-2 至 2),与计划目标一一对应。For each goal of the plan, from -2 to 2.
    attainments: Vec<i32>,
    /// 总结(1 至 10000 字,加密保存)。The summary; kept encrypted.
    summary: String,
}

/// 成效评估的结果。The case, evaluated.
#[derive(SimpleObject)]
pub struct EvaluateCasePayload {
    /// 个案。The case.
    case: Case,
}

/// Mutations around the plan.
#[derive(Default)]
pub struct PlanMutation;

#[Object]
impl PlanMutation {
    /// 写预估(个案社工);本轮首次预估使个案进入预估阶段。Writes an assessment; the first of a round moves the case on.
    async fn assess_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AssessCaseInput,
    ) -> Result<AssessCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let assess = app::Assess {
            case_id: typed(&input.case_id, "input.caseId")?,
            risk: input.risk.into(),
            findings: input.findings,
        };
        let (state, caller) = at(ctx);
        let case = Case(app::assess(state, caller, key, assess).await?);
        Ok(AssessCasePayload { case })
    }

    /// 制定或修订服务计划(个案社工)。Drafts a plan, or its next version.
    async fn plan_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlanCaseInput,
    ) -> Result<PlanCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let goals = input.goals.into_iter().map(|one| domain::Goal {
            goal: one.goal,
            indicator: one.indicator,
        });
        let plan = app::Plan {
            case_id: typed(&input.case_id, "input.caseId")?,
            goals: goals.collect(),
            review_on: input.review_on.0,
        };
        let (state, caller) = at(ctx);
        let case = Case(app::plan(state, caller, key, plan).await?);
        Ok(PlanCasePayload { case })
    }

    /// 签署服务计划(服务对象在线,或社工录入纸质签署)。The client signs the plan, or the worker enters the paper.
    async fn sign_case_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: SignCasePlanInput,
    ) -> Result<SignCasePlanPayload> {
        let key = keyed(&input.idempotency_key)?;
        let sign = app::Sign {
            case_id: typed(&input.case_id, "input.caseId")?,
            signing: input.signing.into(),
            paper: input.paper,
        };
        let (state, caller) = at(ctx);
        let case = Case(app::sign_plan(state, caller, key, sign).await?);
        Ok(SignCasePlanPayload { case })
    }

    /// 审批服务计划(督导)。Approves the plan or gives it back: the supervisor.
    async fn review_case_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReviewCasePlanInput,
    ) -> Result<ReviewCasePlanPayload> {
        let key = keyed(&input.idempotency_key)?;
        let review = app::Review {
            case_id: typed(&input.case_id, "input.caseId")?,
            approved: input.approved,
            note: input.note,
        };
        let (state, caller) = at(ctx);
        let case = Case(app::review_plan(state, caller, key, review).await?);
        Ok(ReviewCasePlanPayload { case })
    }

    /// 成效评估(个案社工)。Evaluates a case by the goals of its plan.
    async fn evaluate_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EvaluateCaseInput,
    ) -> Result<EvaluateCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let evaluate = app::Evaluate {
            case_id: typed(&input.case_id, "input.caseId")?,
            attainments: input.attainments,
            summary: input.summary,
        };
        let (state, caller) = at(ctx);
        let case = Case(app::evaluate(state, caller, key, evaluate).await?);
        Ok(EvaluateCasePayload { case })
    }
}
