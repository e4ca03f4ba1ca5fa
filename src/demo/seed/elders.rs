//! Two elders in two price tiers, and the menu they order from.

use anyhow::Result;
use serde_json::json;

use crate::demo::world::World;

/// Publishes the menu, registers the elders and a relative.
pub async fn seed(world: &mut World) -> Result<()> {
    world
        .act(
            "civil",
            "publishMenuItem",
            json!({
                "code": "MEALS-HOME", "name": "上门助餐", "line": "MEALS", "unit": "次", "minutes": 60,
                "unitCost": 2000, "lowCap": 1000,
                "prices": [
                    { "tier": "FREE", "price": 0 }, { "tier": "COST", "price": 2000 },
                    { "tier": "LOW", "price": 800 }, { "tier": "PAID", "price": 2600 },
                ],
            }),
            "menuItem { code }",
        )
        .await?;
    for (elder, category, alone) in [("li", "LOW_INCOME", true), ("zhang", "ORDINARY", false)] {
        world
            .act(
                "staff",
                "registerElder",
                json!({ "residentId": world.id(elder)?, "category": category, "livesAlone": alone }),
                "elder { residentId }",
            )
            .await?;
    }
    // 张国强 is the father of 赵立新's household; staff saw the register.
    world
        .act(
            "staff",
            "registerRelation",
            json!({
                "residentId": world.id("zhao")?, "relativeResidentId": world.id("zhang")?,
                "relation": "PARENT", "evidence": "户口簿",
            }),
            "relation { id }",
        )
        .await?;
    Ok(())
}
