//! 养老: a provider of day care, and a room with places next week.

use anyhow::Result;
use serde_json::json;

use crate::demo::{
    people::{COMMUNITY, COUNTY},
    world::World,
};

/// Registers the provider and opens its facility.
pub async fn seed(world: &mut World) -> Result<()> {
    let provider = json!({
        "organizationId": world.id("org-c")?, "divisionCode": COUNTY, "lines": ["DAY_CARE"],
    });
    world
        .act("civil", "registerProvider", provider, "__typename")
        .await?;
    let facility = json!({
        "divisionCode": COMMUNITY, "organizationId": world.id("org-c")?, "name": "幸福社区日间照料中心",
        "capacity": 20,
    });
    let made = world
        .act("staff", "openFacility", facility, "facility { id }")
        .await?;
    let room = json!({
        "facilityId": made["facility"]["id"], "kind": "DAY_CARE", "name": "日间照料室", "capacity": 10,
    });
    let made = world
        .act("org-c", "addRoom", room, "facility { rooms { id } }")
        .await?;
    let slot = json!({
        "roomId": made["facility"]["rooms"][0]["id"], "startsAt": world.morning(7).await?,
        "endsAt": world.morning(7).await? + chrono::TimeDelta::hours(8), "capacity": 8,
    });
    world.act("org-c", "openSlot", slot, "__typename").await?;
    Ok(())
}
