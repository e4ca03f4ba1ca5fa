//! 联动目标: two targets of this year, marked as demonstrations; the events of the
//! other parts move what they are held against.

use anyhow::Result;
use chrono::Datelike as _;
use serde_json::json;

use crate::demo::{
    people::{CITY, COUNTY},
    world::World,
};

/// Sets them as the offices of county and city would.
pub async fn seed(world: &mut World) -> Result<()> {
    let year = world.day().await?.year();
    for (account, indicator, division, amount) in [
        ("civil", "PILOTS", COUNTY, 1),
        ("city", "WORK_LISTS", CITY, 4),
    ] {
        let target = json!({
            "indicator": indicator, "divisionCode": division, "year": year, "amount": amount,
            "document": "示范数据,非正式下达的目标", "demo": true,
        });
        world
            .act(account, "setGoalTarget", target, "goalTarget { id }")
            .await?;
    }
    Ok(())
}
