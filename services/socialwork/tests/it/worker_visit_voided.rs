//! Visits that elder care found void stop counting, whenever that is told.

use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    graphql_volunteer_record::{CORRECT, correct},
    peers::WANG,
    support::{House, staff, visit, wang},
};

const MINE: &str = "{ myVolunteerRecords(first: 20) { nodes { id minutes reason } } }";
const SERVED: &str = "query($id: ID!) { socialWorker(id: $id) {
    serviceRecords(first: 10) { nodes { minutes voidedAt } } } }";
const TOLD: &str = "SELECT count(*) FROM kit.outbox
    WHERE subject = 'socialwork.volunteer_record.recorded' AND data ->> 'minutes' = '-90'";
const WAITING: &str = "SELECT (SELECT count(*) FROM kit.inbox WHERE state = 'pending')
    + (SELECT count(*) FROM kit.dead_letters)";

/// What elder care says of a visit that it found void.
fn void(visit: &Value) -> Value {
    json!({ "visit_id": visit["visit_id"], "order_id": visit["order_id"],
        "contract_id": visit["contract_id"], "worker_kind": visit["worker_kind"],
        "worker_id": visit["worker_id"] })
}

async fn mine(house: &House) -> Vec<Value> {
    let mine = data(house.run(&wang(), MINE, json!({})).await);
    let nodes = mine["myVolunteerRecords"]["nodes"].as_array().unwrap();
    nodes.clone()
}

fn minutes(records: &[Value]) -> Vec<i64> {
    let minutes = records.iter().map(|record| &record["minutes"]);
    minutes.map(|minutes| minutes.as_i64().unwrap()).collect()
}

async fn served(house: &House, worker: &Value) -> Value {
    let of = json!({ "id": worker["id"] });
    data(house.run(&staff(), SERVED, of).await)["socialWorker"]["serviceRecords"]["nodes"].clone()
}

#[tokio::test]
async fn a_volunteers_hours_are_taken_back_once_however_often_it_is_told() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    let settled = visit(1, "VOLUNTEER", &one, "01:00", "02:30");
    house.settle(&settled, 1).await;
    house.void(&void(&settled), 3).await;
    let records = mine(&house).await;
    assert_eq!(minutes(&records), [-90, 90]);
    assert!(records[0]["reason"].as_str().unwrap().contains("不成立"));
    assert_eq!(house.count(TOLD).await, 1);
    let entries = "SELECT count(*) FROM kit.audit_log WHERE action = 'voidVolunteerService'";
    assert_eq!(house.count(entries).await, 1);
    // The settlement told again is still the visit that is void.
    house.settle(&settled, 2).await;
    assert_eq!(mine(&house).await.len(), 2);
    // The hours are free for what was really served then.
    let other = visit(2, "VOLUNTEER", &one, "01:30", "02:00");
    house.settle(&other, 1).await;
    assert_eq!(minutes(&mine(&house).await), [30, -90, 90]);
    assert_eq!(house.count(WAITING).await, 0);
}

#[tokio::test]
async fn a_visit_void_before_it_is_settled_is_never_recorded() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    let worker = house.dispatched(crate::peers::LI, "key-00000002").await;
    for settled in [
        visit(1, "VOLUNTEER", &one, "01:00", "02:30"),
        visit(2, "SOCIAL_WORKER", &worker, "01:00", "02:30"),
    ] {
        house.void(&void(&settled), 2).await;
        house.settle(&settled, 2).await;
        house.void(&void(&settled), 1).await;
    }
    assert_eq!(mine(&house).await, [] as [Value; 0]);
    assert_eq!(served(&house, &worker).await, json!([]));
    assert_eq!(house.count(WAITING).await, 0);
}

#[tokio::test]
async fn what_people_corrected_is_taken_back_as_it_stands() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    let first = visit(1, "VOLUNTEER", &one, "01:00", "02:30");
    let second = visit(2, "VOLUNTEER", &one, "03:00", "04:00");
    for settled in [&first, &second] {
        house.settle(settled, 1).await;
    }
    house.service.clock.advance(chrono::TimeDelta::hours(5));
    let records = mine(&house).await;
    let mut replaced = correct(&records[1], "key-00000002");
    replaced["input"]["inAt"] = json!("2026-03-02T01:00:00Z");
    replaced["input"]["outAt"] = json!("2026-03-02T02:00:00Z");
    data(house.run(&staff(), CORRECT, replaced).await);
    let away = correct(&records[0], "key-00000003");
    data(house.run(&staff(), CORRECT, away).await);
    for settled in [&first, &second] {
        house.void(&void(settled), 1).await;
    }
    // The replacement of 60 minutes is reversed; the second visit was away already.
    assert_eq!(minutes(&mine(&house).await), [-60, -60, 60, -90, 60, 90]);
    assert_eq!(house.count(WAITING).await, 0);
}

#[tokio::test]
async fn a_social_workers_record_is_marked_and_leaves_its_hours_free() {
    let house = House::open().await;
    let worker = house.dispatched(WANG, "key-00000001").await;
    let settled = visit(1, "SOCIAL_WORKER", &worker, "01:00", "02:00");
    house.settle(&settled, 1).await;
    assert_eq!(
        served(&house, &worker).await,
        json!([{ "minutes": 60, "voidedAt": null }])
    );
    house.void(&void(&settled), 2).await;
    house.settle(&settled, 1).await;
    let marked = served(&house, &worker).await;
    assert_eq!(marked.as_array().unwrap().len(), 1);
    assert!(marked[0]["voidedAt"].is_string());
    let chain = "SELECT count(*) FROM kit.audit_log WHERE action = 'voidService'";
    assert_eq!(house.count(chain).await, 1);
    house
        .settle(&visit(2, "SOCIAL_WORKER", &worker, "01:30", "02:30"), 1)
        .await;
    assert_eq!(served(&house, &worker).await.as_array().unwrap().len(), 2);
    assert_eq!(house.count(WAITING).await, 0);
}

#[tokio::test]
async fn a_care_workers_void_visit_is_nothing_here() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    let told = void(&visit(1, "CARE_WORKER", &one, "01:00", "02:00"));
    house.void(&told, 1).await;
    assert_eq!(house.count("SELECT count(*) FROM voided_visits").await, 0);
    assert_eq!(house.count(WAITING).await, 0);
}

#[tokio::test]
async fn the_database_lets_a_record_of_service_be_marked_once_and_for_a_void_visit_alone() {
    let house = House::open().await;
    let worker = house.dispatched(WANG, "key-00000001").await;
    let settled = visit(1, "SOCIAL_WORKER", &worker, "01:00", "02:00");
    house.settle(&settled, 1).await;
    let mark = "UPDATE service_records SET voided_at = now()";
    assert_eq!(refused(&house, mark).await, "APPEND_ONLY");
    house.void(&void(&settled), 1).await;
    for sql in [
        mark,
        "UPDATE service_records SET voided_at = NULL",
        "UPDATE service_records SET out_at = out_at + interval '1 hour'",
        "DELETE FROM service_records",
        "UPDATE voided_visits SET voided_at = now()",
        "DELETE FROM voided_visits",
    ] {
        assert_eq!(refused(&house, sql).await, "APPEND_ONLY", "{sql}");
    }
}

async fn refused(house: &House, sql: &'static str) -> String {
    let tried = sqlx::query(sql).execute(&house.service.db.owner).await;
    kit::Error::from(tried.unwrap_err()).reason().to_owned()
}
