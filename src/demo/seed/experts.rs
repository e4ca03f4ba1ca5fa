//! Experts of the pool and two representatives of the buyer, one of them tied
//! to a bidder.

use anyhow::Result;
use kit::auth::{Account, Actor, Role};
use serde_json::json;

use super::uuid_of;
use crate::demo::world::World;

/// Account, and whether they represent the buyer.
const EXPERTS: &[(&str, bool)] = &[
    ("e1", false),
    ("e2", false),
    ("e3", false),
    ("e4", false),
    ("e5", false),
    ("buyer", true),
    ("tied", true),
];

/// Registers them, and the tie that has to keep one of them off the panel.
pub async fn seed(world: &mut World) -> Result<()> {
    for (account, of_buyer) in EXPERTS {
        let expert = json!({
            "name": format!("评审{account}"), "specialty": "养老服务", "ofBuyer": of_buyer,
        });
        let made = world
            .act("officer", "registerExpert", expert, "expert { id }")
            .await?;
        let expert = made["expert"].clone();
        let mut actor = Actor::new(*account, [Role::Expert]);
        actor.expert_id = Some(uuid_of(&expert["id"])?);
        let title_zh = format!("评审专家 {account}");
        let name = (*account).to_owned();
        world.desk().register(vec![Account {
            name,
            title_zh,
            actor,
        }])?;
        world.keep(account, expert);
    }
    let tie = json!({
        "expertId": world.id("tied")?, "organizationId": world.id("org-a")?, "kind": "EMPLOYMENT",
    });
    world
        .act("officer", "declareRelation", tie, "expert { id }")
        .await?;
    Ok(())
}
