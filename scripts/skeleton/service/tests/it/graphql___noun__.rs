//! __Noun__ through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::support::{ELSEWHERE, HERE, House, official};

const REGISTER: &str = "mutation($input: Register__Noun__Input!) {
    register__Noun__(input: $input) { __noun__ { id name divisionCode } } }";
const LIST: &str = "query($code: DivisionCode) {
    __nouns__(divisionCode: $code, first: 10) { nodes { name } } }";

fn input(key: &str, name: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "divisionCode": HERE, "name": name, "demo": true } })
}

#[tokio::test]
async fn an_official_registers_one_and_it_is_listed_below_its_division() {
    let house = House::open().await;
    data(house.run(&official(HERE), REGISTER, input("key-00000001", "花园")).await);
    let here = house.run(&official(HERE), LIST, json!({ "code": HERE })).await;
    assert_eq!(data(here)["__nouns__"]["nodes"], json!([{ "name": "花园" }]));
    let elsewhere = house.run(&official(HERE), LIST, json!({ "code": ELSEWHERE })).await;
    assert_eq!(data(elsewhere)["__nouns__"]["nodes"], json!([]));
}

#[tokio::test]
async fn the_same_key_answers_the_same_and_refuses_another_input() {
    let house = House::open().await;
    let first = data(house.run(&official(HERE), REGISTER, input("key-00000001", "花园")).await);
    let again = data(house.run(&official(HERE), REGISTER, input("key-00000001", "花园")).await);
    assert_eq!(first, again);
    let other = house.run(&official(HERE), REGISTER, input("key-00000001", "别处")).await;
    assert_eq!(reason(&other), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn refuses_an_official_of_another_division_and_a_name_that_is_taken() {
    let house = House::open().await;
    let refused = house.run(&official(ELSEWHERE), REGISTER, input("key-00000001", "花园")).await;
    assert_eq!(reason(&refused), "FORBIDDEN");
    data(house.run(&official(HERE), REGISTER, input("key-00000002", "花园")).await);
    let taken = house.run(&official(HERE), REGISTER, input("key-00000003", "花园")).await;
    assert_eq!(reason(&taken), "__NOUN___EXISTS");
}
