//! 招标项目 in the graph; queries, inputs and mutations have files of their own.

mod input;
mod kind;
mod mutation;
mod query;
mod subscription;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{DivisionCode, Fen, global},
};

pub use kind::{AbandonGround, TenderMethod, TenderNotice, TenderState};
pub use mutation::TenderMutation;
pub use query::TenderQuery;
pub use subscription::TenderSubscription;

use super::{
    asked,
    award::{Award, RankedBid},
    bid::Bid,
    challenge::Challenge,
    contract::Contract,
    criterion::{Criterion, PlannedMilestone},
    expert_pool::ExpertPool,
    foreign::Community,
    loaders::{
        AwardOf, BidCountOf, BidsOf, ChallengesOf, ContractOf, CriteriaOf, Loaders, NoticesOf,
        OcdsOf, PanelOf, PlanOf, PoolOf, RankingOf, SheetsOf,
    },
    need::ProcurementNeed,
    panel::Panel,
    score_sheet::ScoreSheet,
};
use crate::domain::tender as domain;

/// 招标项目。A tender; public once published.
pub struct Tender(pub domain::Tender);

#[Object]
impl Tender {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 采购需求。The need it buys for.
    async fn need(&self, ctx: &Context<'_>) -> Result<Option<ProcurementNeed>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.need_id)
            .await?;
        Ok(found.map(ProcurementNeed))
    }

    /// 社区。The community it is for.
    async fn community(&self) -> Option<Community> {
        Some(self.0.community_id.into())
    }

    /// 区划。The division.
    async fn division_code(&self) -> DivisionCode {
        DivisionCode(self.0.division_code)
    }

    /// 采购方式。How is bought.
    async fn method(&self) -> TenderMethod {
        self.0.method.into()
    }

    /// 名称。Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// 价格分权重(%)。What the price weighs, in percent.
    async fn price_weight(&self) -> i32 {
        self.0.price_weight
    }

    /// 预算。The budget.
    async fn budget(&self) -> Fen {
        Fen(self.0.budget)
    }

    /// 最高限价。The price that no bid may be above.
    async fn ceiling(&self) -> Fen {
        Fen(self.0.ceiling)
    }

    /// 是否要求居家养老服务能力。Whether suppliers must be capable of home-based elder care.
    async fn elder_care(&self) -> bool {
        self.0.elder_care
    }

