//! Tiers through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};
use uuid::Uuid;

use crate::{
    graphql_assessment::{ASSESS, form},
    peers::{LI, WANG},
    support::{House, li, nobody, person, social_worker, staff, staff_elsewhere},
};

const DECIDE: &str = "mutation($input: DecideTierInput!) { decideTier(input: $input) { decision {
    id line tier ruleId inputsHash explanationZh explanationEn periodFrom periodTo } } }";

fn decide(elder: Uuid, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": person(elder), "line": "MEALS" } })
}

async fn decided(house: &House, elder: Uuid, key: &str) -> Value {
    data(house.run(&staff(), DECIDE, decide(elder, key)).await)["decideTier"]["decision"].clone()
}

#[tokio::test]
async fn decides_by_rule_and_says_why() {
    let house = House::open().await;
    let wang = decided(&house, WANG, "decide-00001").await;
    assert_eq!(
        (&wang["tier"], &wang["line"]),
        (&json!("FREE"), &json!("MEALS"))
    );
    assert!(
        wang["explanationZh"]
            .as_str()
            .unwrap()
            .contains("SPECIAL_HARDSHIP")
    );
    assert_eq!(
        (&wang["periodFrom"], &wang["periodTo"]),
        (&json!("2026-03-02"), &json!("2027-03-02"))
    );
    assert_eq!(decided(&house, LI, "decide-00002").await["tier"], "PAID");
    let rules = house
        .run(
            &nobody(),
            "{ tierRules(line: MEALS) { id tier source } }",
            json!({}),
        )
        .await;
    let rules = data(rules)["tierRules"].as_array().unwrap().clone();
    assert!(
        rules
            .iter()
            .any(|rule| rule["id"] == wang["ruleId"] && rule["tier"] == "FREE")
    );
    assert!(
        rules
            .iter()
            .all(|rule| !rule["source"].as_str().unwrap().is_empty())
    );
}

#[tokio::test]
async fn the_same_facts_keep_the_decision_and_new_facts_replace_it() {
    let house = House::open().await;
    let first = decided(&house, LI, "decide-00001").await;
    assert_eq!(
        decided(&house, LI, "decide-00001").await,
        first,
        "the same key"
    );
    assert_eq!(
        decided(&house, LI, "decide-00002").await["id"],
        first["id"],
        "the same facts"
    );
    house.service.clock.advance(chrono::TimeDelta::days(1));
    data(
        house
            .run(&social_worker(), ASSESS, form("assess-00001", 60))
            .await,
    );
    let second = decided(&house, LI, "decide-00003").await;
    assert_eq!(
        (&first["tier"], &second["tier"]),
        (&json!("PAID"), &json!("COST"))
    );
    let held = "query($id: ID!) { elder(residentId: $id) { tiers { id tier } } }";
    let found = data(house.run(&li(), held, json!({ "id": person(LI) })).await);
    assert_eq!(
        found["elder"]["tiers"],
        json!([{ "id": second["id"], "tier": "COST" }])
    );
}

#[tokio::test]
async fn a_decision_runs_out() {
    let house = House::open().await;
    let first = decided(&house, LI, "decide-00001").await;
    house.service.clock.advance(chrono::TimeDelta::days(366));
    let second = decided(&house, LI, "decide-00002").await;
    assert_ne!(first["id"], second["id"]);
}

#[tokio::test]
async fn refuses_those_who_may_not_decide_and_the_unknown() {
    let house = House::open().await;
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (li(), "FORBIDDEN"),
        (social_worker(), "FORBIDDEN"),
        (staff_elsewhere(), "ELDER_NOT_FOUND"),
    ] {
        assert_eq!(
            reason(&house.run(&who, DECIDE, decide(LI, "decide-00001")).await),
            why
        );
    }
    let refused = house
        .run(&staff(), DECIDE, decide(Uuid::nil(), "decide-00001"))
        .await;
    assert_eq!(reason(&refused), "ELDER_NOT_FOUND");
}
