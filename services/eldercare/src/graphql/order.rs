//! 服务订单 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Fen, Minutes, Opaque, global, listed, page, typed},
};

use super::{
    elder::Elder,
    foreign::{Contract, Organization, Resident},
    given,
    loaders::{Loaders, MenuCode, VisitsOf},
    menu_item::MenuItem,
    tier::{PriceTier, ServiceLine, TierDecision},
    visit::Visit,
};
use crate::{app, domain::order as domain};

/// 订单状态。Where an order stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::OrderState")]
pub enum OrderState {
    /// 已下单。Placed.
    Placed,
    /// 已派单。Somebody is to come.
    Assigned,
    /// 已结算。Delivered, confirmed and settled.
    Settled,
    /// 已取消。Cancelled.
    Cancelled,
}

/// An order.
pub struct Order(pub domain::Order);

/// 服务订单。One unit of the menu for one elder; its price is a snapshot.
#[Object]
impl Order {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 联动链编号。The chain it belongs to.
    async fn trace_id(&self) -> ID {
        global(self.0.trace_id)
    }

    /// 服务对象(可见时)。The elder, where the caller may read them.
    async fn elder(&self, ctx: &Context<'_>) -> Result<Option<Elder>> {
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.elder_id)
            .await?
            .map(Elder))
    }

    /// 老人。The resident it is for.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.elder_id))
    }

    /// 合同。The contract it is placed under.
    async fn contract(&self) -> Option<Contract> {
        Some(self.0.contract_id.into())
    }

    /// 承接单位。The contractor.
    async fn organization(&self) -> Option<Organization> {
        Some(self.0.organization_id.into())
    }

    /// 服务项目代码。The code of the item.
    async fn menu_item_code(&self) -> &str {
        &self.0.item_code
    }

    /// 服务项目(今天的价格)。The item, at the prices of today.
    async fn menu_item(&self, ctx: &Context<'_>) -> Result<Option<MenuItem>> {
        let key = MenuCode(self.0.item_code.clone());
        Ok(ctx
            .data_unchecked::<Loaders>()
            .load_one(key)
            .await?
            .map(MenuItem))
    }

    /// 服务类别。The line.
    async fn line(&self) -> ServiceLine {
        self.0.line.into()
    }

    /// 时长。How long it takes.
    async fn minutes(&self) -> Minutes {
        Minutes(self.0.minutes)
    }

    /// 收费档次。The tier.
    async fn tier(&self) -> PriceTier {
        self.0.tier.into()
    }

    /// 分档决定。The decision on the tier.
    async fn decision(&self, ctx: &Context<'_>) -> Result<Option<TierDecision>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.decision_id)
            .await?;
        Ok(found.map(TierDecision))
    }

    /// 单价 = 补贴 + 自付 + 时长抵扣。Unit price = subsidy + copay + credit value.
    async fn unit_price(&self) -> Fen {
        Fen(self.0.price.unit_price)
    }

    /// 补贴。The public's part.
    async fn subsidy(&self) -> Fen {
        Fen(self.0.price.subsidy)
    }

    /// 自付。The elder's part in money.
    async fn copay(&self) -> Fen {
        Fen(self.0.price.copay)
    }

    /// 以时长抵扣的部分。The part that minutes stand for.
    async fn credit_value(&self) -> Fen {
        Fen(self.0.price.credit_value)
    }

    /// 以时长支付的分钟数。The minutes it is paid with.
    async fn credit_minutes(&self) -> Minutes {
        Minutes(self.0.price.credit_minutes)
    }

    /// 状态。Where it stands.
    async fn state(&self) -> OrderState {
        self.0.state.into()
    }

    /// 取消原因。Why it was cancelled.
    async fn cancel_reason(&self) -> Option<&str> {
        self.0.cancel_reason.as_deref()
    }

    /// 上门服务,含未成行的。Its visits, those that came to nothing included.
    async fn visits(&self, ctx: &Context<'_>) -> Result<Vec<Visit>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(VisitsOf(self.0.id))
            .await?;
        Ok(found.unwrap_or_default().into_iter().map(Visit).collect())
    }

    /// 来源的照护计划编号。The plan it comes from.
    async fn care_plan_id(&self) -> Option<ID> {
        self.0.care_plan_id.map(global)
    }

    /// 渠道。The channel it came through.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 代办人。Who entered it for the elder.
    async fn assisted_by(&self) -> Option<&str> {
        self.0.assisted_by.as_deref()
    }

    /// 版本。Goes up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// 下单时间。When it was placed.
    async fn placed_at(&self) -> DateTime<Utc> {
        self.0.placed_at
    }
}

