//! Communities through the real schema.

use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::{caller, data, reason};

use crate::{
    peers::COMMUNITY,
    support::{House, nobody, staff, wang},
};

fn civil_affairs() -> Caller {
    caller(Role::CivilAffairs, "230103000000")
}

fn register(code: &str) -> Value {
    json!({ "divisionCode": code, "name": "河畔社区", "kind": "VILLAGERS", "households": 900,
            "population": 2400, "serviceAreaM2": 800 })
}

#[tokio::test]
async fn civil_affairs_register_communities_of_their_division() {
    let house = House::open().await;
    let want =
        "community { id divisionCode name kind households population serviceAreaM2 active demo }";
    let done = house
        .act(
            &civil_affairs(),
            "registerCommunity",
            &register("230103001002"),
            want,
        )
        .await["community"]
        .clone();
    assert_eq!(done["divisionCode"], "230103001002");
    assert_eq!(
        (&done["active"], &done["demo"]),
        (&json!(true), &json!(false))
    );
    let by_code = "query { communityByCode(divisionCode: \"230103001002\") { id } }";
    let found = data(house.run(&nobody(), by_code, json!({})).await);
    assert_eq!(found["communityByCode"]["id"], done["id"]);
    let by_id = "query($id: ID!) { community(id: $id) { name } }";
    let found = data(
        house
            .run(&nobody(), by_id, json!({ "id": done["id"] }))
            .await,
    );
    assert_eq!(found["community"]["name"], "河畔社区");
}

#[tokio::test]
async fn nobody_else_registers_and_no_division_twice() {
    let house = House::open().await;
    let input = register("230103001002");
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (wang(), "FORBIDDEN"),
        (staff(), "FORBIDDEN"),
        (caller(Role::CivilAffairs, "230102000000"), "FORBIDDEN"),
    ] {
        assert_eq!(
            house.refused(&who, "registerCommunity", &input).await,
            expected
        );
    }
    let again = house
        .refused(&civil_affairs(), "registerCommunity", &register(COMMUNITY))
        .await;
    assert_eq!(again, "COMMUNITY_EXISTS");
}

#[tokio::test]
async fn refuses_malformed_communities_by_field_and_answers_the_same_key_once() {
    let house = House::open().await;
    for (field, bad) in [
        ("divisionCode", json!("230103001000")),
        ("name", json!(" ")),
        ("households", json!(-1)),
        ("population", json!(-1)),
        ("serviceAreaM2", json!(-1)),
    ] {
        let mut input = register("230103001002");
        input[field] = bad;
        let told = house
            .try_act(&civil_affairs(), "registerCommunity", &input, "__typename")
            .await;
        assert_eq!(
            told["errors"][0]["extensions"]["field"],
            format!("input.{field}")
        );
    }
    let mut input = register("230103001002");
    input["idempotencyKey"] = json!("register-once");
    let want = "community { id }";
    let first = house
        .act(&civil_affairs(), "registerCommunity", &input, want)
        .await;
    let again = house
        .act(&civil_affairs(), "registerCommunity", &input, want)
        .await;
    assert_eq!(first, again);
    let malformed = register("2301");
    let told = house
        .refused(&civil_affairs(), "registerCommunity", &malformed)
        .await;
    assert!(!told.is_empty());
}

#[tokio::test]
async fn lists_communities_below_a_division_in_code_order_both_ways() {
    let house = House::open().await;
    for code in ["230103001003", "230103001002", "230103002001"] {
        house
            .act(
                &civil_affairs(),
                "registerCommunity",
                &register(code),
                "__typename",
            )
            .await;
    }
    let list = "query($below: DivisionCode, $first: Int, $after: String, $last: Int, $before: String) {
        communities(divisionCode: $below, first: $first, after: $after, last: $last, before: $before) {
            nodes { divisionCode } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
    let codes = |page: &Value| -> Vec<String> {
        let nodes = page["nodes"].as_array().unwrap();
        nodes
            .iter()
            .map(|n| n["divisionCode"].as_str().unwrap().to_owned())
            .collect()
    };
    let street = json!("230103001000");
    let first = data(
        house
            .run(&nobody(), list, json!({ "below": street, "first": 2 }))
            .await,
    );
    let first = &first["communities"];
    assert_eq!(codes(first), [COMMUNITY, "230103001002"]);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = first["pageInfo"]["endCursor"].clone();
    let next = json!({ "below": street, "first": 2, "after": after });
    let next = data(house.run(&nobody(), list, next).await);
    assert_eq!(codes(&next["communities"]), ["230103001003"]);
    let before = next["communities"]["pageInfo"]["startCursor"].clone();
    let back = json!({ "below": street, "last": 1, "before": before });
    let back = data(house.run(&nobody(), list, back).await);
    assert_eq!(codes(&back["communities"]), ["230103001002"]);
    let huge = house.run(&nobody(), list, json!({ "first": 101 })).await;
    assert!(!reason(&huge).is_empty());
}
