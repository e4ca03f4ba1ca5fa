//! 支付 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Fen, global, typed},
};

use super::{asked, fund::Fund, loaders::Loaders, milestone::Milestone};
use crate::{app, domain::milestone as domain};

/// 支付。Money that left for an accepted milestone.
pub struct Payment(pub domain::Payment);

#[Object]
impl Payment {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 节点。The milestone paid.
    async fn milestone(&self, ctx: &Context<'_>) -> Result<Option<Milestone>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.milestone_id)
            .await?
            .map(Milestone))
    }

    /// 资金。The fund it came from.
    async fn fund(&self, ctx: &Context<'_>) -> Result<Option<Fund>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.fund_id)
            .await?
            .map(Fund))
    }

    /// 金额。The amount.
    async fn amount(&self) -> Fen {
        Fen(self.0.amount)
    }

    /// 支付时间。When it was paid.
    async fn paid_at(&self) -> DateTime<Utc> {
        self.0.paid_at
    }
}

/// 支付的输入。The milestone to pay.
#[derive(InputObject)]
pub struct PayMilestoneInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 节点。The milestone.
    milestone_id: ID,
}

/// 支付的结果。The payment and its milestone.
#[derive(SimpleObject)]
pub struct PayMilestonePayload {
    /// 支付。The payment.
    payment: Payment,
    /// 节点。The milestone after it.
    milestone: Option<Milestone>,
}

/// Payment mutations.
#[derive(Default)]
pub struct PaymentMutation;

#[Object]
impl PaymentMutation {
    /// 支付已验收的节点(资金管理人)。Pays an accepted milestone (fund manager).
    async fn pay_milestone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PayMilestoneInput,
    ) -> Result<PayMilestonePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let id = typed(&input.milestone_id, "input.milestoneId")?;
        let (state, caller) = asked(ctx);
        let payment = app::milestone::pay(state, caller, key, id).await?;
        let milestone = ctx
            .data_unchecked::<Loaders>()
            .load_one(payment.milestone_id)
            .await?;
        Ok(PayMilestonePayload {
            payment: Payment(payment),
            milestone: milestone.map(Milestone),
        })
    }
}
