//! 办: elders order, a social worker and a volunteer visit, elders confirm,
//! minutes are earned and spent.

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::demo::world::World;

/// An elder is assessed by two assessors; the server scores (GB/T 42195).
pub async fn assess(world: &mut World) -> Result<()> {
    world.tell("十 能力评估与分档 / an assessment by two assessors decides the price tier");
    let known = world
        .ask(
            "sun",
            "query($id: ID!) { elder(residentId: $id) { assessments { validTo } } }",
            json!({ "id": world.id("li")? }),
        )
        .await?;
    let known = known["elder"]["assessments"].as_array();
    let known = known.context("assessments are a list")?;
    let today = kernel::china_date(world.desk().now().await?).to_string();
    // ISO dates compare as text.
    let holds = |one: &Value| one["validTo"].as_str().is_some_and(|end| end > &*today);
    if known.iter().any(holds) {
        // A story told again stands on the assessment that still holds.
        return Ok(());
    }
    let reason = if known.is_empty() { "FIRST" } else { "ROUTINE" };
    let items = world
        .ask("sun", "{ assessmentItems { code maxScore } }", json!({}))
        .await?["assessmentItems"]
        .take();
    // Scores that add up to 56 of 90: moderately disabled.
    let mut left = 56;
    let items: Vec<Value> = items
        .as_array()
        .context("assessment items are a list")?
        .iter()
        .map(|item| {
            let most = item["maxScore"].as_i64().unwrap_or_default();
            let score = most.min(left);
            left -= score;
            json!({ "code": item["code"], "score": score })
        })
        .collect();
    let alone = json!({
        "residentId": world.id("li")?, "reason": reason, "assessors": [world.id("social worker")?],
        "items": items,
    });
    world
        .must_refuse("sun", "assessElder", alone.clone(), "ASSESSORS_TOO_FEW")
        .await?;
    let mut together = alone;
    together["assessors"] = json!([
        world.id("social worker")?,
        world.id("second social worker")?
    ]);
    world
        .act(
            "sun",
            "assessElder",
            together,
            "assessment { finalLevel explanationZh }",
        )
        .await?;
    for (elder, tier) in [("li", "FREE"), ("zhang", "PAID")] {
        let decide = json!({ "residentId": world.id(elder)?, "line": "MEALS" });
        let made = world
            .act(
                "staff",
                "decideTier",
                decide,
                "decision { tier explanationZh }",
            )
            .await?;
        anyhow::ensure!(made["decision"]["tier"] == tier, "{elder}: {made}");
    }
    Ok(())
}

/// Orders in two tiers, visits by a social worker and by a volunteer.
pub async fn visits(world: &mut World) -> Result<()> {
    world.tell(
        "十一 两档订单,社工与志愿者上门,老人确认 / orders, visits, and the elders' confirmation",
    );
    let order = |world: &World, elder: &str, minutes: bool| -> Result<Value> {
        Ok(json!({
            "elderResidentId": world.id(elder)?, "menuItemCode": "MEALS-HOME",
            "contractId": world.id("contract")?, "payWithMinutes": minutes,
        }))
    };
    let unpaid = order(world, "zhang", true)?;
    world
        .must_refuse("zhang", "placeOrder", unpaid, "CREDITS_INSUFFICIENT")
        .await?;
    for (elder, name) in [("li", "order of li"), ("zhang", "order of zhang")] {
        let input = order(world, elder, false)?;
        let made = world
            .act(
                elder,
                "placeOrder",
                input,
                "order { id tier unitPrice subsidy copay }",
            )
            .await?;
        world.keep(name, made["order"].clone());
    }
    join(world).await?;
    visit(world, "order of li", "VOLUNTEER", "volunteer", "zhao", "li").await?;
    visit(
        world,
        "order of zhang",
        "SOCIAL_WORKER",
        "social worker",
        "sun",
        "zhang",
    )
    .await?;

    world.tell(
        "十二 以服务换养老:志愿者得分钟,转给父亲,老人用分钟支付 / minutes are earned, given, spent",
    );
    let mine = balance(world, "zhao").await?;
    anyhow::ensure!(mine > 0, "the volunteer earned nothing");
    let give = |minutes: i64, world: &World| -> Result<Value> {
        Ok(json!({ "toResidentId": world.id("zhang")?, "relation": "PARENT", "minutes": minutes }))
    };
    let too_much = give(mine + 1, world)?;
    world
        .must_refuse("zhao", "transferCredits", too_much, "CREDITS_INSUFFICIENT")
        .await?;
    let all = give(mine, world)?;
    world
        .act("zhao", "transferCredits", all, "__typename")
        .await?;
    let input = order(world, "zhang", true)?;
    let made = world
        .act("zhang", "placeOrder", input, "order { id creditMinutes }")
        .await?;
    world.keep("order in minutes", made["order"].clone());
    visit(
        world,
        "order in minutes",
        "SOCIAL_WORKER",
        "social worker",
        "sun",
        "zhang",
    )
    .await?;
    anyhow::ensure!(
        balance(world, "zhang").await? == mine - 60,
        "the elder paid another amount"
    );
    Ok(())
}

