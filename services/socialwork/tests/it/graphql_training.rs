//! The hours ledger and the municipal examination through the real schema.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{DEAD, WANG},
    support::{
        EXAM, House, TRAINING, civil, li, nobody, resident_id, staff, staff_elsewhere, wang,
    },
};

const LEDGER: &str = "query($id: ID!, $first: Int, $after: String) {
    trainingLedger(residentId: $id, first: $first, after: $after) {
        totalMinutes entries { nodes { course minutes } pageInfo { hasNextPage endCursor } } } }";

fn training(key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": resident_id(WANG),
        "course": "老年社会工作实务", "minutes": 90, "on": "2026-03-01" } })
}

async fn refused(house: &House, caller: &Caller, query: &str, input: Value) -> String {
    reason(&house.run(caller, query, input).await)
}

#[tokio::test]
async fn hours_add_up_and_are_shown_to_those_concerned() {
    let house = House::open().await;
    let entry = data(
        house
            .run(&staff(), TRAINING, training("key-00000001"))
            .await,
    );
    assert_eq!(entry["recordTraining"]["training"]["minutes"], 90);
    house.hours(WANG, 2, "2026-02-01", "key-00000002").await;
    for caller in [wang(), staff(), civil(), crate::support::auditor()] {
        let seen = data(
            house
                .run(&caller, LEDGER, json!({ "id": resident_id(WANG) }))
                .await,
        );
        assert_eq!(seen["trainingLedger"]["totalMinutes"], 210);
    }
    let id = resident_id(WANG);
    let first = data(
        house
            .run(&wang(), LEDGER, json!({ "id": id, "first": 1 }))
            .await,
    );
    let page = &first["trainingLedger"]["entries"];
    assert_eq!(page["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    for caller in [li(), staff_elsewhere()] {
        assert_eq!(
            refused(&house, &caller, LEDGER, json!({ "id": id })).await,
            "FORBIDDEN"
        );
    }
    assert_eq!(
        refused(&house, &nobody(), LEDGER, json!({ "id": id })).await,
        "UNAUTHENTICATED"
    );
}

#[tokio::test]
async fn the_same_key_records_once_and_the_same_course_never_twice() {
    let house = House::open().await;
    let first = data(
        house
            .run(&staff(), TRAINING, training("key-00000001"))
            .await,
    );
    let again = data(
        house
            .run(&staff(), TRAINING, training("key-00000001"))
            .await,
    );
    assert_eq!(first, again);
    assert_eq!(house.count("SELECT count(*) FROM trainings").await, 1);
    let mut other = training("key-00000001");
    other["input"]["minutes"] = json!(91);
    assert_eq!(
        refused(&house, &staff(), TRAINING, other).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
    let twice = training("key-00000002");
    assert_eq!(
        refused(&house, &staff(), TRAINING, twice).await,
        "TRAINING_RECORDED"
    );
}

#[tokio::test]
async fn refuses_training_from_those_who_may_not_record_it() {
    let house = House::open().await;
    let input = || training("key-00000001");
    assert_eq!(
        refused(&house, &nobody(), TRAINING, input()).await,
        "UNAUTHENTICATED"
    );
    assert_eq!(
        refused(&house, &wang(), TRAINING, input()).await,
        "FORBIDDEN"
    );
    assert_eq!(
        refused(&house, &staff_elsewhere(), TRAINING, input()).await,
        "FORBIDDEN"
    );
}

#[tokio::test]
async fn refuses_training_that_cannot_be() {
    let house = House::open().await;
    let mut cases = vec![];
    for (field, value, expected) in [
        ("minutes", json!(0), "TRAINING_MINUTES"),
        ("minutes", json!(30_001), "TRAINING_MINUTES"),
        ("minutes", Value::Null, "TRAINING_MINUTES"),
        ("hours", json!(2), "TRAINING_MINUTES"),
        ("on", json!("2026-03-03"), "DATE_IN_FUTURE"),
        ("course", json!("  "), "TITLE_LENGTH"),
        (
            "residentId",
            json!(resident_id(DEAD)),
            "RESIDENT_NOT_LIVING_HERE",
        ),
        ("residentId", json!("nonsense"), "GLOBAL_ID_MALFORMED"),
    ] {
        let mut input = training("key-00000001");
        input["input"][field] = value;
        cases.push((input, expected));
    }
    for (input, expected) in cases {
        assert_eq!(refused(&house, &staff(), TRAINING, input).await, expected);
    }
    assert_eq!(house.count("SELECT count(*) FROM trainings").await, 0);
}

#[tokio::test]
async fn only_civil_affairs_record_results_and_a_pass_needs_the_mark() {
    let house = House::open().await;
    let passed = data(
        house
            .exam(WANG, true, 60, "2026-03-01", "key-00000001")
            .await,
    );
    assert_eq!(passed["recordExam"]["exam"]["passed"], true);
    let again = data(
        house
            .exam(WANG, true, 60, "2026-03-01", "key-00000001")
            .await,
    );
    assert_eq!(passed, again);
    let below = house
        .exam(WANG, true, 59, "2026-02-01", "key-00000002")
        .await;
    assert_eq!(reason(&below), "EXAM_BELOW_PASS_MARK");
    let scale = house
        .exam(WANG, true, 101, "2026-02-01", "key-00000003")
        .await;
    assert_eq!(reason(&scale), "EXAM_SCORE");
    let early = house
        .exam(WANG, true, 80, "2026-03-03", "key-00000004")
        .await;
    assert_eq!(reason(&early), "DATE_IN_FUTURE");
    let twice = house
        .exam(WANG, false, 10, "2026-03-01", "key-00000005")
        .await;
    assert_eq!(reason(&twice), "EXAM_RECORDED");
    let input = json!({ "input": { "idempotencyKey": "key-00000006", "residentId": resident_id(WANG),
        "passed": true, "score": 80, "on": "2026-02-01" } });
    assert_eq!(
        refused(&house, &nobody(), EXAM, input.clone()).await,
        "UNAUTHENTICATED"
    );
    for caller in [wang(), staff()] {
        assert_eq!(
            refused(&house, &caller, EXAM, input.clone()).await,
            "FORBIDDEN"
        );
    }
}
