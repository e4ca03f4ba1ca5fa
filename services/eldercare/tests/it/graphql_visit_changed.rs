//! `visitChanged` through the real schema: each step, and who may see it.

use serde_json::json;
use testkit::service::{Events, reason};

use crate::{
    peers::{SOCIAL_WORKER, WANG},
    support::{House, nobody, social_worker, staff, staff_elsewhere, wang},
};

const CHANGED: &str =
    "subscription($id: ID!) { visitChanged(visitId: $id) { state version minutes } }";

async fn states(events: &mut Events, expected: &[&str]) {
    for expected in expected {
        let event = events.next().await.expect("the stream is over");
        assert_eq!(
            event["data"]["visitChanged"]["state"], *expected,
            "{event:#}"
        );
    }
}

#[tokio::test]
async fn tells_each_step_of_a_visit_to_those_it_concerns() {
    let house = House::open().await;
    let order = house.ordered(WANG, "order-000001").await;
    let visit = house
        .assigned(&order, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00001")
        .await;
    let id = json!({ "id": visit["id"] });
    let mut elder = house.subscribe(&wang(), CHANGED, id.clone());
    let mut office = house.subscribe(&staff(), CHANGED, id.clone());
    states(&mut elder, &["ASSIGNED"]).await;
    states(&mut office, &["ASSIGNED"]).await;
    house
        .step(&social_worker(), "acceptVisit", &visit, json!({}))
        .await;
    states(&mut elder, &["ACCEPTED"]).await;
    states(&mut office, &["ACCEPTED"]).await;

    for caller in [nobody(), staff_elsewhere()] {
        let mut events = house.subscribe(&caller, CHANGED, id.clone());
        let event = events.next().await.unwrap();
        assert_eq!(reason(&event), "VISIT_NOT_FOUND");
        assert!(events.next().await.is_none(), "nothing follows");
    }
}

#[tokio::test]
async fn permission_is_decided_anew_at_each_step() {
    let house = House::open().await;
    let order = house.ordered(WANG, "order-000001").await;
    let visit = house
        .assigned(&order, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00001")
        .await;
    let mut events = house.subscribe(&staff(), CHANGED, json!({ "id": visit["id"] }));
    states(&mut events, &["ASSIGNED"]).await;
    // The visit moves out of reach of this staff.
    sqlx::query("UPDATE visits SET division_code = '110105001000'")
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let event = events.next().await.unwrap();
    assert_eq!(reason(&event), "VISIT_NOT_FOUND");
    assert!(events.next().await.is_none(), "nothing follows");
}
