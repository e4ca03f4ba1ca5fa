//! What events of communities leave here, and how a chain shows it.

use kernel::keys::TraceId;
use kit::auth::Role;
use serde_json::{Value, json};
use smartdata::worker;
use testkit::service::{caller, data};

use crate::support::{
    COMMUNITY, ELSEWHERE, House, admin, need_reported, neighbour, staff, themself, uuid_of,
};

const LINK: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Linkage {
    traceId reporter { id name } grid { code } division { name }
    happenings { kind division { code } grid { name } } } } }";

fn link(trace: uuid::Uuid) -> Value {
    json!({ "r": [{ "__typename": "Linkage", "traceId": TraceId::from_uuid(trace).to_global() }] })
}

/// Delivers an event as the relay does, and has it handled.
async fn deliver(house: &House, event: &kit::events::Event) {
    sqlx::query(
        "INSERT INTO kit.inbox (consumer, event_id, subject, aggregate, aggregate_id, event)
         VALUES ('smartdata', $1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(event.id)
    .bind(&event.subject)
    .bind(&event.aggregate)
    .bind(event.aggregate_id)
    .bind(serde_json::to_value(event).unwrap())
    .execute(&house.service.db.app)
    .await
    .unwrap();
    worker::consumer(&house.state).run_due_once().await.unwrap();
}

#[tokio::test]
async fn a_reported_need_becomes_a_happening_once() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let trace = uuid::Uuid::from_u128(0x77);
    let event = need_reported(1, trace, uuid_of(&id));
    deliver(&house, &event).await;
    deliver(&house, &event).await;
    assert_eq!(house.count("happenings").await, 1);

    let chain = data(house.run(&staff(), LINK, link(trace)).await)["_entities"][0].clone();
    assert_eq!(chain["reporter"], json!({ "id": id, "name": "王**" }));
    assert_eq!(chain["grid"]["code"], "230103001001001");
    assert_eq!(chain["division"]["name"], "向阳社区");
    assert_eq!(
        chain["happenings"],
        json!([{ "kind": "NEED_REPORTED", "division": { "code": "230103001001" },
                 "grid": { "name": "第一网格" } }])
    );
    let mine = data(house.run(&themself(&id), LINK, link(trace)).await);
    assert_eq!(mine["_entities"][0]["reporter"]["name"], "王秀兰");
}

#[tokio::test]
async fn shows_a_neighbour_nothing_of_the_chain() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let trace = uuid::Uuid::from_u128(0x77);
    deliver(&house, &need_reported(1, trace, uuid_of(&id))).await;
    let foreign = Role::ALL
        .iter()
        .filter(|role| **role != Role::Service)
        .map(|role| (caller(*role, ELSEWHERE), trace));
    let near = [(neighbour(), trace), (staff(), uuid::Uuid::from_u128(0x78))];
    for (caller, trace) in near.into_iter().chain(foreign) {
        let who = &caller.actor.subject;
        let chain = data(house.run(&caller, LINK, link(trace)).await)["_entities"][0].clone();
        assert!(
            chain["reporter"].is_null() && chain["division"].is_null(),
            "{who}"
        );
        assert_eq!(chain["happenings"], json!([]), "{who}");
    }
}

#[tokio::test]
async fn who_reported_is_for_themself_and_staff_of_the_division() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let trace = uuid::Uuid::from_u128(0x77);
    deliver(&house, &need_reported(1, trace, uuid_of(&id))).await;
    for (who, reporter) in [
        (themself(&id), true),
        (staff(), true),
        (caller(Role::GridWorker, COMMUNITY), true),
        (caller(Role::Volunteer, COMMUNITY), false),
        (caller(Role::Expert, "230103000000"), false),
        (caller(Role::ProcurementOfficer, "230103000000"), false),
        (admin(), false),
    ] {
        let name = &who.actor.subject;
        let answer = house.run(&who, LINK, link(trace)).await;
        let chain = &data(answer)["_entities"][0];
        assert_eq!(!chain["reporter"].is_null(), reporter, "{name}");
        assert_eq!(chain["happenings"].as_array().unwrap().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_mistyped_grid_does_not_lose_the_chain() {
    let house = House::open().await;
    let id = house.registered(1).await;
    for (n, grid) in [(1, "230103001001000"), (2, "230102001001001")] {
        let trace = uuid::Uuid::from_u128(0x80 + n);
        let mut event = need_reported(n, trace, uuid_of(&id));
        event.data["grid_code"] = json!(grid);
        deliver(&house, &event).await;
        let chain = data(house.run(&staff(), LINK, link(trace)).await)["_entities"][0].clone();
        assert!(chain["grid"].is_null());
        assert_eq!(chain["happenings"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_event_that_says_nothing_we_know_is_parked() {
    let house = House::open().await;
    let mut event = need_reported(
        1,
        uuid::Uuid::from_u128(1),
        uuid_of(&house.registered(1).await),
    );
    event.data = json!({ "need_id": "x" });
    deliver(&house, &event).await;
    assert_eq!(house.count("happenings").await, 0);
    assert_eq!(house.count("kit.dead_letters").await, 1);
}
