//! Visits that elder care settled become records, each once.

use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    peers::{ELDER, LI, WANG},
    support::{House, auditor, elder, resident_id, staff, visit, wang},
};

const MINE: &str = "query($first: Int) { myVolunteerRecords(first: $first) { nodes {
    minutes activity inAt outAt confirmedBy { id } certificateNo } } }";
const SERVED: &str = "query($id: ID!) { socialWorker(id: $id) {
    serviceRecords(first: 10) { nodes { minutes elder { id } } } } }";

#[tokio::test]
async fn a_volunteers_visit_is_recorded_once_however_often_it_is_told() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    house
        .settle(&visit(1, "VOLUNTEER", &one, "01:00", "02:30"), 3)
        .await;
    let mine = data(house.run(&wang(), MINE, json!({})).await);
    let records = mine["myVolunteerRecords"]["nodes"].as_array().unwrap();
    assert_eq!(records.len(), 1);
    // From the times themselves, not from what the event claims.
    assert_eq!(records[0]["minutes"], 90);
    assert_eq!(records[0]["activity"], "HOME_VISIT");
    assert_eq!(records[0]["confirmedBy"]["id"], resident_id(ELDER));
    let told = house
        .count(
            "SELECT count(*) FROM kit.outbox
             WHERE subject = 'socialwork.volunteer_record.recorded'
               AND data ->> 'minutes' = '90' AND trace_id IS NOT NULL",
        )
        .await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn a_social_workers_visit_is_a_service_record_and_for_few_eyes() {
    let house = House::open().await;
    let worker = house.dispatched(WANG, "key-00000001").await;
    house
        .settle(&visit(1, "SOCIAL_WORKER", &worker, "01:00", "02:00"), 2)
        .await;
    let id = json!({ "id": worker["id"] });
    for caller in [wang(), staff(), auditor()] {
        let seen = data(house.run(&caller, SERVED, id.clone()).await);
        assert_eq!(
            seen["socialWorker"]["serviceRecords"]["nodes"],
            json!([{ "minutes": 60, "elder": { "id": resident_id(ELDER) } }])
        );
    }
    // A neighbour reads the register, but not whom it was that they served.
    let hidden = house.run(&elder(), SERVED, id).await;
    assert_eq!(hidden["errors"][0]["extensions"]["reason"], "FORBIDDEN");
    assert_eq!(
        hidden["data"]["socialWorker"]["serviceRecords"],
        Value::Null
    );
    assert_eq!(
        house.count("SELECT count(*) FROM volunteer_records").await,
        0
    );
}

#[tokio::test]
async fn overlapping_service_waits_for_people_to_look() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    house
        .settle(&visit(1, "VOLUNTEER", &one, "01:00", "02:00"), 1)
        .await;
    house
        .settle(&visit(2, "VOLUNTEER", &one, "01:30", "02:30"), 1)
        .await;
    house
        .settle(&visit(3, "VOLUNTEER", &one, "02:00", "03:00"), 1)
        .await;
    assert_eq!(
        house.count("SELECT count(*) FROM volunteer_records").await,
        2
    );
    let waiting = house
        .count(
            "SELECT count(*) FROM kit.inbox
             WHERE state = 'pending' AND last_error LIKE 'VOLUNTEER_RECORD_OVERLAP%'",
        )
        .await;
    assert_eq!(waiting, 1);
}

#[tokio::test]
async fn an_unknown_worker_or_a_malformed_event_is_not_lost() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    // A volunteer's id in the register of social workers.
    house
        .settle(&visit(1, "SOCIAL_WORKER", &one, "01:00", "02:00"), 1)
        .await;
    let mut malformed = visit(2, "VOLUNTEER", &one, "01:00", "02:00");
    malformed["in_at"] = json!("yesterday");
    house.settle(&malformed, 1).await;
    let waiting = house
        .count("SELECT count(*) FROM kit.inbox WHERE state = 'pending'")
        .await;
    let parked = house.count("SELECT count(*) FROM kit.dead_letters").await;
    assert_eq!((waiting, parked), (1, 1));
}

#[tokio::test]
async fn somebody_who_never_volunteered_has_no_records() {
    let house = House::open().await;
    house.volunteer(LI, "key-00000001").await;
    let mine = data(house.run(&wang(), MINE, json!({})).await);
    assert_eq!(mine["myVolunteerRecords"]["nodes"], json!([]));
    let nobody = house.run(&crate::support::nobody(), MINE, json!({})).await;
    assert_eq!(testkit::service::reason(&nobody), "UNAUTHENTICATED");
}
