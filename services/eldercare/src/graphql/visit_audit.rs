//! 回访抽查 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{given, loaders::Loaders, visit::Visit};
use crate::{app, domain::visit_audit as domain};

/// 抽查状态。Where an audit stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VisitAuditState")]
pub enum VisitAuditState {
    /// 待回访。To be called back.
    Flagged,
    /// 已回访,待认定。Called back, to be decided.
    Audited,
    /// 属实。The visit stands.
    Upheld,
    /// 不实,已作废。The visit does not stand, and was undone.
    Voided,
}

/// 回访方式。How it was called back.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::AuditMethod")]
pub enum VisitAuditMethod {
    /// 电话。By phone.
    Phone,
    /// 上门。At home.
    Home,
}

/// An audit.
pub struct VisitAudit(pub domain::VisitAudit);

/// 回访抽查:随机或因疑问选中的已结算上门服务。An audit of a settled visit that chance or somebody's doubt chose.
#[Object]
impl VisitAudit {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 上门服务(可见时)。The visit, where the caller may read it.
    async fn visit(&self, ctx: &Context<'_>) -> Result<Option<Visit>> {
        let id = self.0.visit_id;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(Visit))
    }

    /// 是否随机选中。Whether chance chose it.
    async fn random(&self) -> bool {
        self.0.doubt.is_none()
    }

    /// 疑问。What is doubted.
    async fn doubt(&self) -> Option<&str> {
        self.0.doubt.as_deref()
    }

    /// 选中时间。When it was chosen.
    async fn flagged_at(&self) -> DateTime<Utc> {
        self.0.flagged_at
    }

    /// 办结期限。By when it is decided.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// 是否逾期。Whether it should have been decided by now.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = given(ctx);
        self.0.is_overdue(state.core.clock.now())
    }

    /// 状态。Where it stands.
    async fn state(&self) -> VisitAuditState {
        self.0.state.into()
    }

    /// 回访方式。How it was called back.
    async fn method(&self) -> Option<VisitAuditMethod> {
        self.0.method.map(Into::into)
    }

    /// 老人是否称服务属实。Whether the elder said that it took place.
    async fn took_place(&self) -> Option<bool> {
        self.0.took_place
    }

    /// 回访情况。What was found.
    async fn findings(&self) -> Option<&str> {
        self.0.findings.as_deref()
    }

    /// 认定理由。Why it was decided so.
    async fn reasons(&self) -> Option<&str> {
        self.0.reasons.as_deref()
    }

    /// 认定时间。When it was decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Audit queries.
#[derive(Default)]
pub struct VisitAuditQuery;

#[Object]
impl VisitAuditQuery {
    /// 按编号查回访抽查。An audit by id.
    async fn visit_audit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<VisitAudit>> {
        let id = typed(&id, "id")?;
        let (state, caller) = given(ctx);
        let found = app::visit_audit::find(state, caller, id).await?;
        Ok(found.map(VisitAudit))
    }

    /// 我能看到的回访抽查,新的在前。The audits the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn visit_audits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<VisitAuditState>,
        #[graphql(desc = "只看逾期未办结的。Only those that are late.", default = false)]
        overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, VisitAudit>>> {
        let page = page(first, after, last, before)?;
        let (app_state, caller) = given(ctx);
        let filter = domain::VisitAuditFilter {
            state: state.map(Into::into),
            overdue_at: overdue.then(|| app_state.core.clock.now()),
        };
        let found = app::visit_audit::list(app_state, caller, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), VisitAudit)
    }
}

/// 提出疑问的输入。Which visit somebody doubts, and why.
#[derive(InputObject)]
pub struct FlagVisitInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 已结算的上门服务。The settled visit.
    visit_id: ID,
    /// 疑问(1 至 500 个字)。What is doubted, 1 to 500 characters.
    doubt: String,
}

/// 提出疑问的结果。The audit.
#[derive(SimpleObject)]
pub struct FlagVisitPayload {
    /// 抽查。The audit.
    visit_audit: VisitAudit,
}

/// 登记回访的输入。What was found.
#[derive(InputObject)]
pub struct RecordVisitAuditInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 抽查。The audit.
    visit_audit_id: ID,
    /// 回访方式。How.
    method: VisitAuditMethod,
    /// 老人是否称服务属实。Whether the elder says that it took place.
    took_place: bool,
    /// 回访情况(1 至 1000 个字)。What was found, 1 to 1000 characters.
    findings: String,
}

/// 登记回访的结果。The audit recorded.
#[derive(SimpleObject)]
pub struct RecordVisitAuditPayload {
    /// 抽查。The audit.
    visit_audit: VisitAudit,
}

/// 认定的输入。Whether the visit stands, and why.
#[derive(InputObject)]
pub struct DecideVisitAuditInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 抽查。The audit.
    visit_audit_id: ID,
    /// 是否属实;不属实则作废并冲正。Whether the visit stands; one that does not is undone.
    stands: bool,
    /// 理由(1 至 1000 个字)。Why, 1 to 1000 characters.
    reasons: String,
}

/// 认定的结果。The audit decided.
#[derive(SimpleObject)]
pub struct DecideVisitAuditPayload {
    /// 抽查。The audit.
    visit_audit: VisitAudit,
}

/// Audit mutations.
#[derive(Default)]
pub struct VisitAuditMutation;

#[Object]
impl VisitAuditMutation {
    /// 对已结算的上门服务提出疑问(社区、民政)。Doubts a settled visit (the community, civil affairs).
    async fn flag_visit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FlagVisitInput,
    ) -> Result<FlagVisitPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let flag = app::visit_audit::FlagVisit {
            visit_id: typed(&input.visit_id, "input.visitId")?,
            doubt: input.doubt,
        };
        let (state, caller) = given(ctx);
        let one = app::visit_audit::flag(state, caller, key, flag).await?;
        Ok(FlagVisitPayload {
            visit_audit: VisitAudit(one),
        })
    }

    /// 登记回访情况(社区、民政;不得是确认该次服务的人)。Records a call-back (the community, civil affairs; not who confirmed the visit).
    async fn record_visit_audit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordVisitAuditInput,
    ) -> Result<RecordVisitAuditPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let record = domain::RecordVisitAudit {
            audit_id: typed(&input.visit_audit_id, "input.visitAuditId")?,
            method: input.method.into(),
            took_place: input.took_place,
            findings: input.findings,
        };
        let (state, caller) = given(ctx);
        let one = app::visit_audit::record(state, caller, key, record).await?;
        Ok(RecordVisitAuditPayload {
            visit_audit: VisitAudit(one),
        })
    }

    /// 认定上门服务是否属实(民政;不得是回访人)。不实的作废,积分冲正,订单取消。Decides whether a visit stands (civil affairs; not who called back); one that does not is undone.
    async fn decide_visit_audit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: DecideVisitAuditInput,
    ) -> Result<DecideVisitAuditPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let decide = app::visit_audit::DecideVisitAudit {
            audit_id: typed(&input.visit_audit_id, "input.visitAuditId")?,
            stands: input.stands,
            reasons: input.reasons,
        };
        let (state, caller) = given(ctx);
        let one = app::visit_audit::decide(state, caller, key, decide).await?;
        Ok(DecideVisitAuditPayload {
            visit_audit: VisitAudit(one),
        })
    }
}
