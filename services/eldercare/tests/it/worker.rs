//! What smartdata tells: nobody orders for the dead, also while it is silent.

use eldercare::worker;
use kit::events::{self, NewEvent, Relay};
use serde_json::{Value, json};
use testkit::service::{data, reason};
use uuid::Uuid;

use crate::{
    peers::{LI, WANG},
    support::{House, PLACE, order, staff},
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
async fn an_event_that_makes_no_sense_is_put_aside() {
    let house = House::open().await;
    deliver(&house, &[json!({ "resident_id": LI, "status": "ASLEEP" })]).await;
    let parked: i64 = sqlx::query_scalar("SELECT count(*) FROM kit.dead_letters")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(parked, 1);
}
