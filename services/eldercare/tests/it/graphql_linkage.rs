//! What this service adds to a chain.

use kernel::keys::TraceId;
use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    peers::{TRACE, WANG},
    support::{House, auditor, id_of, li, nobody, staff},
};

const LINKAGE: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Linkage {
    traceId orders { state tier } visits { state minutes }
    creditEntries { kind minutes ownerKind resident { id } visit { id } } } } }";

fn chain() -> Value {
    json!({ "r": [{ "__typename": "Linkage", "traceId": id_of::<TraceId>(TRACE) }] })
}

#[tokio::test]
async fn shows_each_caller_the_part_of_the_chain_they_may_read() {
    let house = House::open().await;
    house.volunteer_earned("00000001").await;
    house.ordered(WANG, "order-000002").await;
    let shown = |answer: Value| {
        let chain = &data(answer)["_entities"][0];
        ["orders", "visits", "creditEntries"].map(|part| chain[part].as_array().unwrap().len())
    };
    assert_eq!(
        shown(house.run(&auditor(), LINKAGE, chain()).await),
        [2, 1, 2]
    );
    assert_eq!(
        shown(house.run(&staff(), LINKAGE, chain()).await),
        [2, 1, 2]
    );
    // The elder sees their own, and that the system gave; not who earned it.
    assert_eq!(shown(house.run(&li(), LINKAGE, chain()).await), [1, 1, 1]);
    assert_eq!(
        shown(house.run(&nobody(), LINKAGE, chain()).await),
        [0, 0, 1]
    );
    let all = data(house.run(&auditor(), LINKAGE, chain()).await)["_entities"][0].clone();
    let sum: i64 = all["creditEntries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["minutes"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 0);
}
