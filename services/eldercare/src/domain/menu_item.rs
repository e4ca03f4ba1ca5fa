//! 服务菜单 (A53, A54): what can be ordered, and at which price in which tier.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Fen, Minutes, Refusal, refuse};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::tier::{ServiceLine, Tier};

/// Something that can be ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuItem {
    pub code: String,
    pub name: String,
    pub line: ServiceLine,
    pub unit: String,
    /// How long one unit takes; what it costs in credits.
    pub minutes: Minutes,
    pub published_at: DateTime<Utc>,
    pub price: MenuPrice,
}

/// Its price list over some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuPrice {
    pub id: Uuid,
    /// What one unit costs the provider.
    pub unit_cost: Fen,
    /// The most an elder of the tier LOW is charged.
    pub low_cap: Fen,
    /// Charged in the tier COST.
    pub copay_cost: Fen,
    /// Charged in the tier LOW.
    pub copay_low: Fen,
    /// The market price, charged in the tier PAID.
    pub price_paid: Fen,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

impl MenuPrice {
    /// What an elder of a tier is charged.
    pub fn charged(&self, tier: Tier) -> Fen {
        match tier {
            Tier::Free => Fen::ZERO,
            Tier::Cost => self.copay_cost,
            Tier::Low => self.copay_low,
            Tier::Paid => self.price_paid,
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PublishMenuItem {
    pub code: String,
    pub name: String,
    pub line: ServiceLine,
    pub unit: String,
    pub minutes: Minutes,
    pub unit_cost: Fen,
    pub low_cap: Fen,
    pub prices: Vec<TierPrice>,
    pub effective_from: Option<NaiveDate>,
}

/// What one tier is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierPrice {
    pub tier: Tier,
    pub price: Fen,
}

impl PublishMenuItem {
    /// An item with one price for each tier, within the limits of A54.
    pub fn item(&self, id: Uuid, now: DateTime<Utc>) -> Result<MenuItem, Refusal> {
        let today = kernel::china_date(now);
        let valid_from = self.effective_from.unwrap_or(today);
        if valid_from < today {
            return Err(refuse!(
                Invalid,
                "PRICE_BACKDATED",
                field: "input.effectiveFrom",
                zh: "价格不能追溯生效",
                en: "a price cannot begin in the past",
            ));
        }
        let price = MenuPrice {
            id,
            unit_cost: self.unit_cost,
            low_cap: self.low_cap,
            copay_cost: self.priced(Tier::Cost)?,
            copay_low: self.priced(Tier::Low)?,
            price_paid: self.priced(Tier::Paid)?,
            valid_from,
            valid_to: None,
        };
        self.check_amounts(&price)?;
        Ok(MenuItem {
            code: check_code(&self.code)?,
            name: check_text(&self.name, 100, "input.name")?,
            line: self.line,
            unit: check_text(&self.unit, 20, "input.unit")?,
            minutes: check_minutes(self.minutes)?,
            published_at: now,
            price,
        })
    }

    /// The one price of a tier; FREE may be left out, as it is always nothing.
    fn priced(&self, tier: Tier) -> Result<Fen, Refusal> {
        let mut of_tier = self.prices.iter().filter(|price| price.tier == tier);
        match (of_tier.next(), of_tier.next()) {
            (Some(price), None) => Ok(price.price),
            (Some(_), Some(_)) => Err(refuse!(
                Invalid,
                "PRICE_TWICE",
                field: "input.prices",
                zh: "{tier} 档的价格重复",
                en: "the tier {tier} is priced twice",
            )),
            (None, _) => Err(refuse!(
                Invalid,
                "PRICE_MISSING",
                field: "input.prices",
                zh: "缺少 {tier} 档的价格",
                en: "the tier {tier} has no price",
            )),
        }
    }

    fn check_amounts(&self, price: &MenuPrice) -> Result<(), Refusal> {
        let negative = [
            price.unit_cost,
            price.low_cap,
            price.copay_cost,
            price.copay_low,
        ]
        .iter()
        .any(|amount| amount.is_negative());
        if negative || price.price_paid <= Fen::ZERO {
            return Err(refuse!(
                Invalid,
                "PRICE_NEGATIVE",
                field: "input.prices",
                zh: "成本和价格不能为负,有偿价格须大于零",
                en: "costs and prices are not negative, and the market price is above zero",
            ));
        }
        if self
            .prices
            .iter()
            .any(|p| p.tier == Tier::Free && p.price != Fen::ZERO)
        {
            return Err(refuse!(
                Invalid,
                "PRICE_NOT_FREE",
                field: "input.prices",
                zh: "无偿档的价格须为零",
                en: "the tier FREE costs nothing",
            ));
        }
        if price.copay_cost > price.unit_cost {
            return Err(refuse!(
                Invalid,
                "PRICE_ABOVE_COST",
                field: "input.prices",
                zh: "成本化档的价格不能高于单位成本",
                en: "the tier COST is charged at most the unit cost",
            ));
        }
        if price.copay_low > price.low_cap || price.copay_low > price.unit_cost {
            return Err(refuse!(
                Invalid,
                "PRICE_ABOVE_CAP",
                field: "input.prices",
                zh: "低偿档的价格不能高于低偿上限和单位成本",
                en: "the tier LOW is charged at most its cap and the unit cost",
            ));
        }
        Ok(())
    }
}

fn check_code(code: &str) -> Result<String, Refusal> {
    let fits = (2..=32).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"_-".contains(&b))
        && code.as_bytes()[0].is_ascii_alphanumeric();
    if fits {
        return Ok(code.to_owned());
    }
    Err(refuse!(
        Invalid,
        "CODE_MALFORMED",
        field: "input.code",
        zh: "项目代码须为 2 至 32 个大写字母、数字、连字符或下划线,并以字母或数字开头",
        en: "a code has 2 to 32 capital letters, digits, - or _, and begins with a letter or digit",
    ))
}

fn check_text(text: &str, most: usize, field: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let length = text.chars().count();
    if (1..=most).contains(&length) {
        return Ok(text.to_owned());
    }
    Err(refuse!(
        Invalid,
        "TEXT_LENGTH",
        field: field,
        zh: "须为 1 至 {most} 个字",
        en: "has 1 to {most} characters",
    ))
}

fn check_minutes(minutes: Minutes) -> Result<Minutes, Refusal> {
    if (1..=1440).contains(&minutes.get()) {
        return Ok(minutes);
    }
    Err(refuse!(
        Invalid,
        "MINUTES_RANGE",
        field: "input.minutes",
        zh: "时长须为 1 至 1440 分钟",
        en: "one unit takes 1 to 1440 minutes",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish() -> PublishMenuItem {
        let price = |tier, fen| TierPrice {
            tier,
            price: Fen::new(fen),
        };
        PublishMenuItem {
            code: "MEAL-LUNCH".into(),
            name: "午餐".into(),
            line: ServiceLine::Meals,
            unit: "份".into(),
            minutes: Minutes::new(60),
            unit_cost: Fen::new(1500),
            low_cap: Fen::new(500),
            prices: vec![
                price(Tier::Cost, 1200),
                price(Tier::Low, 500),
                price(Tier::Paid, 2000),
            ],
            effective_from: None,
        }
    }

    fn reason(change: impl FnOnce(&mut PublishMenuItem)) -> &'static str {
        let mut wanted = publish();
        change(&mut wanted);
        wanted
            .item(Uuid::nil(), "2026-03-02T01:00:00Z".parse().unwrap())
            .unwrap_err()
            .reason
    }

    #[test]
    fn charges_each_tier_its_own_price_and_free_nothing() {
        let now = "2026-03-02T01:00:00Z".parse().unwrap();
        let price = publish().item(Uuid::nil(), now).unwrap().price;
        let charged: Vec<i64> = Tier::ALL
            .iter()
            .map(|tier| price.charged(*tier).get())
            .collect();
        assert_eq!(charged, [0, 1200, 500, 2000]);
    }

    #[test]
    fn refuses_prices_beyond_cost_and_cap() {
        assert_eq!(
            reason(|p| p.prices[0].price = Fen::new(1501)),
            "PRICE_ABOVE_COST"
        );
        assert_eq!(
            reason(|p| p.prices[1].price = Fen::new(501)),
            "PRICE_ABOVE_CAP"
        );
        assert_eq!(reason(|p| p.prices[2].price = Fen::ZERO), "PRICE_NEGATIVE");
        assert_eq!(reason(|p| p.unit_cost = Fen::new(-1)), "PRICE_NEGATIVE");
        assert_eq!(
            reason(|p| p.prices.push(TierPrice {
                tier: Tier::Free,
                price: Fen::new(1)
            })),
            "PRICE_NOT_FREE"
        );
    }

    #[test]
    fn refuses_missing_and_repeated_tiers_and_odd_words() {
        assert_eq!(reason(|p| p.prices.truncate(2)), "PRICE_MISSING");
        assert_eq!(reason(|p| p.prices[0].tier = Tier::Low), "PRICE_MISSING");
        assert_eq!(
            reason(|p| p.prices.push(TierPrice {
                tier: Tier::Low,
                price: Fen::ZERO
            })),
            "PRICE_TWICE"
        );
        assert_eq!(reason(|p| p.code = "午餐".into()), "CODE_MALFORMED");
        assert_eq!(reason(|p| p.name = " ".into()), "TEXT_LENGTH");
        assert_eq!(reason(|p| p.minutes = Minutes::ZERO), "MINUTES_RANGE");
        let yesterday = "2026-03-01".parse().unwrap();
        assert_eq!(
            reason(|p| p.effective_from = Some(yesterday)),
            "PRICE_BACKDATED"
        );
    }
}
