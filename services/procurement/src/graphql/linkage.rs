//! 联动链: what this service adds to a chain.

use async_graphql::{Context, ID, Object};
use kernel::keys::TraceId;
use kit::{
    Result,
    graph::{global, typed},
};

use super::{
    award::Award,
    contract::Contract,
    fund::Fund,
    loaders::{AwardOf, ContractOf, Loaders, MilestonesOf, NeedOf, PaymentsOf, TenderOf},
    milestone::Milestone,
    need::ProcurementNeed,
    payment::Payment,
    tender::Tender,
};
use crate::domain;

/// A chain.
pub struct Linkage(TraceId);

impl Linkage {
    async fn the_tender(&self, ctx: &Context<'_>) -> Result<Option<domain::tender::Tender>> {
        ctx.data_unchecked::<Loaders>()
            .load_one(TenderOf(self.0))
            .await
    }

    async fn the_contract(&self, ctx: &Context<'_>) -> Result<Option<domain::contract::Contract>> {
        match self.the_tender(ctx).await? {
            Some(tender) => {
                ctx.data_unchecked::<Loaders>()
                    .load_one(ContractOf(tender.id))
                    .await
            }
            None => Ok(None),
        }
    }
}

/// 联动链:从居民需求到居民评价,跨六个服务。A chain from a resident's need to the rating, across all services.
#[Object]
impl Linkage {
    /// 联动链编号。The chain's id.
    async fn trace_id(&self) -> ID {
        global(self.0)
    }

    /// 采购需求。What is to be bought.
    async fn procurement_need(&self, ctx: &Context<'_>) -> Result<Option<ProcurementNeed>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(NeedOf(self.0))
            .await?;
        Ok(found.map(ProcurementNeed))
    }

    /// 招标项目(最近一次)。The tender, the latest one.
    async fn tender(&self, ctx: &Context<'_>) -> Result<Option<Tender>> {
        Ok(self.the_tender(ctx).await?.map(Tender))
    }

    /// 中标结果。The award.
    async fn award(&self, ctx: &Context<'_>) -> Result<Option<Award>> {
        let Some(tender) = self.the_tender(ctx).await? else {
            return Ok(None);
        };
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(AwardOf(tender.id))
            .await?;
        Ok(found.map(Award))
    }

    /// 合同。The contract.
    async fn contract(&self, ctx: &Context<'_>) -> Result<Option<Contract>> {
        Ok(self.the_contract(ctx).await?.map(Contract))
    }

    /// 合同节点。The milestones.
    async fn milestones(&self, ctx: &Context<'_>) -> Result<Option<Vec<Milestone>>> {
        let Some(of) = self.the_contract(ctx).await? else {
            return Ok(None);
        };
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(MilestonesOf(of.id))
            .await?;
        Ok(found.map(|all| all.into_iter().map(Milestone).collect()))
    }

    /// 支付。The payments.
    async fn payments(&self, ctx: &Context<'_>) -> Result<Option<Vec<Payment>>> {
        let Some(of) = self.the_contract(ctx).await? else {
            return Ok(None);
        };
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(PaymentsOf(of.id))
            .await?;
        Ok(Some(
            found.unwrap_or_default().into_iter().map(Payment).collect(),
        ))
    }

    /// 资金。The fund.
    async fn fund(&self, ctx: &Context<'_>) -> Result<Option<Fund>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let need = loaders.load_one(NeedOf(self.0)).await?;
        let Some(held) = need.and_then(|need| need.reservation) else {
            return Ok(None);
        };
        Ok(loaders.load_one(held.fund_id).await?.map(Fund))
    }
}

/// Linkage queries.
#[derive(Default)]
pub struct LinkageQuery;

#[Object]
impl LinkageQuery {
    #[graphql(entity)]
    async fn find_linkage_by_trace_id(&self, trace_id: ID) -> Result<Option<Linkage>> {
        Ok(Some(Linkage(typed(&trace_id, "traceId")?)))
    }
}
