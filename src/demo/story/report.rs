//! 督: whoever was served reports what was done against the plan; the contractor is
//! heard before anything is found, and what is found is public.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::demo::world::World;

const LIST: &str =
    "query($of: ID!) { violations(first: 5, organizationId: $of) { nodes { contractId state } } }";

/// A departure from the plan is reported, answered and found.
pub async fn report(world: &mut World) -> Result<()> {
    world.tell(
        "十四 举报与认定:先听取承接方陈述 / reported, heard, found: nobody is found guilty unheard",
    );
    let report = json!({
        "contractId": world.id("contract")?, "kind": "PLAN_DEPARTURE", "facts": "有一次送餐迟到半小时",
    });
    let made = world
        .act("li", "reportViolation", report, "violation { id }")
        .await?;
    let which = json!({ "violationId": made["violation"]["id"] });
    ensure!(!known(world).await?, "what was not found yet is public");
    let mut found = which.clone();
    found["confirmed"] = json!(true);
    found["finding"] = json!("属实,已约谈整改");
    for (who, reason) in [
        ("li", "FORBIDDEN"),
        ("officer", "FORBIDDEN"),
        ("auditor", "OTHER_SIDE_NOT_HEARD"),
    ] {
        world
            .must_refuse(who, "decideViolation", found.clone(), reason)
            .await?;
    }
    let mut said = which;
    said["statement"] = json!("当日大雪,已向老人致歉");
    world
        .must_refuse("org-b", "answerViolation", said.clone(), "FORBIDDEN")
        .await?;
    world
        .act("org-a", "answerViolation", said, "violation { state }")
        .await?;
    world
        .act(
            "auditor",
            "decideViolation",
            found.clone(),
            "violation { state }",
        )
        .await?;
    world
        .must_refuse("auditor", "decideViolation", found, "VIOLATION_STATE")
        .await?;
    ensure!(known(world).await?, "what was found is not public");
    Ok(())
}

/// Whether anybody reads of a violation of this contract.
async fn known(world: &World) -> Result<bool> {
    let answer = world
        .send(None, LIST, json!({ "of": world.id("org-a")? }))
        .await?;
    ensure!(answer.errors.is_empty(), "{:?}", answer.errors);
    let found = json!({ "contractId": world.id("contract")?, "state": "CONFIRMED" });
    let nodes = answer.data["violations"]["nodes"].as_array();
    Ok(nodes.is_some_and(|all: &Vec<Value>| all.contains(&found)))
}
