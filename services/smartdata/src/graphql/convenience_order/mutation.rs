//! Changing orders: placed, accepted or not, done, cancelled, rated.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::{super::asked, ConvenienceOrder, load};
use crate::app;

/// 下单的输入。What is ordered, for when.
#[derive(InputObject)]
pub struct PlaceConvenienceOrderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 服务代码。The code of the service.
    item_code: String,
    /// 代办的居民;本人不填。The resident it is for; empty for oneself.
    on_behalf_of: Option<ID>,
    /// 需求。What is wanted.
    wish: String,
    /// 期望时间。When it is wanted.
    wanted_at: DateTime<Utc>,
}

/// 下单的结果。The order.
#[derive(SimpleObject)]
pub struct PlaceConvenienceOrderPayload {
    /// 订单。The order.
    convenience_order: Option<ConvenienceOrder>,
}

/// 接单的输入。Which order.
#[derive(InputObject)]
pub struct AcceptConvenienceOrderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 订单。The order.
    order_id: ID,
}

/// 接单的结果。The order.
#[derive(SimpleObject)]
pub struct AcceptConvenienceOrderPayload {
    /// 订单。The order.
    convenience_order: Option<ConvenienceOrder>,
}

/// 不接单的输入。Why.
#[derive(InputObject)]
pub struct RefuseConvenienceOrderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 订单。The order.
    order_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 不接单的结果。The order.
#[derive(SimpleObject)]
pub struct RefuseConvenienceOrderPayload {
    /// 订单。The order.
    convenience_order: Option<ConvenienceOrder>,
}

/// 完成的输入。What came of it.
#[derive(InputObject)]
pub struct FinishConvenienceOrderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 订单。The order.
    order_id: ID,
    /// 结果。What came of it.
    outcome: String,
}

/// 完成的结果。The order.
#[derive(SimpleObject)]
pub struct FinishConvenienceOrderPayload {
    /// 订单。The order.
    convenience_order: Option<ConvenienceOrder>,
}

/// 取消的输入。Why.
#[derive(InputObject)]
pub struct CancelConvenienceOrderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 订单。The order.
    order_id: ID,
    /// 理由。Why.
    reason: String,
}

/// 取消的结果。The order.
#[derive(SimpleObject)]
pub struct CancelConvenienceOrderPayload {
    /// 订单。The order.
    convenience_order: Option<ConvenienceOrder>,
}

/// 评价订单的输入。How well it was done.
#[derive(InputObject)]
pub struct RateConvenienceOrderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 订单。The order.
    order_id: ID,
    /// 1 至 5 星。1 to 5 stars.
    stars: i32,
    /// 意见。Words.
    note: Option<String>,
}

/// 评价订单的结果。The order.
#[derive(SimpleObject)]
pub struct RateConvenienceOrderPayload {
    /// 订单。The order.
    convenience_order: Option<ConvenienceOrder>,
}

/// Order mutations.
#[derive(Default)]
pub struct ConvenienceOrderMutation;

#[Object]
impl ConvenienceOrderMutation {
    /// 下单:居民本人,或工作人员代办。Orders an open service: a resident, or staff for one.
    async fn place_convenience_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlaceConvenienceOrderInput,
    ) -> Result<PlaceConvenienceOrderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::convenience_order::Place {
            item_code: input.item_code,
            on_behalf_of: input
                .on_behalf_of
                .map(|id| typed(&id, "input.onBehalfOf"))
                .transpose()?,
            wish: input.wish,
            wanted_at: input.wanted_at,
        };
        let (state, caller) = asked(ctx);
        let id = app::convenience_order::place(state, caller, key, given).await?;
        Ok(PlaceConvenienceOrderPayload {
            convenience_order: load(ctx, id).await?,
        })
    }

    /// 接单(提供组织;无则本辖区工作人员)。Accepts an order: its provider, staff where there is none.
    async fn accept_convenience_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AcceptConvenienceOrderInput,
    ) -> Result<AcceptConvenienceOrderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = typed(&input.order_id, "input.orderId")?;
        let (state, caller) = asked(ctx);
        let id = app::convenience_order::accept(state, caller, key, given).await?;
        Ok(AcceptConvenienceOrderPayload {
            convenience_order: load(ctx, id).await?,
        })
    }

    /// 不接单,须说明理由。Does not accept an order, and says why.
    async fn refuse_convenience_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RefuseConvenienceOrderInput,
    ) -> Result<RefuseConvenienceOrderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::convenience_order::Words {
            order_id: typed(&input.order_id, "input.orderId")?,
            words: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::convenience_order::refuse_order(state, caller, key, given).await?;
        Ok(RefuseConvenienceOrderPayload {
            convenience_order: load(ctx, id).await?,
        })
    }

    /// 完成。The order is done.
    async fn finish_convenience_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: FinishConvenienceOrderInput,
    ) -> Result<FinishConvenienceOrderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::convenience_order::Words {
            order_id: typed(&input.order_id, "input.orderId")?,
            words: input.outcome,
        };
        let (state, caller) = asked(ctx);
        let id = app::convenience_order::finish(state, caller, key, given).await?;
        Ok(FinishConvenienceOrderPayload {
            convenience_order: load(ctx, id).await?,
        })
    }

    /// 取消(本人、工作人员)。Cancels an order: its resident, staff.
    async fn cancel_convenience_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelConvenienceOrderInput,
    ) -> Result<CancelConvenienceOrderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::convenience_order::Words {
            order_id: typed(&input.order_id, "input.orderId")?,
            words: input.reason,
        };
        let (state, caller) = asked(ctx);
        let id = app::convenience_order::cancel(state, caller, key, given).await?;
        Ok(CancelConvenienceOrderPayload {
            convenience_order: load(ctx, id).await?,
        })
    }

    /// 评价(本人)。The resident rates it.
    async fn rate_convenience_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RateConvenienceOrderInput,
    ) -> Result<RateConvenienceOrderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let given = app::convenience_order::Rate {
            order_id: typed(&input.order_id, "input.orderId")?,
            stars: input.stars,
            note: input.note,
        };
        let (state, caller) = asked(ctx);
        let id = app::convenience_order::rate(state, caller, key, given).await?;
        Ok(RateConvenienceOrderPayload {
            convenience_order: load(ctx, id).await?,
        })
    }
}
