//! The same key is answered the same while the peers are down.

use serde_json::{Value, json};
use testkit::service::data;

use crate::support::{FILE, House, REGISTER, WANG, file, register, registrar, resident};

const CHANGE: &str = "mutation($input: RecordChangeInput!) {
    recordChange(input: $input) { organization { id name version } } }";

async fn answered_again(house: &House, query: &str, input: Value) -> Value {
    let first = data(house.run(&registrar(), query, input.clone()).await);
    let again = house.run_alone(&registrar(), query, input.clone()).await;
    assert_eq!(again["data"], first, "{again:#}");
    let mut other = input;
    other["input"]["idempotencyKey"] = json!("another-key-01");
    let refused = house.run_alone(&registrar(), query, other).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    first
}

#[tokio::test]
async fn a_repeated_call_is_answered_while_peers_are_down() {
    let house = House::open().await;
    answered_again(&house, FILE, file("key-file-0001")).await;
    let made = answered_again(&house, REGISTER, register(0)).await;
    let change = json!({ "input": { "idempotencyKey": "key-change-01",
        "organizationId": made["registerOrganization"]["organization"]["id"],
        "version": made["registerOrganization"]["organization"]["version"],
        "name": "新花园中心", "relatedResidents": [resident(WANG)] } });
    answered_again(&house, CHANGE, change).await;
}

#[tokio::test]
async fn an_answer_is_not_told_again_to_whoever_lost_the_permission() {
    let house = House::open().await;
    data(house.run(&registrar(), FILE, file("key-file-0001")).await);
    let mut moved = registrar();
    moved.actor.division = crate::support::registrar_elsewhere().actor.division;
    let refused = house.run_alone(&moved, FILE, file("key-file-0001")).await;
    assert_eq!(testkit::service::reason(&refused), "FORBIDDEN");
}
