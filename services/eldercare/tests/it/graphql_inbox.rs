//! Inboxes through the real schema: a grid worker is told of every alarm of
//! their division, a worker of every change of their visits.

use chrono::TimeDelta;
use kit::auth::Role;
use serde_json::{Value, json};
use testkit::service::{Events, caller, reason};

use crate::{
    graphql_alarm::call,
    peers::{COMMUNITY, LI, VOLUNTEER, WANG},
    support::{House, li, nobody, officer, social_worker, staff_elsewhere, volunteer},
};

const ALARMS: &str = "subscription($code: DivisionCode) { alarmInbox(divisionCode: $code) {
    divisionCode alarms { kind state rung } } }";
const VISITS: &str = "subscription { visitInbox { visits { state } } }";

async fn next(events: &mut Events, field: &str) -> Value {
    let event = events.next().await.expect("the stream is over");
    assert!(event.get("errors").is_none(), "{event:#}");
    event["data"][field].clone()
}

/// A state may be shown twice: goes on until this is shown.
async fn until(events: &mut Events, (field, list): (&str, &str), wanted: Value) {
    for _ in 0..20 {
        if next(events, field).await[list] == wanted {
            return;
        }
    }
    panic!("{wanted} was never shown");
}

#[tokio::test]
async fn a_grid_worker_is_told_of_each_alarm_of_the_division() {
    let house = House::open().await;
    let grid = caller(Role::GridWorker, COMMUNITY);
    let mut below = house.subscribe(&grid, ALARMS, json!({}));
    let mut above = house.subscribe(&officer(), ALARMS, json!({}));
    let empty = next(&mut below, "alarmInbox").await;
    assert_eq!(empty, json!({ "divisionCode": COMMUNITY, "alarms": [] }));
    assert_eq!(next(&mut above, "alarmInbox").await["alarms"], json!([]));
    call(&house, &li(), "alarm-000001").await;
    let of = ("alarmInbox", "alarms");
    let one = |rung: &str| json!([{ "kind": "SOS", "state": "RAISED", "rung": rung }]);
    until(&mut below, of, one("FAMILY")).await;
    until(&mut above, of, one("FAMILY")).await;
    house.pass(TimeDelta::minutes(5)).await;
    until(&mut below, of, one("GRID")).await;
}

#[tokio::test]
async fn an_inbox_is_for_those_who_may_list_it() {
    let house = House::open().await;
    let home = json!({ "code": COMMUNITY });
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (li(), "DIVISION_NOT_YOURS"),
        (volunteer(), "DIVISION_NOT_YOURS"),
        (social_worker(), "DIVISION_NOT_YOURS"),
        (staff_elsewhere(), "DIVISION_NOT_YOURS"),
    ] {
        let mut events = house.subscribe(&who, ALARMS, home.clone());
        assert_eq!(reason(&events.next().await.unwrap()), why);
        assert!(events.next().await.is_none(), "nothing follows");
    }
    for (who, why) in [(nobody(), "UNAUTHENTICATED"), (officer(), "NOT_A_WORKER")] {
        let mut events = house.subscribe(&who, VISITS, json!({}));
        assert_eq!(reason(&events.next().await.unwrap()), why);
    }
}

#[tokio::test]
async fn a_worker_is_told_of_each_change_of_their_visits_until_they_end() {
    let house = House::open().await;
    let mut mine = house.subscribe(&volunteer(), VISITS, json!({}));
    let mut other = house.subscribe(&social_worker(), VISITS, json!({}));
    assert_eq!(next(&mut mine, "visitInbox").await, json!({ "visits": [] }));
    assert_eq!(
        next(&mut other, "visitInbox").await,
        json!({ "visits": [] })
    );
    let placed = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&placed, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let of = ("visitInbox", "visits");
    until(&mut mine, of, json!([{ "state": "ASSIGNED" }])).await;
    house
        .step(&volunteer(), "acceptVisit", &visit, json!({}))
        .await;
    until(&mut mine, of, json!([{ "state": "ACCEPTED" }])).await;
    house
        .step(&li(), "refuseVisit", &visit, json!({ "reason": "住院" }))
        .await;
    until(&mut mine, of, json!([])).await;
    let placed = house.ordered(WANG, "order-000002").await;
    let social = crate::peers::SOCIAL_WORKER;
    house
        .assigned(&placed, "SOCIAL_WORKER", social, "assign-00002")
        .await;
    until(&mut other, of, json!([{ "state": "ASSIGNED" }])).await;
}
