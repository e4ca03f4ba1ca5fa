//! 便民服务订单 in the graph: the type and its lists; changes are in [`mutation`].

mod mutation;

use async_graphql::{Context, Enum, ID, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Opaque, global, listed, page, typed},
};

use super::{
    asked,
    division::{self, Division},
    foreign::Organization,
    loaders::Loaders,
    resident::{self, Resident},
    service_item::{self, ServiceItem},
};
use crate::{app, domain::convenience_order as domain};

pub use mutation::ConvenienceOrderMutation;

/// 便民服务订单状态。Where an order stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::ConvenienceOrderState")]
pub enum ConvenienceOrderState {
    /// 已下单。Placed.
    Placed,
    /// 已接单。Accepted.
    Accepted,
    /// 已完成。Done.
    Done,
    /// 已评价。Rated.
    Rated,
    /// 未接单。Not accepted.
    Refused,
    /// 已取消。Cancelled.
    Cancelled,
}

/// 便民服务订单。An order of an open service.
pub struct ConvenienceOrder(pub domain::ConvenienceOrder);

#[Object]
impl ConvenienceOrder {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 订单编号。The number people quote.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// 服务。The service.
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<ServiceItem>> {
        service_item::load(ctx, self.0.item_code.clone()).await
    }

    /// 所在区划。The division.
    async fn division(&self, ctx: &Context<'_>) -> Result<Option<Division>> {
        division::load(ctx, self.0.division_code).await
    }

    /// 下单的居民。The resident who ordered.
    async fn orderer(&self, ctx: &Context<'_>) -> Result<Option<Resident>> {
        let fields = resident::fields(&ctx.look_ahead());
        resident::load(ctx, self.0.resident_id, fields).await
    }

    /// 提供组织。The organisation that provides it.
    async fn provider(&self) -> Option<Organization> {
        self.0.provider_organization_id.map(Into::into)
    }

    /// 需求。What is wanted.
    async fn wish(&self) -> &str {
        &self.0.wish
    }

    /// 期望时间。When it is wanted.
    async fn wanted_at(&self) -> DateTime<Utc> {
        self.0.wanted_at
    }

    /// 渠道。Through which channel.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// 代办人。Who helped.
    async fn assisted_by(&self) -> Option<&str> {
        self.0.assisted_by.as_deref()
    }

    /// 状态。Where it stands.
    async fn state(&self) -> ConvenienceOrderState {
        self.0.state.into()
    }

    /// 结果,或未进行的理由。What came of it, or why it did not take place.
    async fn outcome(&self) -> Option<&str> {
        self.0.outcome.as_deref()
    }

    /// 下单时间。When it was placed.
    async fn placed_at(&self) -> DateTime<Utc> {
        self.0.placed_at
    }

    /// 完成时间。When it was done.
    async fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }

    /// 评价(1 至 5 星)。The rating, 1 to 5 stars.
    async fn stars(&self) -> Option<i32> {
        self.0.stars
    }

    /// 评价意见。The words of the rating.
    async fn rating_note(&self) -> Option<&str> {
        self.0.rating_note.as_deref()
    }
}
/// An order, if the caller may read it.
pub async fn load(
    ctx: &Context<'_>,
    id: domain::ConvenienceOrderId,
) -> Result<Option<ConvenienceOrder>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(id)
        .await?
        .map(ConvenienceOrder))
}
/// Order queries.
#[derive(Default)]
pub struct ConvenienceOrderQuery;

#[Object]
impl ConvenienceOrderQuery {
    /// 按编号查便民服务订单(本人、提供组织、本辖区工作人员)。An order: its resident, its provider, staff.
    async fn convenience_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "全局编号。Global id.")] id: ID,
    ) -> Result<Option<ConvenienceOrder>> {
        load(ctx, typed(&id, "id")?).await
    }

    /// 我可见的便民服务订单,新的在前。The orders the caller may see, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn convenience_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此服务。Only of this service.")] item_code: Option<String>,
        #[graphql(desc = "只看此状态。Only in this state.")] state: Option<ConvenienceOrderState>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, ConvenienceOrder>>> {
        let page = page(first, after, last, before)?;
        let (service, caller) = asked(ctx);
        let filter = app::convenience_order::OrderFilter {
            item: item_code,
            state: state.map(Into::into),
        };
        let found = app::convenience_order::list(service, caller, &filter, &page).await?;
        listed(found, |it| (it.id.as_uuid(),), ConvenienceOrder)
    }
}
