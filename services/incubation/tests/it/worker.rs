//! Events of others and timers.

use chrono::{DateTime, Utc};
use incubation::worker;
use kit::events::{self, NewEvent, Relay};
use serde_json::{Value, json};
use testkit::service::data;
use uuid::Uuid;

use crate::{
    graphql_assessment::{ASSESS, assess},
    support::{House, organization_id, registrar},
};

const EXPIRING: &str = "incubation.assessment.expiring";

async fn deliver(house: &House, value: Value, times: usize) {
    let core = &house.service.core;
    let consumer = worker::consumer(&house.state);
    consumer.register();
    for _ in 0..times {
        let event = NewEvent {
            subject: "procurement.contract.signed",
            aggregate: "contract",
            aggregate_id: Uuid::from_u128(7),
            trace_id: None,
            at: core.clock.now(),
            data: value.clone(),
        };
        let mut conn = house.service.db.app.acquire().await.unwrap();
        events::append(&mut conn, &event).await.unwrap();
    }
    let relay = Relay::new(
        core.name,
        core.db.pool().clone(),
        core.bus.clone(),
        core.clock.clone(),
    );
    while relay.run_once().await.unwrap() > 0 {}
    consumer.run_due_once().await.unwrap();
}

async fn engagements(house: &House) -> Vec<(i64, Option<Uuid>)> {
    sqlx::query_as("SELECT amount_fen, community_id FROM engagements")
        .fetch_all(&house.service.db.owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_signed_contract_is_kept_once_however_often_it_is_told() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let community = Uuid::from_u128(9);
    let value = json!({
        "contract_id": Uuid::from_u128(7), "organization_id": organization_id(&one),
        "trace_id": Uuid::from_u128(8), "community_id": community,
        "division_code": "230103001001", "amount_fen": 1_200_000, "quantity": 300,
    });
    deliver(&house, value, 2).await;
    assert_eq!(engagements(&house).await, [(1_200_000, Some(community))]);
}

#[tokio::test]
async fn an_event_that_makes_no_sense_is_put_aside() {
    let house = House::open().await;
    deliver(&house, json!({ "contract_id": 7 }), 1).await;
    assert!(engagements(&house).await.is_empty());
    let parked: i64 = sqlx::query_scalar("SELECT count(*) FROM kit.dead_letters")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(parked, 1);
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn assessed(house: &House) -> Value {
    let one = house.registered(0).await;
    let input = assess(&one, "key-assess-01", 750, "2023-01-10");
    data(house.run(&registrar(), ASSESS, input).await);
    one
}

#[tokio::test]
async fn tells_sixty_working_days_before_a_grade_runs_out_and_no_sooner() {
    let house = House::open().await;
    assessed(&house).await;
    // The grade ends on 2028-01-09; sixty working days before, 0:00 in China.
    let due: DateTime<Utc> = sqlx::query_scalar("SELECT run_at FROM kit.jobs")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    let clock = &house.service.clock;
    clock.advance(due - chrono::TimeDelta::seconds(1) - house.service.core.clock.now());
    assert_eq!(
        worker::worker(&house.state).run_due_once().await.unwrap(),
        0
    );
    assert_eq!(house.told(EXPIRING).await, 0);
    clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(
        worker::worker(&house.state).run_due_once().await.unwrap(),
        1
    );
    assert_eq!(house.told(EXPIRING).await, 1);
    assert_eq!(
        worker::worker(&house.state).run_due_once().await.unwrap(),
        0
    );
    assert!(
        at("2027-10-01T00:00:00Z") < due && due < at("2027-11-01T00:00:00Z"),
        "{due}"
    );
}

#[tokio::test]
async fn a_grade_that_another_took_the_place_of_is_not_told_of() {
    let house = House::open().await;
    let one = assessed(&house).await;
    let input = assess(&one, "key-assess-02", 950, "2025-01-10");
    data(house.run(&registrar(), ASSESS, input).await);
    let now = house.service.core.clock.now();
    house
        .service
        .clock
        .advance(at("2028-01-01T00:00:00Z") - now);
    worker::worker(&house.state).run_due_once().await.unwrap();
    assert_eq!(house.told(EXPIRING).await, 0);
    let now = house.service.core.clock.now();
    house
        .service
        .clock
        .advance(at("2030-01-01T00:00:00Z") - now);
    worker::worker(&house.state).run_due_once().await.unwrap();
    assert_eq!(house.told(EXPIRING).await, 1);
}

#[tokio::test]
async fn a_day_off_announced_later_moves_the_notice() {
    let house = House::open().await;
    assessed(&house).await;
    // A working Saturday in the last weeks: notice is due a day later.
    sqlx::query("INSERT INTO calendar_days VALUES ('2027-12-18', true, '调休上班', '通知')")
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let due: DateTime<Utc> = sqlx::query_scalar("SELECT run_at FROM kit.jobs")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    house
        .service
        .clock
        .advance(due - house.service.core.clock.now());
    assert_eq!(
        worker::worker(&house.state).run_due_once().await.unwrap(),
        1
    );
    assert_eq!(house.told(EXPIRING).await, 0);
    house.service.clock.advance(chrono::TimeDelta::days(4));
    assert_eq!(
        worker::worker(&house.state).run_due_once().await.unwrap(),
        1
    );
    assert_eq!(house.told(EXPIRING).await, 1);
}
