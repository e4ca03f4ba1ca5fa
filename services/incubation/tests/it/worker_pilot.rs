//! Pilots as the service that owns them tells.

use incubation::worker;
use kit::events::{self, NewEvent, Relay};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    steps::seen,
    support::{COMMUNITY, GARDEN, House, registrar},
};

const APPROVED: &str = "communities.pilot.approved";
const ENDED: &str = "communities.pilot.ended";
const RESUMED: &str = "communities.pilot.resumed";

async fn deliver(house: &House, subject: &'static str, value: Value) {
    let core = &house.service.core;
    let consumer = worker::consumer(&house.state);
    consumer.register();
    let event = NewEvent {
        subject,
        aggregate: "pilot",
        aggregate_id: Uuid::from_u128(7),
        trace_id: None,
        at: core.clock.now(),
        data: value,
    };
    let mut conn = house.service.db.app.acquire().await.unwrap();
    events::append(&mut conn, &event).await.unwrap();
    let relay = Relay::new(
        core.name,
        core.db.pool().clone(),
        core.bus.clone(),
        core.clock.clone(),
    );
    while relay.run_once().await.unwrap() > 0 {}
    consumer.run_due_once().await.unwrap();
}

fn approved(area: i32) -> Value {
    json!({ "pilot_id": Uuid::from_u128(7), "community_id": GARDEN, "community_code": COMMUNITY,
        "batch": 1, "service_area_m2": area, "document": "试点批复", "approved_on": "2026-03-02" })
}

#[tokio::test]
async fn a_pilot_that_was_approved_owes_a_centre_until_it_ends() {
    let house = House::open().await;
    deliver(&house, APPROVED, approved(1000)).await;
    let query = "incubationPilotSites { nodes { active source areaM2 document } }
        centreObligations { nodes { thresholdM2 liftedOn } }";
    let found = seen(&house, &registrar(), query).await;
    assert_eq!(
        found["incubationPilotSites"]["nodes"],
        json!([{ "active": true, "source": "EVENT", "areaM2": 1000, "document": "试点批复" }])
    );
    assert_eq!(
        found["centreObligations"]["nodes"],
        json!([{ "thresholdM2": 1000, "liftedOn": null }])
    );
    let ended = json!({ "pilot_id": Uuid::from_u128(7), "community_id": GARDEN,
        "community_code": COMMUNITY, "state": "EXITED" });
    deliver(&house, ENDED, ended).await;
    let found = seen(&house, &registrar(), query).await;
    assert_eq!(found["incubationPilotSites"]["nodes"][0]["active"], false);
    assert_eq!(
        found["centreObligations"]["nodes"][0]["liftedOn"],
        "2026-03-02"
    );
    assert_eq!(house.told("incubation.pilot_site.changed").await, 2);
    // A pilot that was suspended goes on, with its duty.
    let resumed = json!({ "pilot_id": Uuid::from_u128(7), "community_id": GARDEN,
        "community_code": COMMUNITY, "state": "OPERATING" });
    deliver(&house, RESUMED, resumed).await;
    let found = seen(&house, &registrar(), query).await;
    assert_eq!(
        found["incubationPilotSites"]["nodes"],
        json!([{ "active": true, "source": "EVENT", "areaM2": 1000, "document": RESUMED }])
    );
    let owed = found["centreObligations"]["nodes"].as_array().unwrap();
    assert!(
        owed.iter().any(|duty| duty["liftedOn"].is_null()),
        "{owed:?}"
    );
}

#[tokio::test]
async fn what_was_attested_later_is_not_undone_by_an_older_event() {
    let house = House::open().await;
    let fact = crate::steps::pilot(GARDEN, 1200, "2026-03-02");
    crate::steps::done(&house, &registrar(), "attestPilotSite", fact, "__typename").await;
    sqlx::query("UPDATE pilot_sites SET as_of = '2026-03-05'")
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    deliver(&house, APPROVED, approved(500)).await;
    let found = seen(
        &house,
        &registrar(),
        "incubationPilotSites { nodes { areaM2 source } }",
    )
    .await;
    assert_eq!(
        found["incubationPilotSites"]["nodes"],
        json!([{ "areaM2": 1200, "source": "ATTESTED" }])
    );
}