/// Order queries.
#[derive(Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    #[graphql(entity)]
    async fn find_order_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Order>> {
        find(ctx, &id).await
    }

    /// 按编号查订单。An order by id.
    async fn order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<Order>> {
        find(ctx, &id).await
    }

    /// 我能看到的订单,新的在前。The orders the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此老人。Only of this elder.")] elder_resident_id: Option<ID>,
        #[graphql(desc = "只看此合同。Only under this contract.")] contract_id: Option<ID>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<OrderState>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, Order>>> {
        let page = page(first, after, last, before)?;
        let filter = domain::OrderFilter {
            elder: elder_resident_id
                .map(|id| typed(&id, "elderResidentId"))
                .transpose()?,
            contract: contract_id.map(|id| typed(&id, "contractId")).transpose()?,
            state: state.map(Into::into),
        };
        let (app_state, caller) = given(ctx);
        let found = app::order::list(app_state, caller, &filter, &page).await?;
        listed(found, |order| (order.id.as_uuid(),), Order)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Order>> {
    let id: domain::OrderId = typed(id, "id")?;
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(Order))
}

/// 下单的输入。What is ordered, for whom, under which contract.
#[derive(InputObject)]
pub struct PlaceOrderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 老人(居民编号)。The elder, by the resident's id.
    elder_resident_id: ID,
    /// 服务项目代码。The code of the item.
    menu_item_code: String,
    /// 合同。The contract.
    contract_id: ID,
    /// 以时间积分支付。Pay with minutes.
    #[graphql(default = false)]
    pay_with_minutes: bool,
    /// 来源的照护计划;按其频次计次。The plan it comes from, counted against its frequency.
    care_plan_id: Option<ID>,
}

/// 下单的结果。The order placed.
#[derive(SimpleObject)]
pub struct PlaceOrderPayload {
    /// 订单。The order.
    order: Order,
}

/// 取消订单的输入。Which order, and why.
#[derive(InputObject)]
pub struct CancelOrderInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 订单。The order.
    order_id: ID,
    /// 原因(1 至 500 个字)。Why, 1 to 500 characters.
    reason: String,
}

/// 取消订单的结果。The order cancelled.
#[derive(SimpleObject)]
pub struct CancelOrderPayload {
    /// 订单。The order.
    order: Order,
}

/// Order mutations.
#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// 下单(老人本人,或工作人员代办);档次按规则决定。Places an order; the tier is decided by rule.
    async fn place_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PlaceOrderInput,
    ) -> Result<PlaceOrderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let place = domain::PlaceOrder {
            elder_id: typed(&input.elder_resident_id, "input.elderResidentId")?,
            item_code: input.menu_item_code,
            contract_id: typed(&input.contract_id, "input.contractId")?,
            pay_with_minutes: input.pay_with_minutes,
            care_plan_id: input
                .care_plan_id
                .map(|id| typed(&id, "input.carePlanId"))
                .transpose()?,
        };
        let (state, caller) = given(ctx);
        Ok(PlaceOrderPayload {
            order: Order(app::order::place(state, caller, key, place).await?),
        })
    }

    /// 取消未派单的订单,退回冻结的时长。Cancels an order nobody is to come for; held minutes go back.
    async fn cancel_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: CancelOrderInput,
    ) -> Result<CancelOrderPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let cancel = app::order::CancelOrder {
            order_id: typed(&input.order_id, "input.orderId")?,
            reason: input.reason,
        };
        let (state, caller) = given(ctx);
        let order = app::order::cancel(state, caller, key, cancel).await?;
        Ok(CancelOrderPayload {
            order: Order(order),
        })
    }
}
