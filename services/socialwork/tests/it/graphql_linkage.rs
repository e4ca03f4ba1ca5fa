//! This service's part of a chain.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{LI, WANG},
    support::{House, TRACE, auditor, elder, nobody, staff, staff_elsewhere, visit},
};

const CHAIN: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Linkage {
    traceId socialWorkers { id } volunteers { id } volunteerRecords { minutes } } } }";

async fn chain(house: &House, caller: &Caller) -> Value {
    let trace = kit::graph::global(kernel::keys::TraceId::from_uuid(TRACE));
    let r = json!({ "r": [{ "__typename": "Linkage", "traceId": trace }] });
    data(house.run(caller, CHAIN, r).await)["_entities"][0].clone()
}

#[tokio::test]
async fn shows_who_served_to_those_who_may_see_it() {
    let house = House::open().await;
    let worker = house.dispatched(WANG, "key-00000001").await;
    let volunteer = house.volunteer(LI, "key-00000002").await;
    house
        .settle(&visit(1, "SOCIAL_WORKER", &worker, "01:00", "02:00"), 1)
        .await;
    house
        .settle(&visit(2, "VOLUNTEER", &volunteer, "02:00", "03:00"), 1)
        .await;
    for caller in [staff(), auditor()] {
        let seen = chain(&house, &caller).await;
        assert_eq!(seen["socialWorkers"], json!([{ "id": worker["id"] }]));
        assert_eq!(seen["volunteers"], json!([{ "id": volunteer["id"] }]));
        assert_eq!(seen["volunteerRecords"], json!([{ "minutes": 60 }]));
    }
    // The person served sees the service, not who volunteers.
    let served = chain(&house, &elder()).await;
    assert_eq!(served["socialWorkers"], json!([{ "id": worker["id"] }]));
    assert_eq!(served["volunteers"], json!([]));
    assert_eq!(served["volunteerRecords"], json!([{ "minutes": 60 }]));
    // A visit found void adds nobody to the chain any more.
    house
        .void(&visit(1, "SOCIAL_WORKER", &worker, "01:00", "02:00"), 1)
        .await;
    let seen = chain(&house, &staff()).await;
    assert_eq!(seen["socialWorkers"], json!([]));
    assert_eq!(seen["volunteers"], json!([{ "id": volunteer["id"] }]));
    for caller in [staff_elsewhere(), nobody()] {
        let hidden = chain(&house, &caller).await;
        assert_eq!(hidden["socialWorkers"], json!([]));
        assert_eq!(hidden["volunteers"], json!([]));
        assert_eq!(hidden["volunteerRecords"], json!([]));
    }
}

#[tokio::test]
async fn refuses_a_malformed_trace() {
    let house = House::open().await;
    let r = json!({ "r": [{ "__typename": "Linkage", "traceId": "nonsense" }] });
    let refused = house.run(&staff(), CHAIN, r).await;
    assert_eq!(reason(&refused), "GLOBAL_ID_MALFORMED");
}