/// The volunteer joins the contractor, once: until then it learns nothing of them.
async fn join(world: &mut World) -> Result<()> {
    let query = "query($id: ID!) { volunteer(id: $id) { placements {
        organization { id } endedAt } } }";
    let told = world
        .ask("zhao", query, json!({ "id": world.id("volunteer")? }))
        .await?;
    let contractor = world.id("org-a")?;
    let placements = told["volunteer"]["placements"].as_array();
    let stands = |one: &Value| one["organization"]["id"] == contractor && one["endedAt"].is_null();
    if placements.into_iter().flatten().any(stands) {
        return Ok(());
    }
    let start: DateTime<Utc> = world.desk().now().await? + TimeDelta::minutes(5);
    let assign = json!({
        "orderId": world.id("order of li")?, "workerKind": "VOLUNTEER",
        "workerId": world.id("volunteer")?,
        "plannedStart": start, "plannedEnd": start + TimeDelta::minutes(60),
    });
    world
        .must_refuse("org-a", "assignVisit", assign, "WORKER_NOT_PLACED")
        .await?;
    let placement = json!({
        "volunteerId": world.id("volunteer")?, "organizationId": contractor,
    });
    world
        .act("zhao", "placeVolunteer", placement, "placement { id }")
        .await?;
    Ok(())
}

async fn balance(world: &World, account: &str) -> Result<i64> {
    let query = "query($id: ID!) { creditAccount(residentId: $id) { balance held } }";
    let answer = world
        .ask(account, query, json!({ "id": world.id(account)? }))
        .await?;
    answer["creditAccount"]["balance"]
        .as_i64()
        .with_context(|| format!("no balance: {answer}"))
}

async fn visit(
    world: &mut World,
    order: &str,
    kind: &str,
    worker: &str,
    account: &str,
    elder: &str,
) -> Result<()> {
    let start: DateTime<Utc> = world.desk().now().await? + TimeDelta::minutes(5);
    let assign = json!({
        "orderId": world.id(order)?, "workerKind": kind, "workerId": world.id(worker)?,
        "plannedStart": start, "plannedEnd": start + TimeDelta::minutes(60),
    });
    let made = world
        .act("org-a", "assignVisit", assign, "visit { id }")
        .await?;
    let visit = json!({ "visitId": made["visit"]["id"] });
    let with = |more: Value| {
        let mut input = visit.clone();
        for (key, value) in more.as_object().into_iter().flatten() {
            input[key] = value.clone();
        }
        input
    };
    world
        .must_refuse("wang", "acceptVisit", visit.clone(), "VISIT_NOT_FOUND")
        .await?;
    world
        .act(account, "acceptVisit", visit.clone(), "visit { state }")
        .await?;
    world.wait(TimeDelta::minutes(6)).await?;
    world
        .act(account, "startTravel", visit.clone(), "visit { state }")
        .await?;
    let early = with(json!({ "method": "APP" }));
    world
        .must_refuse(elder, "confirmVisit", early.clone(), "VISIT_STATE")
        .await?;
    world
        .act(
            account,
            "checkIn",
            with(json!({ "method": "TOKEN" })),
            "visit { state }",
        )
        .await?;
    world.wait(TimeDelta::minutes(60)).await?;
    world
        .act(
            account,
            "checkOut",
            with(json!({ "tasks": ["送餐", "陪餐"] })),
            "visit { minutes }",
        )
        .await?;
    let settled = world
        .act(elder, "confirmVisit", early, "visit { state minutes }")
        .await?;
    anyhow::ensure!(settled["visit"]["state"] == "SETTLED", "{settled}");
    Ok(())
}
