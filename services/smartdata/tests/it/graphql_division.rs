//! The register of divisions through the real schema.

use serde_json::json;
use testkit::service::{data, reason};

use crate::support::{House, TOWNSHIP, admin, civil_affairs, neighbour, nobody, refused};

const CREATE: &str = "mutation($input: CreateDemoDivisionInput!) {
    createDemoDivision(input: $input) { division { code name level demo parent { code } } } }";
const PATH: &str = "query($code: DivisionCode!) { division(code: $code) {
    name level path { name } children(first: 1) { nodes { code } pageInfo { hasNextPage } } } }";

fn create(code: &str, key: &str) -> serde_json::Value {
    json!({ "input": { "idempotencyKey": key, "code": code, "name": "新社区" } })
}

#[tokio::test]
async fn tells_the_way_from_the_province_and_the_divisions_below() {
    let house = House::open().await;
    let found = data(
        house
            .run(&nobody(), PATH, json!({ "code": TOWNSHIP }))
            .await,
    );
    assert_eq!(
        found["division"],
        json!({
            "name": "花园街道", "level": "TOWNSHIP",
            "path": [{ "name": "黑龙江省" }, { "name": "哈尔滨市" }, { "name": "南岗区" },
                     { "name": "花园街道" }],
            "children": { "nodes": [{ "code": "230103001001" }],
                          "pageInfo": { "hasNextPage": true } },
        })
    );
    let none = data(
        house
            .run(&nobody(), PATH, json!({ "code": "110000000000" }))
            .await,
    );
    assert!(none["division"].is_null());
}

#[tokio::test]
async fn finds_by_level_and_part_of_the_name_taking_signs_as_they_are() {
    let house = House::open().await;
    let query = "query($level: DivisionLevel, $part: String) {
        divisions(level: $level, nameContains: $part) { nodes { name } } }";
    let found = data(
        house
            .run(
                &nobody(),
                query,
                json!({ "level": "COMMUNITY", "part": "和平" }),
            )
            .await,
    );
    assert_eq!(found["divisions"]["nodes"], json!([{ "name": "和平社区" }]));
    let none = data(house.run(&nobody(), query, json!({ "part": "%" })).await);
    assert_eq!(none["divisions"]["nodes"], json!([]));
}

#[tokio::test]
async fn refuses_malformed_codes_and_pages() {
    let house = House::open().await;
    let refused = house.run(&nobody(), PATH, json!({ "code": "2301" })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let query = "query($first: Int, $after: String) {
        divisions(first: $first, after: $after) { nodes { code } } }";
    let refused = house.run(&nobody(), query, json!({ "first": 101 })).await;
    assert_eq!(reason(&refused), "PAGE_TOO_LARGE");
    let refused = house.run(&nobody(), query, json!({ "after": "x" })).await;
    assert_eq!(reason(&refused), "CURSOR_MALFORMED");
}

#[tokio::test]
async fn resolves_many_entities_by_code() {
    let house = House::open().await;
    let query = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Division { code name } } }";
    let representations = json!({ "r": [
        { "__typename": "Division", "code": "230000000000" },
        { "__typename": "Division", "code": "990000000000" },
        { "__typename": "Division", "code": "230103000000" },
    ] });
    let found = data(house.run(&nobody(), query, representations).await);
    assert_eq!(
        found["_entities"],
        json!([{ "code": "230000000000", "name": "黑龙江省" }, null,
               { "code": "230103000000", "name": "南岗区" }])
    );
}

#[tokio::test]
async fn an_administrator_makes_a_demonstration_community_once() {
    let house = House::open().await;
    let first = data(
        house
            .run(&admin(), CREATE, create("230103001003", "create-0001"))
            .await,
    );
    assert_eq!(
        first["createDemoDivision"]["division"],
        json!({ "code": "230103001003", "name": "新社区", "level": "COMMUNITY", "demo": true,
                "parent": { "code": TOWNSHIP } })
    );
    let again = data(
        house
            .run(&admin(), CREATE, create("230103001003", "create-0001"))
            .await,
    );
    assert_eq!(first, again);
    let twice = house
        .run(&admin(), CREATE, create("230103001003", "create-0002"))
        .await;
    assert_eq!(
        refused(&twice),
        ("DIVISION_EXISTS".into(), "input.code".into())
    );
    let other = house
        .run(&admin(), CREATE, create("230103001004", "create-0001"))
        .await;
    assert_eq!(reason(&other), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn refuses_everybody_else_and_every_other_place() {
    let house = House::open().await;
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (civil_affairs(), "FORBIDDEN"),
    ] {
        let answer = house
            .run(&caller, CREATE, create("230103001003", "create-0001"))
            .await;
        assert_eq!(reason(&answer), expected);
    }
    for (code, expected) in [
        ("230103002000", "DIVISION_NOT_COMMUNITY"),
        ("230103099001", "DIVISION_PARENT_MISSING"),
    ] {
        let answer = house
            .run(&admin(), CREATE, create(code, "create-0009"))
            .await;
        assert_eq!(reason(&answer), expected);
    }
}