    /// 状态。Where it stands.
    async fn state(&self) -> TenderState {
        self.0.state.into()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 公告时间。When it was published.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// 招标文件提供至。Until when the documents are offered.
    async fn documents_until(&self) -> Option<DateTime<Utc>> {
        self.0.clocks.map(|clocks| clocks.documents_until)
    }

    /// 投标截止。When bidding closes.
    async fn closes_at(&self) -> Option<DateTime<Utc>> {
        self.0.clocks.map(|clocks| clocks.closes_at)
    }

    /// 开标时间。When the opening is due.
    async fn opens_at(&self) -> Option<DateTime<Utc>> {
        self.0.clocks.map(|clocks| clocks.opens_at)
    }

    /// 实际开标时间。When the opening began.
    async fn opened_at(&self) -> Option<DateTime<Utc>> {
        self.0.opened_at
    }

    /// 排名时间。When it was ranked.
    async fn ranked_at(&self) -> Option<DateTime<Utc>> {
        self.0.ranked_at
    }

    /// 定标期限。Until when the buyer decides.
    async fn decide_by(&self) -> Option<DateTime<Utc>> {
        self.0.decide_by
    }

    /// 废标理由。Why it was abandoned.
    async fn abandoned_reason(&self) -> Option<&str> {
        self.0.abandoned_reason.as_deref()
    }

    /// 废标事由。On what ground it was abandoned.
    async fn abandoned_ground(&self) -> Option<AbandonGround> {
        self.0.abandoned_ground.map(Into::into)
    }

    /// 公告时承诺的抽取种子 SHA-256。SHA-256 of the seed of the draw, as published.
    async fn seed_commitment(&self) -> Option<&str> {
        self.0.seed_commitment.as_deref()
    }

    /// 评审因素。What it judges by.
    async fn criteria(&self, ctx: &Context<'_>) -> Result<Vec<Criterion>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(CriteriaOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 计划的付款节点。What it will pay for.
    async fn milestones(&self, ctx: &Context<'_>) -> Result<Vec<PlannedMilestone>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(PlanOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 澄清和延期公告。Clarifications and extensions.
    async fn notices(&self, ctx: &Context<'_>) -> Result<Vec<TenderNotice>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(NoticesOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// 投标份数;截止前对任何人都不公开。How many bids; nobody learns it before the close.
    async fn bid_count(&self, ctx: &Context<'_>) -> Result<Option<usize>> {
        let (state, _) = asked(ctx);
        if !self.0.is_closed(state.core.clock.now()) {
            return Ok(None);
        }
        ctx.data_unchecked::<Loaders>()
            .load_one(BidCountOf(self.0.id))
            .await
    }

    /// 投标;开标结束前只能看到本组织的。The bids; before the end of the opening only the caller's own.
    async fn bids(&self, ctx: &Context<'_>) -> Result<Vec<Bid>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(BidsOf(self.0.id))
            .await?;
        Ok(found.unwrap_or_default().into_iter().map(Bid).collect())
    }

    /// 本组织的投标。The caller's own bid.
    async fn my_bid(&self, ctx: &Context<'_>) -> Result<Option<Bid>> {
        let (_, caller) = asked(ctx);
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(BidsOf(self.0.id))
            .await?;
        let own = caller.actor.organization_id;
        let mine = found.unwrap_or_default().into_iter();
        Ok(mine
            .map(Bid)
            .find(|bid| Some(bid.0.organization_id.as_uuid()) == own))
    }

    /// 评审小组。The panel.
    async fn panel(&self, ctx: &Context<'_>) -> Result<Option<Panel>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(PanelOf(self.0.id))
            .await?;
        Ok(found.map(Panel))
    }

    /// 抽取名单:公告时固定的专家。Whom the draw may take, as fixed at publication.
    async fn expert_pool(&self, ctx: &Context<'_>) -> Result<Option<ExpertPool>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(PoolOf(self.0.id))
            .await?;
        Ok(found.map(ExpertPool))
    }

    /// 打分表;结果公告前评委只能看到自己的。The sheets; before the result is published a member sees only their own.
    async fn score_sheets(&self, ctx: &Context<'_>) -> Result<Vec<ScoreSheet>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(SheetsOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(ScoreSheet)
            .collect())
    }

    /// 排名;全部打分表锁定后即时公布。The ranking, public at once when all sheets are locked and ranked.
    async fn ranking(&self, ctx: &Context<'_>) -> Result<Vec<RankedBid>> {
        if !self.0.state.is_ranked() {
            return Ok(Vec::new());
        }
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(RankingOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(RankedBid)
            .collect())
    }

    /// 中标结果。The award.
    async fn award(&self, ctx: &Context<'_>) -> Result<Option<Award>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(AwardOf(self.0.id))
            .await?;
        Ok(found.map(Award))
    }

    /// 合同。The contract.
    async fn contract(&self, ctx: &Context<'_>) -> Result<Option<Contract>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(ContractOf(self.0.id))
            .await?;
        Ok(found.map(Contract))
    }

    /// 开放采购数据标准(OCDS 1.1)的发布文本(JSON),只含公开内容。The release of the Open Contracting Data Standard 1.1 as JSON text, made only of what is public.
    async fn ocds_release(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let key = OcdsOf(self.0.id);
        ctx.data_unchecked::<Loaders>().load_one(key).await
    }

    /// 质疑(公开)。The challenges raised against it; public.
    async fn challenges(&self, ctx: &Context<'_>) -> Result<Vec<Challenge>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(ChallengesOf(self.0.id))
            .await?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Challenge)
            .collect())
    }
}
