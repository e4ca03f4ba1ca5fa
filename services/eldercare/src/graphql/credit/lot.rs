//! Lots, holds and statements of an account.

use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use kit::{
    Result,
    graph::{Date, Minutes},
};

use crate::{
    app,
    domain::{credit as domain, order::OrderId},
    graphql::{loaders::Loaders, order::Order},
};

/// 积分来源。What minutes come from.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::LotKind")]
pub enum CreditLotKind {
    /// 服务所得。Service.
    Service,
    /// 购买所得,不得转让。Purchases; handed to nobody.
    Purchase,
    /// 公益池发放。A grant from the pool.
    Grant,
}

/// A lot.
pub struct CreditLot(pub domain::CreditLot);

/// 积分批次:来源和到期日相同的时长。Minutes of one kind that count until one day.
#[Object]
impl CreditLot {
    /// 来源。What they come from.
    async fn kind(&self) -> CreditLotKind {
        self.0.kind.into()
    }

    /// 剩余。What is left.
    async fn left(&self) -> Minutes {
        Minutes(self.0.left)
    }

    /// 自此日起不再有效;空为长期有效。The first day they no longer count; none is without end.
    async fn expires_on(&self) -> Option<Date> {
        self.0.expires_on.map(Date)
    }

    /// 可否转给亲属。Whether they may be handed to a relative.
    async fn transferable(&self) -> bool {
        self.0.transferable
    }

    /// 首次存入时间。When the first of them came.
    async fn first_at(&self) -> DateTime<Utc> {
        self.0.first_at
    }
}

/// 明细中由一个批次承担的部分。The part of an entry that one lot bore.
#[derive(SimpleObject)]
pub struct CreditLotPart {
    /// 来源。What it comes from.
    kind: CreditLotKind,
    /// 时长。How many minutes.
    minutes: Minutes,
    /// 自此日起不再有效;空为长期有效。The first day it no longer counts; none is without end.
    expires_on: Option<Date>,
}

impl From<&domain::LotPart> for CreditLotPart {
    fn from(part: &domain::LotPart) -> Self {
        let day: Option<NaiveDate> = part.expires_on.parse().ok();
        Self {
            kind: part.kind.into(),
            minutes: Minutes(part.minutes),
            expires_on: day.map(Date),
        }
    }
}

/// What is on hold for an order.
pub struct CreditHold {
    order_id: OrderId,
    minutes: kernel::Minutes,
    placed_at: DateTime<Utc>,
}

impl From<app::credit::Hold> for CreditHold {
    fn from(hold: app::credit::Hold) -> Self {
        Self {
            order_id: hold.order_id,
            minutes: hold.minutes,
            placed_at: hold.placed_at,
        }
    }
}

/// 冻结:为订单预留的时长。Minutes set aside for an order.
#[Object]
impl CreditHold {
    /// 订单(可见时)。The order, where the caller may read it.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(self.order_id)
            .await?;
        Ok(found.map(Order))
    }

    /// 时长。How many minutes.
    async fn minutes(&self) -> Minutes {
        Minutes(self.minutes)
    }

    /// 冻结时间。Since when.
    async fn placed_at(&self) -> DateTime<Utc> {
        self.placed_at
    }
}

/// 对账单。What an account gained and spent over some days.
#[derive(SimpleObject)]
pub struct CreditStatement {
    /// 期初。The balance before.
    opening: Minutes,
    /// 收入。What was gained.
    gained: Minutes,
    /// 支出。What was spent, given, handed on, or no longer counts.
    spent: Minutes,
    /// 期末。The balance after.
    closing: Minutes,
}

impl From<domain::Statement> for CreditStatement {
    fn from(one: domain::Statement) -> Self {
        Self {
            opening: Minutes(one.opening),
            gained: Minutes(one.gained),
            spent: Minutes(one.spent),
            closing: Minutes(one.closing),
        }
    }
}
