//! 服务菜单 in the graph.

use async_graphql::{Context, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{Date, Fen, Minutes, Opaque, listed, page},
};

use super::{
    given,
    loaders::{Loaders, MenuCode},
    tier::{PriceTier, ServiceLine},
};
use crate::{
    app,
    domain::{menu_item as domain, tier::Tier},
};

/// 档次价格。What one tier is charged.
#[derive(SimpleObject)]
#[graphql(cache_control(max_age = 60))]
pub struct TierPrice {
    /// 档次。The tier.
    tier: PriceTier,
    /// 向老人收取的价格。What the elder is charged.
    price: Fen,
}

/// An item of the menu.
pub struct MenuItem(pub domain::MenuItem);

/// 服务项目。Something that can be ordered, at the prices of today.
#[Object(cache_control(max_age = 60))]
impl MenuItem {
    /// 代码。Its code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// 名称。Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 服务类别。The line it belongs to.
    async fn line(&self) -> ServiceLine {
        self.0.line.into()
    }

    /// 计量单位。The unit.
    async fn unit(&self) -> &str {
        &self.0.unit
    }

    /// 一个单位的时长,也是以时长支付的数额。How long one unit takes; its price in minutes.
    async fn minutes(&self) -> Minutes {
        Minutes(self.0.minutes)
    }

    /// 单位成本。What one unit costs the provider.
    async fn unit_cost(&self) -> Fen {
        Fen(self.0.price.unit_cost)
    }

    /// 低偿上限。The most the tier LOW is charged.
    async fn low_cap(&self) -> Fen {
        Fen(self.0.price.low_cap)
    }

    /// 各档价格。What each tier is charged.
    async fn prices(&self) -> Vec<TierPrice> {
        let charged = |tier| TierPrice {
            tier: PriceTier::from(tier),
            price: Fen(self.0.price.charged(tier)),
        };
        Tier::ALL.iter().copied().map(charged).collect()
    }

    /// 价格生效日。The first day of these prices.
    async fn prices_from(&self) -> Date {
        Date(self.0.price.valid_from)
    }

    /// 价格失效日(当日起不再有效)。The first day these prices no longer hold.
    async fn prices_to(&self) -> Option<Date> {
        self.0.price.valid_to.map(Date)
    }

    /// 公布时间。When it was last published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }
}

/// Menu queries.
#[derive(Default)]
pub struct MenuItemQuery;

#[Object]
impl MenuItemQuery {
    #[graphql(entity)]
    async fn find_menu_item_by_code(
        &self,
        ctx: &Context<'_>,
        code: String,
    ) -> Result<Option<MenuItem>> {
        find(ctx, code).await
    }

    /// 按代码查服务项目。An item of the menu by its code.
    async fn menu_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "代码。Its code.")] code: String,
    ) -> Result<Option<MenuItem>> {
        find(ctx, code).await
    }

    /// 今天的服务菜单,按代码排序。The menu of today, in code order.
    #[graphql(cache_control(max_age = 60))]
    async fn menu_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "只看此服务类别。Only of this line.")] line: Option<ServiceLine>,
        #[graphql(desc = "向后取几条(最多 100)。How many forward, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "从此游标之后。After this cursor.")] after: Option<String>,
        #[graphql(desc = "向前取几条(最多 100)。How many backward, at most 100.")] last: Option<
            i32,
        >,
        #[graphql(desc = "到此游标之前。Before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Opaque, MenuItem>>> {
        let page = page(first, after, last, before)?;
        let (state, _) = given(ctx);
        let found = app::menu_item::list(state, line.map(Into::into), &page).await?;
        listed(found, |item| (item.code.clone(),), MenuItem)
    }
}

async fn find(ctx: &Context<'_>, code: String) -> Result<Option<MenuItem>> {
    Ok(ctx
        .data_unchecked::<Loaders>()
        .load_one(MenuCode(code))
        .await?
        .map(MenuItem))
}

/// 档次价格。What one tier is charged.
#[derive(InputObject)]
pub struct TierPriceInput {
    /// 档次。The tier.
    tier: PriceTier,
    /// 向老人收取的价格。What the elder is charged.
    price: Fen,
}

/// 公布服务项目的输入。An item and its price list.
#[derive(InputObject)]
pub struct PublishMenuItemInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 代码(2 至 32 个大写字母、数字、连字符或下划线)。Its code: capital letters, digits, - or _.
    code: String,
    /// 名称。Its name.
    name: String,
    /// 服务类别。The line it belongs to.
    line: ServiceLine,
    /// 计量单位。The unit.
    unit: String,
    /// 一个单位的时长。How long one unit takes.
    minutes: Minutes,
    /// 单位成本。What one unit costs the provider.
    unit_cost: Fen,
    /// 低偿上限。The most the tier LOW is charged.
    low_cap: Fen,
    /// 各档价格:成本化、低偿、有偿各一(无偿为零,可省略)。One price each for COST, LOW and PAID; FREE is zero and may be left out.
    prices: Vec<TierPriceInput>,
    /// 价格生效日,默认今天。The first day of these prices; today unless said.
    effective_from: Option<Date>,
}

/// 公布服务项目的结果。The item published.
#[derive(SimpleObject)]
pub struct PublishMenuItemPayload {
    /// 服务项目。The item.
    menu_item: MenuItem,
}

/// Menu mutations.
#[derive(Default)]
pub struct MenuItemMutation;

#[Object]
impl MenuItemMutation {
    /// 公布服务项目或其新价格(民政部门)。Publishes an item, or new prices of one (civil affairs).
    async fn publish_menu_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: PublishMenuItemInput,
    ) -> Result<PublishMenuItemPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let publish = domain::PublishMenuItem {
            code: input.code,
            name: input.name,
            line: input.line.into(),
            unit: input.unit,
            minutes: input.minutes.0,
            unit_cost: input.unit_cost.0,
            low_cap: input.low_cap.0,
            prices: input
                .prices
                .into_iter()
                .map(|price| domain::TierPrice {
                    tier: price.tier.into(),
                    price: price.price.0,
                })
                .collect(),
            effective_from: input.effective_from.map(|day| day.0),
        };
        let (state, caller) = given(ctx);
        let item = app::menu_item::publish(state, caller, key, publish).await?;
        Ok(PublishMenuItemPayload {
            menu_item: MenuItem(item),
        })
    }
}
