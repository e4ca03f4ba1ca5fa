//! 督: recipients sign, milestones are accepted and paid.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::demo::world::World;

/// Acceptance by those who were served, then payment.
pub async fn pay(world: &mut World) -> Result<()> {
    world
        .tell("十三 服务对象签字验收,节点付款 / recipients sign, milestones are accepted and paid");
    let milestones = world.made("contract")?["milestones"].clone();
    for milestone in milestones.as_array().context("a contract has milestones")? {
        let id = json!({ "milestoneId": milestone["id"] });
        world
            .must_refuse("fund", "payMilestone", id.clone(), "MILESTONE_NOT_ACCEPTED")
            .await?;
        world
            .act(
                "org-a",
                "submitMilestone",
                id.clone(),
                "milestone { deliveredUnits }",
            )
            .await?;
        let sign = |world: &World, who: Option<&str>| -> Result<Value> {
            let mut input = json!({ "milestoneId": milestone["id"], "satisfied": true });
            if let Some(who) = who {
                input["residentId"] = world.id(who)?;
            }
            Ok(input)
        };
        let own = sign(world, None)?;
        world
            .act(
                "li",
                "signAcceptance",
                own.clone(),
                "milestone { signatureCount }",
            )
            .await?;
        world
            .must_refuse(
                "staff",
                "acceptMilestone",
                id.clone(),
                "ACCEPTANCE_SIGNATURES_MISSING",
            )
            .await?;
        world
            .must_refuse("chen", "signAcceptance", own.clone(), "NOT_A_RECIPIENT")
            .await?;
        world
            .must_refuse("li", "signAcceptance", own, "ACCEPTANCE_ALREADY_SIGNED")
            .await?;
        let paper = sign(world, Some("zhang"))?;
        world
            .act(
                "staff",
                "signAcceptance",
                paper,
                "milestone { signatureCount }",
            )
            .await?;
        world
            .act(
                "staff",
                "acceptMilestone",
                id.clone(),
                "milestone { state }",
            )
            .await?;
        world
            .act("fund", "payMilestone", id.clone(), "payment { amount }")
            .await?;
        world
            .must_refuse("fund", "payMilestone", id, "MILESTONE_ALREADY_PAID")
            .await?;
    }
    Ok(())
}
