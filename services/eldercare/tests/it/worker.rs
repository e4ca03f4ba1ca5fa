//! What smartdata tells: nobody orders for the dead, also while it is silent.

use eldercare::worker;
use kit::events::{self, NewEvent, Relay};
use serde_json::{Value, json};
use testkit::service::{data, reason};
use uuid::Uuid;

use crate::{
    peers::{LI, SOCIAL_WORKER, VOLUNTEER, WANG},
    support::{House, PLACE, li, order, social_worker, staff},
};

async fn deliver(house: &House, told: &[Value]) {
    let core = &house.service.core;
    let consumer = worker::consumer(core);
    consumer.register();
    for value in told {
        let event = NewEvent {
            subject: "smartdata.resident.changed",
            aggregate: "resident",
            aggregate_id: Uuid::from_u128(7),
            trace_id: None,
            at: core.clock.now(),
            data: value.clone(),
        };
        let mut conn = house.service.db.app.acquire().await.unwrap();
        events::append(&mut conn, &event).await.unwrap();
    }
    let pool = core.db.pool().clone();
    let relay = Relay::new(core.name, pool, core.bus.clone(), core.clock.clone());
    while relay.run_once().await.unwrap() > 0 {}
    consumer.run_due_once().await.unwrap();
}

#[tokio::test]
async fn takes_no_order_for_an_elder_who_died_however_often_it_is_told() {
    let house = House::open().await;
    let died = json!({ "resident_id": LI, "status": "DECEASED", "verified": true });
    deliver(&house, &[died.clone(), died]).await;
    let refused = house.run(&staff(), PLACE, order(LI, "order-000001")).await;
    assert_eq!(reason(&refused), "RESIDENT_DECEASED");
    data(
        house
            .run(&staff(), PLACE, order(WANG, "order-000002"))
            .await,
    );
}

#[tokio::test]
async fn what_was_ordered_ends_with_a_life() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    // One in minutes that nobody is to come for yet, one with a visit, one under way.
    let mut input = order(LI, "order-000001");
    input["input"]["payWithMinutes"] = json!(true);
    let held = data(house.run(&staff(), PLACE, input).await)["placeOrder"]["order"].clone();
    let planned = house.ordered(LI, "order-000002").await;
    let visit = house
        .assigned(&planned, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let running = house.ordered(LI, "order-000003").await;
    let present = house
        .assigned(&running, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00002")
        .await;
    house
        .step(&social_worker(), "acceptVisit", &present, json!({}))
        .await;
    let came = json!({ "method": "TOKEN" });
    house
        .step(&social_worker(), "checkIn", &present, came)
        .await;
    assert_eq!(house.account(&li(), LI).await["held"], 60);

    let died = json!({ "resident_id": LI, "status": "DECEASED", "verified": true });
    deliver(&house, &[died.clone(), died]).await;
    let state = async |order: &Value| {
        let query = "query($id: ID!) { order(id: $id) { state cancelReason } }";
        let found = house
            .run(&staff(), query, json!({ "id": order["id"] }))
            .await;
        data(found)["order"].clone()
    };
    for order in [&held, &planned] {
        let found = state(order).await;
        assert_eq!(found["state"], "CANCELLED");
        assert!(found["cancelReason"].as_str().unwrap().contains("去世"));
    }
    let query = "query($id: ID!) { visit(id: $id) { state endReason } }";
    let found = house
        .run(&staff(), query, json!({ "id": visit["id"] }))
        .await;
    assert_eq!(data(found)["visit"]["state"], "REFUSED");
    // Whoever is in the home leaves by the ordinary way.
    assert_eq!(state(&running).await["state"], "ASSIGNED");
    assert_eq!(house.account(&staff(), LI).await["held"], 0);
    let written: i64 =
        sqlx::query_scalar("SELECT count(*) FROM kit.audit_log WHERE action = 'cancelOrder'")
            .fetch_one(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(written, 2);
}

#[tokio::test]
async fn an_event_that_makes_no_sense_is_put_aside() {
    let house = House::open().await;
    deliver(&house, &[json!({ "resident_id": LI, "status": "ASLEEP" })]).await;
    let parked: i64 = sqlx::query_scalar("SELECT count(*) FROM kit.dead_letters")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(parked, 1);
}
