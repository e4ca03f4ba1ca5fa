//! 督、评: recipients sign, milestones are accepted and paid, the resident
//! rates, and one query shows the chain.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::demo::world::World;

/// The whole chain in one query.
pub const LINKAGE: &str = "query($trace: ID!) { linkage(traceId: $trace) {
    need { state reportedBy { id } }
    proposal { title state }
    ballot { result { decision votesFor votesAgainst } }
    community { name }
    rating { stars comment }
    reporter { id name }
    grid { code }
    happenings { kind }
    procurementNeed { title state }
    tender { title state }
    award { amount organization { id name } }
    contract { amount state }
    milestones { title state amount }
    payments { amount }
    fund { available committed paid }
    organizations { name }
    engagements { amount }
    orders { tier unitPrice creditMinutes state }
    visits { state minutes workerKind }
    creditEntries { kind minutes }
    socialWorkers { id }
    volunteers { id }
    volunteerRecords { minutes }
} }";

/// Acceptance by those who were served, then payment.
pub async fn pay(world: &mut World) -> Result<()> {
    world
        .tell("十二 服务对象签字验收,节点付款 / recipients sign, milestones are accepted and paid");
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
            .refused("staff", "acceptMilestone", id.clone())
            .await?;
        world.refused("chen", "signAcceptance", own.clone()).await?;
        world.refused("li", "signAcceptance", own).await?;
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
        world.refused("fund", "payMilestone", id).await?;
    }
    Ok(())
}

/// The resident who raised the need rates it; then one query shows the chain.
pub async fn rate(world: &mut World) -> Result<()> {
    world.tell("十三 居民评价,一条查询看全链 / the resident rates, one query shows the chain");
    let rate = json!({ "needId": world.id("need")?, "stars": 5, "comment": "热饭送到家,谢谢" });
    world.refused("chen", "rateResult", rate.clone()).await?;
    // The payment reaches communities as an event.
    settle(world, "wang", |chain| {
        chain["proposal"]["state"] == "RESULT_PUBLISHED"
    })
    .await?;
    world
        .act("wang", "rateResult", rate, "rating { stars }")
        .await?;
    let chain = settle(world, "staff", |chain| {
        let empty = |name: &str| chain[name].as_array().is_none_or(Vec::is_empty);
        !empty("volunteerRecords") && !empty("engagements") && !empty("happenings")
    })
    .await?;
    for name in [
        "need",
        "proposal",
        "ballot",
        "community",
        "rating",
        "tender",
        "award",
        "contract",
    ] {
        anyhow::ensure!(!chain[name].is_null(), "the chain lacks {name}: {chain:#}");
    }
    for (name, least) in [
        ("payments", 2),
        ("orders", 3),
        ("visits", 3),
        ("volunteerRecords", 1),
        ("organizations", 1),
    ] {
        let found = chain[name].as_array().map_or(0, Vec::len);
        anyhow::ensure!(found >= least, "the chain has {found} {name}: {chain:#}");
    }
    world.tell(&format!("{chain:#}"));
    Ok(())
}

/// Asks for the chain until what events carry has arrived; they take moments.
async fn settle(world: &World, account: &str, done: impl Fn(&Value) -> bool) -> Result<Value> {
    let trace = world.made("need")?["traceId"].clone();
    let begun = std::time::Instant::now();
    loop {
        let mut answer = world
            .ask(account, LINKAGE, json!({ "trace": trace }))
            .await?;
        let chain = answer["linkage"].take();
        if done(&chain) {
            return Ok(chain);
        }
        anyhow::ensure!(
            begun.elapsed() < Duration::from_secs(30),
            "the chain did not settle: {chain:#}"
        );
        let never = tokio_util::sync::CancellationToken::new();
        kit::lifecycle::pause(&never, Duration::from_millis(100)).await;
    }
}
