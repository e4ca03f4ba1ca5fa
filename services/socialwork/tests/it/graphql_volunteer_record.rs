//! Correcting records of volunteer service through the real schema.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::WANG,
    support::{House, auditor, civil, elder, li, nobody, staff, staff_elsewhere, visit, wang},
};

pub const CORRECT: &str = "mutation($input: CorrectVolunteerRecordInput!) {
    correctVolunteerRecord(input: $input) {
        record { id minutes reversedBy { id } }
        reversal { id minutes reason reverses { id } }
        replacement { id minutes replaces { id } } } }";
const MINE: &str = "{ myVolunteerRecords(first: 20) { nodes { id minutes } } }";
const RECORD: &str = "query($id: ID!) { volunteerRecord(id: $id) { id minutes } }";
const TOTAL: &str = "query($id: ID!) { volunteer(id: $id) { minutes records(first: 20) {
    nodes { minutes } } } }";

/// A volunteer with one record of 90 minutes.
pub async fn served(house: &House) -> (Value, Value) {
    let volunteer = house.volunteer(WANG, "key-volunteer").await;
    house
        .settle(&visit(1, "VOLUNTEER", &volunteer, "01:00", "02:30"), 1)
        .await;
    house.service.clock.advance(chrono::TimeDelta::hours(3));
    let mine = data(house.run(&wang(), MINE, json!({})).await);
    (volunteer, mine["myVolunteerRecords"]["nodes"][0].clone())
}

pub fn correct(record: &Value, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "recordId": record["id"], "reason": "离开时间登记有误" } })
}

async fn refused(house: &House, caller: &Caller, query: &str, input: Value) -> String {
    reason(&house.run(caller, query, input).await)
}

#[tokio::test]
async fn a_correction_reverses_and_replaces_and_the_sum_is_the_truth() {
    let house = House::open().await;
    let (volunteer, record) = served(&house).await;
    let mut input = correct(&record, "key-00000001");
    input["input"]["inAt"] = json!("2026-03-02T01:00:00Z");
    input["input"]["outAt"] = json!("2026-03-02T02:00:00Z");
    let done =
        data(house.run(&staff(), CORRECT, input.clone()).await)["correctVolunteerRecord"].clone();
    assert_eq!(done["reversal"]["minutes"], -90);
    assert_eq!(done["reversal"]["reverses"]["id"], record["id"]);
    assert_eq!(done["record"]["reversedBy"]["id"], done["reversal"]["id"]);
    assert_eq!(done["replacement"]["minutes"], 60);
    assert_eq!(done["replacement"]["replaces"]["id"], record["id"]);
    let total = data(
        house
            .run(&wang(), TOTAL, json!({ "id": volunteer["id"] }))
            .await,
    );
    assert_eq!(total["volunteer"]["minutes"], 60);
    assert_eq!(
        total["volunteer"]["records"]["nodes"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let told = house
        .count("SELECT count(*) FROM kit.outbox WHERE subject = 'socialwork.volunteer_record.recorded'")
        .await;
    assert_eq!(told, 3);
    let replayed = data(house.run(&staff(), CORRECT, input).await);
    assert_eq!(replayed["correctVolunteerRecord"], done);
}

#[tokio::test]
async fn refuses_to_correct_twice_or_to_reverse_a_reversal() {
    let house = House::open().await;
    let (_, record) = served(&house).await;
    let done = data(
        house
            .run(&staff(), CORRECT, correct(&record, "key-00000001"))
            .await,
    );
    let reversal = &done["correctVolunteerRecord"]["reversal"];
    assert_eq!(done["correctVolunteerRecord"]["replacement"], Value::Null);
    for again in [&record, reversal] {
        let answer = refused(&house, &staff(), CORRECT, correct(again, "key-00000002")).await;
        assert_eq!(answer, "VOLUNTEER_RECORD_REVERSED");
    }
    // The visit is not recorded anew when its event is told again.
    assert_eq!(
        house.count("SELECT count(*) FROM volunteer_records").await,
        2
    );
}

#[tokio::test]
async fn two_corrections_at_once_reverse_once() {
    let house = House::open().await;
    let (volunteer, record) = served(&house).await;
    let (staff, civil) = (staff(), civil());
    let (one, other) = tokio::join!(
        house.run(&staff, CORRECT, correct(&record, "key-00000001")),
        house.run(&civil, CORRECT, correct(&record, "key-00000002")),
    );
    let refused: Vec<&Value> = [&one, &other]
        .into_iter()
        .filter(|answer| answer.get("errors").is_some())
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(reason(refused[0]), "VOLUNTEER_RECORD_REVERSED");
    let total = data(
        house
            .run(&wang(), TOTAL, json!({ "id": volunteer["id"] }))
            .await,
    );
    assert_eq!(total["volunteer"]["minutes"], 0);
}

#[tokio::test]
async fn only_staff_correct_and_with_a_reason_and_true_times() {
    let house = House::open().await;
    let (_, record) = served(&house).await;
    let input = || correct(&record, "key-00000001");
    assert_eq!(
        refused(&house, &nobody(), CORRECT, input()).await,
        "UNAUTHENTICATED"
    );
    for caller in [wang(), li(), elder(), staff_elsewhere(), auditor()] {
        assert_eq!(
            refused(&house, &caller, CORRECT, input()).await,
            "FORBIDDEN"
        );
    }
    let mut silent = input();
    silent["input"]["reason"] = json!(" ");
    assert_eq!(
        refused(&house, &staff(), CORRECT, silent).await,
        "REASON_LENGTH"
    );
    for (from, to) in [
        ("2026-03-02T01:00:00Z", None),
        ("2026-03-02T02:00:00Z", Some("2026-03-02T01:00:00Z")),
        ("2026-03-02T03:00:00Z", Some("2026-03-02T23:00:00Z")),
    ] {
        let mut wrong = input();
        wrong["input"]["inAt"] = json!(from);
        wrong["input"]["outAt"] = json!(to);
        assert_eq!(
            refused(&house, &staff(), CORRECT, wrong).await,
            "RECORD_TIMES"
        );
    }
    let unknown = json!({ "input": { "idempotencyKey": "key-00000002", "reason": "有误",
        "recordId": kit::graph::global(
            socialwork::domain::volunteer_record::VolunteerRecordId::from_uuid(uuid::Uuid::nil())) } });
    assert_eq!(
        refused(&house, &staff(), CORRECT, unknown).await,
        "VOLUNTEER_RECORD_NOT_FOUND"
    );
    assert_eq!(
        house.count("SELECT count(*) FROM volunteer_records").await,
        1
    );
}

#[tokio::test]
async fn a_record_is_read_by_the_volunteer_the_served_and_staff() {
    let house = House::open().await;
    let (_, record) = served(&house).await;
    let id = json!({ "id": record["id"] });
    for caller in [wang(), elder(), staff(), civil(), auditor()] {
        let seen = data(house.run(&caller, RECORD, id.clone()).await);
        assert_eq!(seen["volunteerRecord"]["minutes"], 90);
    }
    for caller in [li(), staff_elsewhere(), nobody()] {
        let hidden = data(house.run(&caller, RECORD, id.clone()).await);
        assert_eq!(hidden["volunteerRecord"], Value::Null);
    }
}
