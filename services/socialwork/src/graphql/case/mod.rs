//! 个案 in the graph.

mod consent;
mod file;
mod note;
mod numbers;
mod phase;
mod plan;
mod referral;

use async_graphql::{
    Context, Enum, ID, MergedObject, Object, SimpleObject, connection::Connection,
};
use chrono::{DateTime, Utc};
use kernel::china_date;
use kit::{
    Result,
    graph::{Date, Opaque, connection, global, listed, page, typed},
};

use super::{
    at,
    foreign::{Community, Resident},
    loaders::{Loaders, PartsOf},
    social_worker::SocialWorker,
};
use crate::{
    app,
    domain::case::{self as domain, glass::Glass},
};
use consent::CaseConsent;
use file::CaseFile;
use note::CaseNote;
use plan::CasePlan;
use referral::CaseReferral;

/// 个案阶段。Where a case stands (MZ/T 094-2017).
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CasePhase")]
pub enum CasePhase {
    /// 接案。Intake.
    Intake,
    /// 预估。Assessment.
    Assessment,
    /// 计划。Plan.
    Plan,
    /// 介入。Intervention.
    Intervention,
    /// 评估。Evaluation.
    Evaluation,
    /// 结案。Closed.
    Closed,
    /// 转介。Referred to another organisation.
    Referred,
    /// 终止。Ended before its time.
    Terminated,
}

/// 风险等级。How much a client is at risk.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CaseRisk")]
pub enum CaseRisk {
    /// 低。Low.
    Low,
    /// 中。Middle.
    Mid,
    /// 高。High.
    High,
    /// 危机。Crisis.
    Crisis,
}

/// 结束原因。Why a case ended.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CaseClosure")]
pub enum CaseClosure {
    /// 目标达成。The goals were reached.
    GoalsMet,
    /// 目标部分达成。Some goals were reached.
    GoalsPartlyMet,
    /// 转介其他机构。Another organisation took over.
    ReferredOn,
    /// 服务对象退出。The client stopped.
    ClientWithdrew,
    /// 迁出。The client moved away.
    MovedAway,
    /// 去世。The client died.
    Deceased,
    /// 失去联系。Contact was lost.
    LostContact,
    /// 其他。Another reason.
    Other,
}

/// 与个案的关系。Whom the caller is to a case.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::CasePart")]
pub enum CasePart {
    /// 个案社工。The worker.
    Worker,
    /// 督导。The supervisor.
    Supervisor,
    /// 服务对象。The client.
    Client,
}

/// 阶段变化。A phase that a case went into.
#[derive(SimpleObject)]
pub struct CaseMove {
    /// 原阶段;接案时为空。Where from; none at the intake.
    from: Option<CasePhase>,
    /// 新阶段。Where to.
    to: CasePhase,
    /// 轮次;每次重新开案加一。The round; one more each time the case is reopened.
    round: i32,
    /// 时间。When.
    at: DateTime<Utc>,
}

impl From<domain::CaseMove> for CaseMove {
    fn from(one: domain::CaseMove) -> Self {
        Self {
            from: one.from.map(Into::into),
            to: one.to.into(),
            round: one.round,
            at: one.moved_at,
        }
    }
}

/// 紧急查阅。Somebody opened the file in need; the client sees who, and why.
#[derive(SimpleObject)]
pub struct CaseGlass {
    /// 查阅人账号。Who.
    actor: String,
    /// 查阅人姓名。Their name, where their account has one.
    actor_name: Option<String>,
    /// 查阅人身份。As what.
    roles: Vec<String>,
    /// 理由。Why.
    reason: String,
    /// 开始时间。Since when.
    opened_at: DateTime<Utc>,
    /// 截止时间。Until when.
    until: DateTime<Utc>,
}

impl From<Glass> for CaseGlass {
    fn from(glass: Glass) -> Self {
        Self {
            actor: glass.actor,
            actor_name: glass.actor_name,
            roles: glass.roles,
            reason: glass.reason,
            opened_at: glass.opened_at,
            until: glass.until,
        }
    }
}

/// Case of the domain, as the graph shows it.
pub struct Case(pub domain::Case);

/// 个案。A case; for its worker, its supervisor and its client alone.
#[Object]
impl Case {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 服务对象。The client.
    async fn client(&self) -> Option<Resident> {
        Some(self.0.client_id.into())
    }

    /// 社区。The community.
    async fn community(&self) -> Option<Community> {
        self.0.community_id.map(Into::into)
    }

