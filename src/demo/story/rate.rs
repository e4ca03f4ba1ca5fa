//! 评: the resident rates, and one query shows the chain, across all six
//! services and complete.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::demo::{people::GRID, world::World};

/// The whole chain in one query.
pub const LINKAGE: &str = "query($trace: ID!) { linkage(traceId: $trace) {
    need { id state reportedBy { id } }
    proposal { id title state }
    ballot { id result { decision votesFor votesAgainst } }
    community { id name }
    rating { stars comment }
    reporter { id name }
    grid { code }
    division { code }
    happenings { kind }
    procurementNeed { id title state }
    tender { id title state }
    award { amount organization { id name } }
    contract { id amount state }
    milestones { title state amount }
    payments { amount }
    fund { id available reserved committed paid }
    organizations { id name }
    engagements { amount }
    orders { tier unitPrice creditMinutes state }
    visits { state minutes workerKind }
    creditEntries { kind minutes }
    socialWorkers { id }
    volunteers { id }
    volunteerRecords { minutes }
} }";

/// The resident who raised the need rates it; then one query shows the chain.
pub async fn rate(world: &mut World) -> Result<()> {
    world.tell("十五 居民评价,一条查询看全链 / the resident rates, one query shows the chain");
    let rate = json!({ "needId": world.id("need")?, "stars": 5, "comment": "热饭送到家,谢谢" });
    world
        .must_refuse("chen", "rateResult", rate.clone(), "FORBIDDEN")
        .await?;
    // The payment reaches communities as an event.
    settle(world, "wang", |chain| {
        chain["proposal"]["state"] == "RESULT_PUBLISHED"
    })
    .await?;
    world
        .act("wang", "rateResult", rate, "rating { stars }")
        .await?;
    let chain = settle(world, "staff", |chain| {
        let full = |name: &str| chain[name].as_array().is_some_and(|all| !all.is_empty());
        full("volunteerRecords") && full("engagements") && full("happenings")
    })
    .await?;
    world.tell(&format!("{chain:#}"));
    complete(world, &chain).with_context(|| format!("{chain:#}"))
}

/// Asks for the chain until what events carry has arrived.
async fn settle(world: &World, account: &str, done: impl Fn(&Value) -> bool) -> Result<Value> {
    let trace = json!({ "trace": world.made("need")?["traceId"] });
    let arrived = |answer: &Value| done(&answer["linkage"]);
    let answer = world.settle(account, LINKAGE, trace, arrived).await;
    let mut answer = answer.context("the chain did not settle")?;
    Ok(answer["linkage"].take())
}

/// Every field of the chain, as this story made it.
fn complete(world: &World, chain: &Value) -> Result<()> {
    for (path, made) in [
        ("/need/id", "need"),
        ("/need/reportedBy/id", "wang"),
        ("/reporter/id", "wang"),
        ("/proposal/id", "proposal"),
        ("/ballot/id", "ballot"),
        ("/community/id", "community"),
        ("/procurementNeed/id", "procurement need"),
        ("/tender/id", "tender"),
        ("/award/organization/id", "org-a"),
        ("/contract/id", "contract"),
        ("/fund/id", "fund"),
    ] {
        is(chain, path, &world.id(made)?)?;
    }
    for (path, value) in [
        ("/need/state", json!("CONFIRMED")),
        ("/proposal/state", json!("RATED")),
        ("/ballot/result/decision", json!("ADOPTED")),
        ("/ballot/result/votesFor", json!(4)),
        ("/ballot/result/votesAgainst", json!(1)),
        ("/rating/stars", json!(5)),
        ("/grid/code", json!(GRID)),
        ("/procurementNeed/state", json!("FULFILLED")),
        ("/tender/state", json!("CONTRACTED")),
        ("/award/amount", json!(7800)),
        ("/contract/amount", json!(7800)),
        // What was put in, less what was paid: the rest of the budget is free again.
        ("/fund/available", json!(1_000_000 - 7800)),
        ("/fund/reserved", json!(0)),
        ("/fund/committed", json!(0)),
        ("/fund/paid", json!(7800)),
    ] {
        is(chain, path, &value)?;
    }
    let sum = |name: &str, field: &str| -> i64 {
        let all = chain[name].as_array().into_iter().flatten();
        all.filter_map(|one| one[field].as_i64()).sum()
    };
    for (name, field, expected) in [
        ("milestones", "amount", 7800),
        ("payments", "amount", 7800),
        ("engagements", "amount", 7800),
        ("orders", "creditMinutes", 60),
        ("visits", "minutes", 180),
        ("volunteerRecords", "minutes", 60),
        // What one account gains another one gave.
        ("creditEntries", "minutes", 0),
    ] {
        let found = sum(name, field);
        ensure!(found == expected, "{name} sum to {found}, not {expected}");
    }
    for (name, field, expected) in [
        ("happenings", "kind", ["NEED_REPORTED"].as_slice()),
        ("milestones", "state", &["PAID"]),
        ("orders", "tier", &["FREE", "PAID"]),
        ("visits", "state", &["SETTLED"]),
        ("visits", "workerKind", &["SOCIAL_WORKER", "VOLUNTEER"]),
        ("creditEntries", "kind", &["EARN", "REDEEM"]),
    ] {
        let found: BTreeSet<&str> = each(chain, name, field).filter_map(Value::as_str).collect();
        let expected = expected.iter().copied().collect();
        ensure!(found == expected, "{name}: {field} is {found:?}");
    }
    for (name, made) in [
        ("organizations", "org-a"),
        ("socialWorkers", "social worker"),
        ("volunteers", "volunteer"),
    ] {
        let (found, made) = (each(chain, name, "id").collect::<Vec<_>>(), world.id(made)?);
        ensure!(found == [&made], "{name} are {found:?}, not {made}");
    }
    for (name, count) in [
        ("milestones", 2),
        ("creditEntries", 4),
        ("payments", 2),
        ("orders", 3),
        ("visits", 3),
    ] {
        let found = chain[name].as_array().map_or(0, Vec::len);
        ensure!(found == count, "there are {found} {name}, not {count}");
    }
    Ok(())
}

fn each<'a>(chain: &'a Value, name: &str, field: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = chain[name].as_array().into_iter().flatten();
    all.map(move |one| &one[field])
}

fn is(chain: &Value, path: &str, expected: &Value) -> Result<()> {
    let found = chain.pointer(path).unwrap_or(&Value::Null);
    ensure!(found == expected, "{path} is {found}, not {expected}");
    Ok(())
}
