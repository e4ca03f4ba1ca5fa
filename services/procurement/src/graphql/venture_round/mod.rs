//! 公益创投 in the graph; mutations have a file of their own.

mod mutation;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Fen, Opaque, global, listed, page, typed},
};

pub use mutation::VentureRoundMutation;

use super::{
    asked,
    expert::Expert,
    foreign::Organization,
    fund::Fund,
    loaders::{
        GrantsOf, Loaders, ObjectionsOf, VentureApplicationsOf, VentureResultsOf,
        VentureReviewersOf, VentureSheetsOf,
    },
    venture_agreement::VentureAgreement,
    venture_application::VentureApplication,
    venture_objection::VentureObjection,
    venture_score::{VentureResult, VentureSheet},
};
use crate::{app, domain::venture_round as domain};

/// 创投状态。Where a venture round stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::VentureRoundState")]
pub enum VentureRoundState {
    /// 计划。Planned.
    Planned,
    /// 征集中。Called: applications are taken.
    Calling,
    /// 资格审查和尽职调查。Screening and due diligence.
    Reviewing,
    /// 现场答辩打分。Defended and scored on site.
    Defence,
    /// 结果已公布,公示中。Every total is public; objections are taken.
    Published,
    /// 已确定资助。Who is funded is settled.
    Confirmed,
    /// 已结项。Every grant has ended.
    Closed,
    /// 已取消。Called off.
    Cancelled,
}

/// 创投评审因素。What a round judges by.
#[derive(SimpleObject)]
pub struct VentureCriterion {
    /// 全局编号。Global id.
    id: ID,
    /// 名称。Its name.
    name: String,
    /// 权重(%)。What it weighs, in percent.
    weight: i32,
    /// 最高分。The highest score.
    max_score: i32,
}

/// 公益创投。A venture round: projects that organisations design themselves; public.
pub struct VentureRound(pub domain::VentureRound);

#[Object]
impl VentureRound {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 名称。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 主题和指南。Its theme and guide.
    async fn theme(&self) -> &str {
        &self.0.theme
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 资金(专户,不经承办机构)。The fund it is paid from, never through the operator.
    async fn fund(&self, ctx: &Context<'_>) -> Result<Option<Fund>> {
        let id = self.0.fund_id;
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(id)
            .await?
            .map(Fund))
    }

    /// 预算。The budget.
    async fn budget(&self) -> Fen {
        Fen(self.0.budget)
    }

    /// 单个项目上限。What one project may be given at most.
    async fn grant_cap(&self) -> Fen {
        Fen(self.0.grant_cap)
    }

    /// 承办机构。Who operates it.
    async fn operator(&self) -> Option<Organization> {
        Some(self.0.operator_id.into())
    }

    /// 承办机构是否来自外埠。Whether the operator is registered in another city.
    async fn operator_outside(&self) -> bool {
        self.0.operator_outside
    }

    /// 是否去掉最高分和最低分。Whether the highest and the lowest total of a project are dropped.
    async fn drop_extremes(&self) -> bool {
        self.0.drop_extremes
    }

    /// 入围分数线。The points to pass.
    async fn pass_points(&self) -> i32 {
        self.0.pass_points
    }

    /// 各期资助款比例(%)。The instalments in percent.
    async fn tranche_percents(&self) -> &[i32] {
        &self.0.tranche_percents
    }

    /// 评审因素。What it judges by.
    async fn criteria(&self) -> Vec<VentureCriterion> {
        let one = |one: &domain::VentureCriterion| VentureCriterion {
            id: global(one.id),
            name: one.name.clone(),
            weight: one.weight,
            max_score: one.max_score,
        };
        self.0.criteria.iter().map(one).collect()
    }

    /// 状态。Where it stands.
    async fn state(&self) -> VentureRoundState {
        self.0.state.into()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 征集开始时间。When the call went out.
    async fn called_at(&self) -> Option<DateTime<Utc>> {
        self.0.called_at
    }

    /// 征集截止时间。When the call closes.
    async fn closes_at(&self) -> Option<DateTime<Utc>> {
        self.0.closes_at
    }

    /// 结果公布时间。When every total was published.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// 公示期至。Until when objections are taken.
    async fn objections_until(&self) -> Option<DateTime<Utc>> {
        self.0.objections_until
    }

    /// 确定资助时间。When it was settled who is funded.
    async fn confirmed_at(&self) -> Option<DateTime<Utc>> {
        self.0.confirmed_at
    }

    /// 结项或取消时间。When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// 取消理由。Why it was called off.
    async fn cancelled_reason(&self) -> Option<&str> {
        self.0.cancelled_reason.as_deref()
    }

    /// 申报(结果公布后公开)。The applications; public with the totals.
    async fn applications(&self, ctx: &Context<'_>) -> Result<Vec<VentureApplication>> {
        let key = VentureApplicationsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(VentureApplication).collect())
    }

    /// 评委(结果公布后公开)。Who judges; public with the totals.
    async fn reviewers(&self, ctx: &Context<'_>) -> Result<Option<Vec<Expert>>> {
        let key = VentureReviewersOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        Ok(found.map(|seats| seats.into_iter().map(Expert).collect()))
    }

    /// 打分表;结果公布前评委只能看到自己的。The sheets; before the totals are public a reviewer sees only their own.
    async fn sheets(&self, ctx: &Context<'_>) -> Result<Vec<VentureSheet>> {
        let key = VentureSheetsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(Into::into).collect())
    }

    /// 得分排名;最后一份打分表锁定时即时公布,不可更改。Every total, published with the last lock, for good.
    async fn results(&self, ctx: &Context<'_>) -> Result<Vec<VentureResult>> {
        let key = VentureResultsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(Into::into).collect())
    }

    /// 公示异议。The objections raised.
    async fn objections(&self, ctx: &Context<'_>) -> Result<Vec<VentureObjection>> {
        let key = ObjectionsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(Into::into).collect())
    }

    /// 资助协议。The grant agreements.
    async fn agreements(&self, ctx: &Context<'_>) -> Result<Vec<VentureAgreement>> {
        let key = GrantsOf(self.0.id);
        let found = ctx.data_unchecked::<Loaders>().load_one(key).await?;
        let found = found.unwrap_or_default().into_iter();
        Ok(found.map(VentureAgreement).collect())
    }
}

/// Venture round queries.
#[derive(Default)]
pub struct VentureRoundQuery;

#[Object]
impl VentureRoundQuery {
    /// 按编号查公益创投(公开)。A venture round by id; public.
    async fn venture_round(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<VentureRound>> {
        let id: domain::VentureRoundId = typed(&id, "id")?;
        let found = ctx.data_unchecked::<Loaders>().load_one(id).await?;
        Ok(found.map(VentureRound))
    }

    /// 公益创投,新的在前(公开)。Venture rounds, newest first; public.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn venture_rounds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<VentureRoundState>,
        #[graphql(desc = "只看此区划之内。Only below this division.")] division_code: Option<
            DivisionCode,
        >,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, VentureRound>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::VentureRoundFilter {
            state: state.map(Into::into),
            below: division_code.map(|code| code.0),
        };
        let (state, _) = asked(ctx);
        let found = app::venture_round::list(state, &filter, &page).await?;
        listed(found, |one| (one.id.as_uuid(),), VentureRound)
    }
}
