//! 政府购买服务: a budget, and a tender with its statutory clock.

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::demo::{people::COUNTY, world::World};

/// What the experts are drawn by; its hash is published with the tender.
pub const SEED: &str = "幸福社区助餐-抽取种子-2026";

/// A fund and a reservation.
pub async fn prepare(world: &mut World) -> Result<()> {
    world.tell("五 资金与预算 / a fund, and a budget reserved from it");
    let fund = json!({ "name": format!("南岗区居家养老专项资金 {}", world.run()), "divisionCode": COUNTY });
    let made = world.act("fund", "createFund", fund, "fund { id }").await?;
    world.keep("fund", made["fund"].clone());
    let reserve = json!({
        "needId": world.id("procurement need")?, "fundId": world.id("fund")?, "amount": 9000,
    });
    world
        .must_refuse(
            "officer",
            "reserveBudget",
            reserve.clone(),
            "FUND_INSUFFICIENT",
        )
        .await?;
    let appropriate = json!({
        "fundId": world.id("fund")?, "amount": 1_000_000, "document": "南民发〔2026〕12号",
    });
    world
        .act("fund", "appropriateFund", appropriate, "fund { available }")
        .await?;
    world
        .act("officer", "reserveBudget", reserve, "need { state }")
        .await?;
    Ok(())
}

/// The tender goes out with its statutory clock.
pub async fn tender(world: &mut World) -> Result<()> {
    world.tell("六 公开招标:不少于二十日 / an open tender, at least twenty days");
    let create = json!({
        "needId": world.id("procurement need")?, "method": "OPEN", "title": "幸福社区老人助餐服务",
        "priceWeight": 20, "elderCare": true,
        "criteria": [
            { "name": "价格", "kind": "PRICE", "weight": 20, "maxScore": 100, "objective": true },
            { "name": "服务方案", "kind": "TECHNICAL", "weight": 60, "maxScore": 100, "objective": false },
            { "name": "业绩", "kind": "COMMERCIAL", "weight": 20, "maxScore": 100, "objective": false },
        ],
        "milestones": [
            { "title": "首次服务", "units": 1, "percent": 40 },
            { "title": "全部完成", "units": 2, "percent": 60 },
        ],
    });
    let made = world
        .act("officer", "createTender", create, "tender { id }")
        .await?;
    world.keep("tender", made["tender"].clone());
    let now = world.desk().now().await?;
    let publish = |days: i64, world: &World| -> Result<Value> {
        Ok(json!({
            "tenderId": world.id("tender")?, "documentsUntil": now + TimeDelta::days(12),
            "closesAt": now + TimeDelta::days(days), "opensAt": now + TimeDelta::days(days),
            "seedCommitment": hex::encode(Sha256::digest(SEED.as_bytes())),
        }))
    };
    let short = publish(19, world)?;
    world
        .must_refuse("officer", "publishTender", short, "BID_PERIOD_TOO_SHORT")
        .await?;
    let lawful = publish(21, world)?;
    world
        .act(
            "officer",
            "publishTender",
            lawful,
            "tender { state closesAt }",
        )
        .await?;
    Ok(())
}
