//! 服务订单 (A53, A54): one unit of the menu for one elder, its price a snapshot.

use chrono::{DateTime, Utc};
use kernel::{
    DivisionCode, Fen, Minutes, Refusal,
    keys::{ContractId, OrganizationId, ResidentId, TraceId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{
    care_plan::CarePlanId,
    menu_item::MenuItem,
    tier::{ServiceLine, Tier, TierDecisionId},
};

kernel::typed_id!(
    /// Order of a service (服务订单).
    OrderId,
    "order"
);

kernel::text_enum! {
    /// Where an order stands.
    pub enum OrderState {
        /// 已下单
        Placed = "PLACED",
        /// 已派单
        Assigned = "ASSIGNED",
        /// 已结算
        Settled = "SETTLED",
        /// 已取消
        Cancelled = "CANCELLED",
    }
}

impl OrderState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Placed, Self::Assigned),
        (Self::Placed, Self::Cancelled),
        // A visit that was refused or missed gives the order back.
        (Self::Assigned, Self::Placed),
        (Self::Assigned, Self::Settled),
        // Only with a visit that an audit found void.
        (Self::Settled, Self::Cancelled),
    ];

    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(self.cannot(next))
    }

    fn cannot(self, next: Self) -> Refusal {
        refuse!(
            Refused,
            "ORDER_STATE",
            zh: "订单当前状态为 {self},不能变为 {next}",
            en: "the order is {self} and cannot become {next}",
        )
    }
}

/// What one unit costs, and who bears it: unit price = subsidy + copay + credit value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub unit_price: Fen,
    pub subsidy: Fen,
    pub copay: Fen,
    /// The part of the price that minutes stand for.
    pub credit_value: Fen,
    /// Minutes on hold for it.
    pub credit_minutes: Minutes,
}

impl Price {
    /// The price of one unit in a tier, paid in money or in minutes.
    pub fn of(item: &MenuItem, tier: Tier, with_minutes: bool) -> Result<Self, Refusal> {
        let charged = item.price.charged(tier);
        let unit_price = if tier == Tier::Paid {
            charged
        } else {
            item.price.unit_cost
        };
        let subsidy = unit_price.checked_sub(charged)?;
        if !with_minutes {
            return Ok(Self {
                unit_price,
                subsidy,
                copay: charged,
                credit_value: Fen::ZERO,
                credit_minutes: Minutes::ZERO,
            });
        }
        if charged == Fen::ZERO {
            return Err(refuse!(
                Refused,
                "CREDITS_NOT_NEEDED",
                field: "input.payWithMinutes",
                zh: "该项目对本人免费,无需支付时长",
                en: "this costs the elder nothing, so no minutes are taken",
            ));
        }
        Ok(Self {
            unit_price,
            subsidy,
            copay: Fen::ZERO,
            credit_value: charged,
            credit_minutes: item.minutes,
        })
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub trace_id: TraceId,
    pub elder_id: ResidentId,
    pub division_code: DivisionCode,
    pub contract_id: ContractId,
    pub organization_id: OrganizationId,
    pub item_code: String,
    pub line: ServiceLine,
    pub minutes: Minutes,
    pub tier: Tier,
    pub decision_id: TierDecisionId,
    pub price: Price,
    pub state: OrderState,
    pub cancel_reason: Option<String>,
    /// The plan it comes from.
    #[serde(default)]
    pub care_plan_id: Option<CarePlanId>,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub version: i32,
    pub placed_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which orders a list asks for.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    pub elder: Option<ResidentId>,
    pub contract: Option<ContractId>,
    pub state: Option<OrderState>,
}

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlaceOrder {
    pub elder_id: ResidentId,
    pub item_code: String,
    pub contract_id: ContractId,
    pub pay_with_minutes: bool,
    /// Ordered from this plan, and counted there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub care_plan_id: Option<CarePlanId>,
}

impl Order {
    /// Somebody will come.
    pub fn assign(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(OrderState::Assigned, now)
    }

    /// Nobody came; somebody else may.
    pub fn give_back(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(OrderState::Placed, now)
    }

    /// The visit was confirmed.
    pub fn settle(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(OrderState::Settled, now)
    }

    /// Its visit was found void: the unit may be ordered again.
    pub fn void(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.moves(OrderState::Cancelled, now)?;
        self.cancel_reason = Some(reason.trim().chars().take(500).collect());
        Ok(())
    }

    /// No longer wanted; only while nobody is to come.
    pub fn cancel(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == OrderState::Settled {
            return Err(self.state.cannot(OrderState::Cancelled));
        }
        self.moves(OrderState::Cancelled, now)?;
        self.cancel_reason = Some(super::visit::check_reason(reason)?);
        Ok(())
    }

    fn moves(&mut self, next: OrderState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::menu_item::MenuPrice;

    fn item(unit_cost: i64, copay_cost: i64, copay_low: i64, price_paid: i64) -> MenuItem {
        MenuItem {
            code: "MEAL".into(),
            name: "午餐".into(),
            line: ServiceLine::Meals,
            unit: "份".into(),
            minutes: Minutes::new(60),
            published_at: "2026-03-02T01:00:00Z".parse().unwrap(),
            price: MenuPrice {
                id: Uuid::nil(),
                unit_cost: Fen::new(unit_cost),
                low_cap: Fen::new(copay_low),
                copay_cost: Fen::new(copay_cost),
                copay_low: Fen::new(copay_low),
                price_paid: Fen::new(price_paid),
                valid_from: "2026-01-01".parse().unwrap(),
                valid_to: None,
            },
        }
    }

    #[test]
    fn only_the_listed_moves_are_legal() {
        for &from in OrderState::ALL {
            for &next in OrderState::ALL {
                let legal = OrderState::MOVES.contains(&(from, next));
                assert_eq!(from.to(next).is_ok(), legal, "{from:?} → {next:?}");
            }
        }
    }

    #[test]
    fn free_takes_neither_money_nor_minutes() {
        let price = Price::of(&item(1500, 1200, 500, 2000), Tier::Free, false).unwrap();
        assert_eq!((price.subsidy, price.copay), (Fen::new(1500), Fen::ZERO));
        let refused = Price::of(&item(1500, 1200, 500, 2000), Tier::Free, true).unwrap_err();
        assert_eq!(refused.reason, "CREDITS_NOT_NEEDED");
    }

    #[test]
    fn minutes_stand_for_what_would_have_been_charged() {
        let price = Price::of(&item(1500, 1200, 500, 2000), Tier::Low, true).unwrap();
        assert_eq!(price.copay, Fen::ZERO);
        assert_eq!(
            (price.subsidy, price.credit_value),
            (Fen::new(1000), Fen::new(500))
        );
        assert_eq!(price.credit_minutes, Minutes::new(60));
    }

    proptest! {
        #[test]
        fn what_one_unit_costs_is_always_borne_in_full(
            cost in 0i64..100_000, part in 0i64..=100, low in 0i64..=100, paid in 1i64..100_000,
            with_minutes: bool,
        ) {
            let item = item(cost, cost * part / 100, cost * low / 100, paid);
            for &tier in Tier::ALL {
                let Ok(price) = Price::of(&item, tier, with_minutes) else { continue };
                let borne = Fen::sum([price.subsidy, price.copay, price.credit_value]).unwrap();
                prop_assert_eq!(borne, price.unit_price);
                prop_assert!(!price.subsidy.is_negative());
                prop_assert_eq!(price.credit_minutes == Minutes::ZERO, price.credit_value == Fen::ZERO);
            }
        }
    }
}
