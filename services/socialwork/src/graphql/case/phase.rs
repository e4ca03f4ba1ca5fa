//! 个案的阶段 in the graph: opened, moved, ended.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kit::{Result, graph::typed};

use super::{
    super::{at, keyed},
    Case, CaseClosure, CaseRisk,
};
use crate::app::case as app;

/// 接案的输入。What a case is opened with.
#[derive(InputObject)]
pub struct OpenCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 服务对象。The client.
    resident_id: ID,
    /// 督导;不能是本人。The supervisor; somebody else than the caller.
    supervisor_id: ID,
    /// 风险等级。The risk.
    risk: CaseRisk,
    /// 接案问题(1 至 5000 字,加密保存)。What the client comes with; kept encrypted.
    problem: String,
}

/// 接案的结果。The case.
#[derive(SimpleObject)]
pub struct OpenCasePayload {
    /// 个案。The case.
    case: Case,
}

/// 开始介入的输入。Whose plan is carried out.
#[derive(InputObject)]
pub struct BeginInterventionInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
}

/// 开始介入的结果。The case in its intervention.
#[derive(SimpleObject)]
pub struct BeginInterventionPayload {
    /// 个案。The case.
    case: Case,
}

/// 结案的输入。Which case is closed, and why.
#[derive(InputObject)]
pub struct CloseCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 原因。Why.
    closure: CaseClosure,
}

/// 结案的结果。The case, closed.
#[derive(SimpleObject)]
pub struct CloseCasePayload {
    /// 个案。The case.
    case: Case,
}

/// 终止个案的输入。Which case ends before its time.
#[derive(InputObject)]
pub struct TerminateCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 原因;服务对象本人终止时记为“服务对象退出”。Why; where the client ends it, that they did.
    closure: CaseClosure,
}

/// 终止个案的结果。The case, terminated.
#[derive(SimpleObject)]
pub struct TerminateCasePayload {
    /// 个案。The case.
    case: Case,
}

/// 重新开案的输入。Which case begins again.
#[derive(InputObject)]
pub struct ReopenCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
}

/// 重新开案的结果。The case in a new round.
#[derive(SimpleObject)]
pub struct ReopenCasePayload {
    /// 个案。The case.
    case: Case,
}

/// 移交个案的输入。Who goes on with a case.
#[derive(InputObject)]
pub struct HandOverCaseInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 接手社工。Who goes on.
    worker_id: ID,
    /// 理由(1 至 500 字)。Why, 1 to 500 characters.
    reason: String,
}

/// 移交个案的结果。The case with its new worker.
#[derive(SimpleObject)]
pub struct HandOverCasePayload {
    /// 个案。The case.
    case: Case,
}

/// 紧急查阅的输入。Whose open cases must be seen, and why.
#[derive(InputObject)]
pub struct BreakCaseGlassInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民。The resident in need.
    resident_id: ID,
    /// 理由(1 至 500 字);服务对象可见。Why, 1 to 500 characters; the client sees it.
    reason: String,
}

/// 紧急查阅的结果。The open cases of the resident.
#[derive(SimpleObject)]
pub struct BreakCaseGlassPayload {
    /// 在办个案;没有则为空。Open cases; none where there is none.
    cases: Vec<Case>,
}

/// Mutations of phases.
#[derive(Default)]
pub struct PhaseMutation;

#[Object]
impl PhaseMutation {
    /// 接案(社会工作者)。Takes up a case: a social worker.
    async fn open_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: OpenCaseInput,
    ) -> Result<OpenCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let open = app::Open {
            client_id: typed(&input.resident_id, "input.residentId")?,
            supervisor_id: typed(&input.supervisor_id, "input.supervisorId")?,
            risk: input.risk.into(),
            problem: input.problem,
        };
        let (state, caller) = at(ctx);
        let case = Case(app::open(state, caller, key, open).await?);
        Ok(OpenCasePayload { case })
    }

    /// 开始介入(个案社工);计划须已由服务对象签署并经督导批准。Begins the intervention; the plan is signed and approved.
    async fn begin_intervention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: BeginInterventionInput,
    ) -> Result<BeginInterventionPayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.case_id, "input.caseId")?;
        let (state, caller) = at(ctx);
        let case = Case(app::intervene(state, caller, key, id).await?);
        Ok(BeginInterventionPayload { case })
    }

    /// 结案(个案社工);须已有成效评估。Closes an evaluated case.
    async fn close_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CloseCaseInput,
    ) -> Result<CloseCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let end = app::End {
            case_id: typed(&input.case_id, "input.caseId")?,
            closure: input.closure.into(),
        };
        let (state, caller) = at(ctx);
        let case = Case(app::close(state, caller, key, end).await?);
        Ok(CloseCasePayload { case })
    }

    /// 终止个案(个案社工、督导或服务对象本人)。Ends a case before its time: the worker, the supervisor, or the client.
    async fn terminate_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: TerminateCaseInput,
    ) -> Result<TerminateCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let end = app::End {
            case_id: typed(&input.case_id, "input.caseId")?,
            closure: input.closure.into(),
        };
        let (state, caller) = at(ctx);
        let case = Case(app::terminate(state, caller, key, end).await?);
        Ok(TerminateCasePayload { case })
    }

    /// 重新开案,从预估开始(个案社工)。Reopens a case, which begins with an assessment.
    async fn reopen_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReopenCaseInput,
    ) -> Result<ReopenCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let id = typed(&input.case_id, "input.caseId")?;
        let (state, caller) = at(ctx);
        let case = Case(app::reopen(state, caller, key, id).await?);
        Ok(ReopenCasePayload { case })
    }

    /// 移交个案给另一位社工(督导)。Gives a case to another worker: the supervisor.
    async fn hand_over_case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: HandOverCaseInput,
    ) -> Result<HandOverCasePayload> {
        let key = keyed(&input.idempotency_key)?;
        let over = app::HandOver {
            case_id: typed(&input.case_id, "input.caseId")?,
            worker_id: typed(&input.worker_id, "input.workerId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let case = Case(app::hand_over(state, caller, key, over).await?);
        Ok(HandOverCasePayload { case })
    }

    /// 紧急查阅居民的在办个案(本辖区工作人员、社工);限时,服务对象可见查阅人与理由。Opens somebody's cases in need, for some hours; the client sees who, and why.
    async fn break_case_glass(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: BreakCaseGlassInput,
    ) -> Result<BreakCaseGlassPayload> {
        let key = keyed(&input.idempotency_key)?;
        let glass = app::BreakGlass {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            reason: input.reason,
        };
        let (state, caller) = at(ctx);
        let found = app::break_glass(state, caller, key, glass).await?;
        Ok(BreakCaseGlassPayload {
            cases: found.into_iter().map(Case).collect(),
        })
    }
}
