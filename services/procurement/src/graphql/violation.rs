//! 违规 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{DivisionCode, Opaque, global, listed, page, typed},
};

use super::{asked, foreign::Organization};
use crate::{app, domain::violation as domain};

/// 违规类别。What was done against the plan.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ViolationKind")]
pub enum ViolationKind {
    /// 未按批准的计划实施。A departure from the approved plan.
    PlanDeparture,
    /// 弄虚作假。A false record.
    FalseRecord,
    /// 挪用资金。Money diverted.
    Diversion,
    /// 转包。Subcontracting.
    Subcontracting,
    /// 串通。Collusion.
    Collusion,
    /// 其他。Something else.
    Other,
}

/// 违规状态。Where a violation stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ViolationState")]
pub enum ViolationState {
    /// 已举报。Reported; the contractor is heard.
    Reported,
    /// 认定。Found.
    Confirmed,
    /// 不成立。Not found.
    Dismissed,
}

/// 违规。A violation; public once found, but for who reported it.
#[derive(SimpleObject)]
pub struct Violation {
    /// 全局编号。Global id.
    id: ID,
    /// 合同编号。The contract.
    contract_id: ID,
    /// 承接组织。Whose violation it is.
    organization: Option<Organization>,
    /// 类别。What was done against the plan.
    kind: ViolationKind,
    /// 事实。The facts.
    facts: String,
    /// 举报时间。When it was reported.
    reported_at: DateTime<Utc>,
    /// 承接方陈述期限。Until when the contractor is heard.
    answer_by: DateTime<Utc>,
    /// 承接方陈述。What the contractor said.
    statement: Option<String>,
    /// 状态。Where it stands.
    state: ViolationState,
    /// 认定意见。The finding.
    finding: Option<String>,
    /// 认定时间。When it was decided.
    decided_at: Option<DateTime<Utc>>,
}

impl From<domain::Violation> for Violation {
    fn from(one: domain::Violation) -> Self {
        Self {
            id: global(one.id),
            contract_id: global(one.contract_id),
            organization: one.organization_id.map(Into::into),
            kind: one.kind.into(),
            facts: one.facts,
            reported_at: one.reported_at,
            answer_by: one.answer_by,
            statement: one.statement.map(|(said, _)| said),
            state: one.state.into(),
            decided_at: one.finding.as_ref().map(|finding| finding.at),
            finding: one.finding.map(|finding| finding.text),
        }
    }
}

/// Violation queries.
#[derive(Default)]
pub struct ViolationQuery;

#[Object]
impl ViolationQuery {
    /// 违规,新的在前;认定的公开,其他限本区划经办和监督人员。Violations, newest first: those found are public, others for officials of the division.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn violations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<ViolationState>,
        #[graphql(desc = "只看此区划之内。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "只看此组织。Only of this organisation.")] organization_id: Option<ID>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Violation>>> {
        let page = page(first, after, last, before)?;
        let organization_id = organization_id
            .map(|id| typed(&id, "organizationId"))
            .transpose()?;
        let filter = domain::ViolationFilter {
            state: state.map(Into::into),
            below: division_code.map(|code| code.0),
            organization_id,
        };
        let (state, caller) = asked(ctx);
        let found = app::violation::list(state, caller, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), Violation::from)
    }
}

/// 举报违规的输入。What was done.
#[derive(InputObject)]
pub struct ReportViolationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 合同。The contract.
    contract_id: ID,
    /// 类别。What was done against the plan.
    kind: ViolationKind,
    /// 事实。The facts.
    facts: String,
}

/// 举报违规的结果。The report.
#[derive(SimpleObject)]
pub struct ReportViolationPayload {
    /// 举报。The report.
    violation: Violation,
}

/// 陈述意见的输入。What the contractor says.
#[derive(InputObject)]
pub struct AnswerViolationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 举报。The report.
    violation_id: ID,
    /// 陈述。What it has to say.
    statement: String,
}

/// 陈述意见的结果。The report after it.
#[derive(SimpleObject)]
pub struct AnswerViolationPayload {
    /// 举报。The report.
    violation: Violation,
}

/// 认定违规的输入。The finding.
#[derive(InputObject)]
pub struct DecideViolationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 举报。The report.
    violation_id: ID,
    /// 是否认定。Whether it is found.
    confirmed: bool,
    /// 认定意见。The finding.
    finding: String,
}

/// 认定违规的结果。The report after it.
#[derive(SimpleObject)]
pub struct DecideViolationPayload {
    /// 举报。The report.
    violation: Violation,
}

/// Violation mutations.
#[derive(Default)]
pub struct ViolationMutation;

#[Object]
impl ViolationMutation {
    /// 举报合同履行中的违规(任何登录用户)。Reports a violation under a contract (anybody signed in).
    async fn report_violation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: ReportViolationInput,
    ) -> Result<ReportViolationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let report = app::violation::Report {
            contract_id: typed(&input.contract_id, "input.contractId")?,
            kind: input.kind.into(),
            facts: input.facts,
        };
        let (state, caller) = asked(ctx);
        let one = app::violation::report(state, caller, key, report).await?;
        Ok(ReportViolationPayload {
            violation: one.into(),
        })
    }

    /// 承接方陈述意见。Hears the contractor.
    async fn answer_violation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AnswerViolationInput,
    ) -> Result<AnswerViolationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let answer = app::violation::Answer {
            violation_id: typed(&input.violation_id, "input.violationId")?,
            statement: input.statement,
        };
        let (state, caller) = asked(ctx);
        let one = app::violation::answer(state, caller, key, answer).await?;
        Ok(AnswerViolationPayload {
            violation: one.into(),
        })
    }

    /// 认定违规或不成立(民政、审计);认定后公开。Finds a violation or not (civil affairs, auditor); what is found is public.
    async fn decide_violation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DecideViolationInput,
    ) -> Result<DecideViolationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let decide = app::violation::Decide {
            violation_id: typed(&input.violation_id, "input.violationId")?,
            confirmed: input.confirmed,
            finding: input.finding,
        };
        let (state, caller) = asked(ctx);
        let one = app::violation::decide(state, caller, key, decide).await?;
        Ok(DecideViolationPayload {
            violation: one.into(),
        })
    }
}
