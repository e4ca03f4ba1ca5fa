//! 公益创投: a fund, the guide of the year, and a round that calls for applications.

use anyhow::Result;
use chrono::Datelike as _;
use serde_json::json;

use crate::demo::{people::COUNTY, world::World};

/// How long the call runs.
const CALL_DAYS: u64 = 30;

/// Calls a round, operated by `raiser`: the first one comes from outside.
pub async fn seed(world: &mut World) -> Result<()> {
    let fund = json!({ "name": "南岗区公益创投专项资金", "divisionCode": COUNTY });
    let made = world.act("fund", "createFund", fund, "fund { id }").await?;
    world.keep("venture fund", made["fund"].clone());
    let money = json!({
        "fundId": world.id("venture fund")?, "amount": 1_000_000, "document": "南民发〔2026〕20号",
    });
    world
        .act("fund", "appropriateFund", money, "fund { available }")
        .await?;
    let year = world.day().await?.year();
    let guide = json!({
        "kind": "VENTURE", "divisionCode": COUNTY, "year": year, "title": format!("{year} 年公益创投指南"),
        "body": "面向居家养老和邻里互助;登记或备案的社会组织均可申报;每个项目须有一名社会工作者。",
        "budget": 400_000,
    });
    world
        .act("civil", "publishGuide", guide, "__typename")
        .await?;
    let round = json!({
        "divisionCode": COUNTY, "fundId": world.id("venture fund")?, "operatorId": world.id("raiser")?,
        "title": "为老服务公益创投", "theme": "助餐、陪伴、适老化", "budget": 400_000, "grantCap": 300_000,
        "dropExtremes": true, "passPoints": 60, "tranchePercents": [50, 30, 20],
        "criteria": [
            { "name": "方案", "weight": 60, "maxScore": 100 },
            { "name": "团队", "weight": 40, "maxScore": 50 },
        ],
    });
    let made = world
        .act("civil", "planVentureRound", round, "round { id }")
        .await?;
    world.keep("venture round", made["round"].clone());
    let call = json!({
        "roundId": world.id("venture round")?, "closesAt": world.morning(CALL_DAYS).await?,
    });
    world
        .act("fund", "callVentureRound", call, "round { state }")
        .await?;
    Ok(())
}
