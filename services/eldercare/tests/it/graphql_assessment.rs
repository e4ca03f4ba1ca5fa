//! Assessments through the real schema.

use eldercare::domain::assessment::ITEMS;
use kernel::keys::SocialWorkerId;
use serde_json::{Value, json};
use testkit::service::{data, reason};
use uuid::Uuid;

use crate::{
    peers::{COMMUNITY, EXPIRED_SOCIAL_WORKER, LI, SECOND_SOCIAL_WORKER, SOCIAL_WORKER},
    support::{
        House, auditor, contractor, id_of, li, nobody, person, social_worker, staff,
        staff_elsewhere, volunteer, wang,
    },
};

pub const ASSESS: &str = "mutation($input: AssessElderInput!) { assessElder(input: $input) {
    assessment { id total selfCare motion mind senses baseLevel finalLevel explanationZh
        explanationEn validFrom validTo items { code score } assessors { id } } } }";
const READ: &str = "query($id: ID!) { elder(residentId: $id) {
    assessments { id finalLevel validTo } } }";

/// The whole form with every item at its best, less `lost` points from the end.
pub fn form(key: &str, lost: i32) -> Value {
    let mut surplus = lost;
    let mut items: Vec<Value> = ITEMS
        .iter()
        .rev()
        .map(|item| {
            let taken = surplus.min(item.max);
            surplus -= taken;
            json!({ "code": item.code, "score": item.max - taken })
        })
        .collect();
    items.reverse();
    json!({ "input": {
        "idempotencyKey": key, "residentId": person(LI), "reason": "FIRST", "items": items,
        "assessors": assessors(&[SOCIAL_WORKER, SECOND_SOCIAL_WORKER]),
    } })
}

fn assessors(ids: &[Uuid]) -> Value {
    json!(
        ids.iter()
            .map(|id| id_of::<SocialWorkerId>(*id))
            .collect::<Vec<_>>()
    )
}

#[tokio::test]
async fn the_server_scores_and_explains() {
    let house = House::open().await;
    let mut input = form("assess-00001", 20);
    input["input"]["riskEvents"] = json!(2);
    let made =
        data(house.run(&social_worker(), ASSESS, input.clone()).await)["assessElder"]["assessment"]
            .clone();
    assert_eq!(
        (&made["total"], &made["selfCare"], &made["senses"]),
        (&json!(70), &json!(32), &json!(0))
    );
    assert_eq!(
        (&made["baseLevel"], &made["finalLevel"]),
        (&json!("MILD"), &json!("MODERATE"))
    );
    assert!(made["explanationZh"].as_str().unwrap().contains("中度失能"));
    assert_eq!(
        (&made["validFrom"], &made["validTo"]),
        (&json!("2026-03-02"), &json!("2027-03-02"))
    );
    assert_eq!(made["items"].as_array().unwrap().len(), 26);
    let again = data(house.run(&social_worker(), ASSESS, input).await);
    assert_eq!(again["assessElder"]["assessment"], made);
}

#[tokio::test]
async fn a_later_assessment_ends_the_one_before() {
    let house = House::open().await;
    data(house.run(&staff(), ASSESS, form("assess-00001", 0)).await);
    house.service.clock.advance(chrono::TimeDelta::days(30));
    data(house.run(&staff(), ASSESS, form("assess-00002", 60)).await);
    // Twice on one day: the earlier one held for no day at all.
    data(house.run(&staff(), ASSESS, form("assess-00003", 50)).await);
    let found = data(house.run(&li(), READ, json!({ "id": person(LI) })).await);
    let all = found["elder"]["assessments"].as_array().unwrap().clone();
    let levels: Vec<&Value> = all.iter().map(|one| &one["finalLevel"]).collect();
    assert_eq!(all.len(), 3);
    assert!(levels.contains(&&json!("SEVERE")) && levels.contains(&&json!("INTACT")));
    let open = all
        .iter()
        .filter(|one| one["validTo"] == "2027-04-01")
        .count();
    assert_eq!(open, 1);
}

#[tokio::test]
async fn refuses_incomplete_forms_and_too_few_assessors() {
    let house = House::open().await;
    let change = |change: &dyn Fn(&mut Value)| {
        let mut input = form("assess-00001", 0);
        change(&mut input["input"]);
        input
    };
    let cases: Vec<(Value, &str)> = vec![
        (
            change(&|input| drop(input["items"].as_array_mut().unwrap().pop())),
            "ITEMS_INCOMPLETE",
        ),
        (
            change(&|input| input["items"][0]["score"] = json!(5)),
            "SCORE_RANGE",
        ),
        (
            change(&|input| input["items"][0]["code"] = json!("X")),
            "ITEM_UNKNOWN",
        ),
        (
            change(&|input| input["items"][1]["code"] = json!("B1.1")),
            "ITEM_TWICE",
        ),
        (
            change(&|input| input["riskEvents"] = json!(-1)),
            "NUMBER_NEGATIVE",
        ),
        (
            change(&|input| input["assessors"] = assessors(&[SOCIAL_WORKER])),
            "ASSESSORS_TOO_FEW",
        ),
        (
            change(&|input| input["assessors"] = assessors(&[SOCIAL_WORKER, SOCIAL_WORKER])),
            "ASSESSOR_TWICE",
        ),
        (
            change(&|input| {
                input["assessors"] = assessors(&[SOCIAL_WORKER, EXPIRED_SOCIAL_WORKER]);
            }),
            "REGISTRATION_EXPIRED",
        ),
        (
            change(&|input| input["residentId"] = json!(person(Uuid::nil()))),
            "ELDER_NOT_FOUND",
        ),
    ];
    for (input, why) in cases {
        assert_eq!(reason(&house.run(&staff(), ASSESS, input).await), why);
    }
}