    /// 个案社工。The worker.
    async fn worker(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders.load_one(self.0.worker_id).await?.map(SocialWorker))
    }

    /// 督导。The supervisor.
    async fn supervisor(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        Ok(loaders
            .load_one(self.0.supervisor_id)
            .await?
            .map(SocialWorker))
    }

    /// 风险等级。The risk.
    async fn risk(&self) -> CaseRisk {
        self.0.risk.into()
    }

    /// 阶段。Where it stands.
    async fn phase(&self) -> CasePhase {
        self.0.phase.into()
    }

    /// 轮次;每次重新开案加一。The round; one more each time it is reopened.
    async fn round(&self) -> i32 {
        self.0.round
    }

    /// 下次联系期限。The day by which the client is to be contacted again.
    async fn contact_by(&self) -> Date {
        Date(self.0.contact_by)
    }

    /// 联系是否逾期。Whether that day has passed.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        let (state, _) = at(ctx);
        self.0.is_overdue(china_date(state.core.clock.now()))
    }

    /// 结束原因。Why it ended.
    async fn closure(&self) -> Option<CaseClosure> {
        self.0.closure.map(Into::into)
    }

    /// 阶段经过。The phases it went through, in order.
    async fn moves(&self, ctx: &Context<'_>) -> Result<Vec<CaseMove>> {
        Ok(self
            .parts(ctx)
            .await?
            .moves
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 服务计划各版,新的在前;内容见 file。Versions of the plan, newest first; the words are in `file`.
    async fn plans(&self, ctx: &Context<'_>) -> Result<Vec<CasePlan>> {
        Ok(self
            .parts(ctx)
            .await?
            .plans
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 知情同意,新的在前。Consents, newest first.
    async fn consents(&self, ctx: &Context<'_>) -> Result<Vec<CaseConsent>> {
        let consents = self.parts(ctx).await?.consents;
        Ok(consents.into_iter().map(CaseConsent).collect())
    }

    /// 转介,新的在前。Referrals, newest first.
    async fn referrals(&self, ctx: &Context<'_>) -> Result<Vec<CaseReferral>> {
        let referrals = self.parts(ctx).await?.referrals;
        Ok(referrals.into_iter().map(CaseReferral).collect())
    }

    /// 紧急查阅,新的在前。Who opened the file in need, newest first.
    async fn glass(&self, ctx: &Context<'_>) -> Result<Vec<CaseGlass>> {
        Ok(self
            .parts(ctx)
            .await?
            .glass
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 卷宗内容;服务对象以外的查阅均留痕。What is written in the file; every look but the client's own is on record.
    async fn file(&self, ctx: &Context<'_>) -> Result<Option<CaseFile>> {
        let (state, caller) = at(ctx);
        Ok(Some(app::case::file(state, caller, &self.0).await?.into()))
    }

    /// 个案记录(按保密级别),新的在前;查阅留痕。Notes the caller may read, newest first; reading them is on record.
    async fn notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, CaseNote>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let found = app::case::notes(state, caller, &self.0, &page).await?;
        let key = |one: &app::case::NoteText| (one.note.id.as_uuid(),);
        Ok(Some(connection(found, key, CaseNote)))
    }

    /// 是否演示数据。Whether this is demonstration data.
    async fn demo(&self) -> bool {
        self.0.demo
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 接案时间。When it was opened.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.0.opened_at
    }

    /// 结束时间。When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}

impl Case {
    async fn parts(&self, ctx: &Context<'_>) -> Result<app::case::Parts> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(PartsOf(self.0.id)).await?;
        Ok(found.unwrap_or_default())
    }
}

/// Case queries.
#[derive(MergedObject, Default)]
pub struct CaseQuery(OneQuery, numbers::NumbersQuery, referral::ReferralQuery);

/// Case mutations.
#[derive(MergedObject, Default)]
pub struct CaseMutation(
    phase::PhaseMutation,
    plan::PlanMutation,
    note::NoteMutation,
    consent::ConsentMutation,
    referral::ReferralMutation,
);

/// Queries of cases themselves.
#[derive(Default)]
pub struct OneQuery;

#[Object]
impl OneQuery {
    #[graphql(entity)]
    async fn find_case_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Case>> {
        find(ctx, &id).await
    }

    /// 按编号查个案。A case by id.
    async fn case(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Case>> {
        find(ctx, &id).await
    }

    /// 我办理、督导、作为服务对象或紧急查阅中的个案,新的在前。The caller's cases, as worker, supervisor, client or after breaking the glass; newest first.
    #[expect(clippy::too_many_arguments, reason = "filters and a page")]
    async fn cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看与我有此关系的。Only where the caller is this.")] part: Option<
            CasePart,
        >,
        #[graphql(desc = "只看此阶段。Only in this phase.")] phase: Option<CasePhase>,
        #[graphql(desc = "只看此风险等级。Only at this risk.")] risk: Option<CaseRisk>,
        #[graphql(desc = "只看在办或已结束的。Only open ones, or not.")] open: Option<bool>,
        #[graphql(
            desc = "只看联系逾期的。Only where a contact is overdue.",
            default = false
        )]
        overdue: bool,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
    ) -> Result<Option<Connection<Opaque, Case>>> {
        let page = page(first, after, None, None)?;
        let (state, caller) = at(ctx);
        let today = china_date(state.core.clock.now());
        let filter = domain::CaseFilter {
            part: part.map(Into::into),
            phase: phase.map(Into::into),
            risk: risk.map(Into::into),
            open,
            overdue_on: overdue.then_some(today),
        };
        let found = app::case::list(state, caller, &filter, &page).await?;
        listed(found, |case| (case.id.as_uuid(),), Case)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Case>> {
    let id: domain::CaseId = typed(id, "id")?;
    let loaders = ctx.data_unchecked::<Loaders>();
    Ok(loaders.load_one(id).await?.map(Case))
}