#[tokio::test]
async fn refuses_those_who_may_not_assess() {
    let house = House::open().await;
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (li(), "FORBIDDEN"),
        (volunteer(), "ELDER_NOT_FOUND"),
        (staff_elsewhere(), "ELDER_NOT_FOUND"),
    ] {
        assert_eq!(
            reason(&house.run(&who, ASSESS, form("assess-00001", 0)).await),
            why
        );
    }
}

#[tokio::test]
async fn a_look_at_health_data_by_others_is_recorded_and_grid_workers_see_none() {
    let house = House::open().await;
    data(house.run(&staff(), ASSESS, form("assess-00001", 40)).await);
    let asked = json!({ "id": person(LI) });
    data(house.run(&li(), READ, asked.clone()).await);
    assert_eq!(looks(&house).await, 0, "their own");
    data(house.run(&social_worker(), READ, asked.clone()).await);
    assert_eq!(looks(&house).await, 1);
    let grid = testkit::service::caller(kit::auth::Role::GridWorker, COMMUNITY);
    let found = data(house.run(&grid, READ, asked.clone()).await);
    assert_eq!(found["elder"]["assessments"], json!([]));
    let found = data(house.run(&wang(), READ, asked).await);
    assert_eq!(found["elder"], Value::Null);
    assert_eq!(looks(&house).await, 1);
}

/// What a tier tells of health, through an elder and through an order.
const TIERS: &str = "query($id: ID!) { elder(residentId: $id) { tiers {
    tier ruleId explanationZh explanationEn inputsHash } } }";
const DECISION: &str = "query($id: ID!) { order(id: $id) { decision {
    tier ruleId explanationZh explanationEn inputsHash } } }";

#[tokio::test]
async fn a_look_at_health_data_by_way_of_a_tier_is_recorded_or_shows_none() {
    let house = House::open().await;
    data(house.run(&staff(), ASSESS, form("assess-00001", 60)).await);
    let order = house.ordered(LI, "order-000001").await;
    let grid = testkit::service::caller(kit::auth::Role::GridWorker, COMMUNITY);
    let elder = json!({ "id": person(LI) });
    let by_order = json!({ "id": order["id"] });
    // The path to the decision, who takes it, and whether they may read assessments.
    for (path, asked, who, open) in [
        (TIERS, &elder, li(), true),
        (TIERS, &elder, staff(), true),
        (TIERS, &elder, social_worker(), true),
        (TIERS, &elder, grid.clone(), false),
        (TIERS, &elder, auditor(), false),
        (DECISION, &by_order, li(), true),
        (DECISION, &by_order, staff(), true),
        (DECISION, &by_order, grid.clone(), false),
        (DECISION, &by_order, contractor(), false),
        (DECISION, &by_order, auditor(), false),
    ] {
        let before = looks(&house).await;
        let found = data(house.run(&who, path, asked.clone()).await);
        let seen = match path {
            TIERS => &found["elder"]["tiers"][0],
            _ => &found["order"]["decision"],
        };
        let name = &who.actor.subject;
        assert_eq!(seen["tier"], "COST", "{name}: {found:#}");
        for field in ["ruleId", "explanationZh", "explanationEn", "inputsHash"] {
            assert_eq!(seen[field].is_string(), open, "{name}: {field}");
        }
        let own = who.actor.resident_id == Some(LI);
        let left = i64::from(open && !own);
        assert_eq!(looks(&house).await - before, left, "{name}: {path}");
    }
    // Nor does whoever decides anew learn more than they may read.
    let decide = "mutation($input: DecideTierInput!) { decideTier(input: $input) {
        decision { tier explanationZh } } }";
    let input = json!({ "input": { "idempotencyKey": "decide-00001", "residentId": person(LI),
        "line": "MEALS" } });
    let made = data(house.run(&grid, decide, input).await);
    let made = &made["decideTier"]["decision"];
    assert_eq!(
        (&made["tier"], &made["explanationZh"]),
        (&json!("COST"), &Value::Null)
    );
}

async fn looks(house: &House) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM kit.audit_log WHERE action = 'readAssessment'
         AND subject_resident_id = $1",
    )
    .bind(LI)
    .fetch_one(&house.service.db.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn shows_the_form_to_anyone() {
    let house = House::empty().await;
    let found = house
        .run(
            &nobody(),
            "{ assessmentItems { code nameZh maxScore } }",
            json!({}),
        )
        .await;
    let items = data(found)["assessmentItems"].as_array().unwrap().clone();
    assert_eq!(items.len(), 26);
    let most: i64 = items
        .iter()
        .map(|item| item["maxScore"].as_i64().unwrap())
        .sum();
    assert_eq!(most, 90);
}
