//! Grids through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::support::{GRID, House, neighbour, nobody, refused, staff, staff_elsewhere};

const REGISTER: &str = "mutation($input: RegisterGridInput!) {
    registerGrid(input: $input) { grid { id code name kind demo leadWorker { name }
        community { divisionCode } division { name } } } }";
const ASSIGN: &str = "mutation($input: AssignGridLeadInput!) {
    assignGridLead(input: $input) { grid { leadWorker { subject name } } } }";
const BY_CODE: &str = "query($code: String!) { gridByCode(code: $code) { id code } }";

fn register(code: &str, key: &str) -> Value {
    json!({ "input": {
        "idempotencyKey": key, "code": code, "name": "第二网格", "kind": "RESIDENTIAL" } })
}

#[tokio::test]
async fn staff_register_a_grid_of_their_community_once() {
    let house = House::open().await;
    let first = data(
        house
            .run(&staff(), REGISTER, register("230103001001002", "grid-0001"))
            .await,
    );
    let grid = &first["registerGrid"]["grid"];
    assert_eq!(grid["division"]["name"], "向阳社区");
    assert_eq!(
        (&grid["demo"], &grid["leadWorker"]),
        (&json!(true), &Value::Null)
    );
    let again = data(
        house
            .run(&staff(), REGISTER, register("230103001001002", "grid-0001"))
            .await,
    );
    assert_eq!(first, again);
    let twice = house
        .run(&staff(), REGISTER, register("230103001001002", "grid-0002"))
        .await;
    assert_eq!(refused(&twice), ("GRID_EXISTS".into(), "input.code".into()));
}

#[tokio::test]
async fn refuses_strangers_bad_codes_and_unknown_communities() {
    let house = House::open().await;
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = house
            .run(&caller, REGISTER, register("230103001001002", "grid-0001"))
            .await;
        assert_eq!(reason(&answer), expected);
    }
    let answer = house
        .run(&staff(), REGISTER, register("230103001001000", "grid-0001"))
        .await;
    assert_eq!(
        refused(&answer),
        ("GRID_CODE_MALFORMED".into(), "input.code".into())
    );
    let above = testkit::service::caller(kit::auth::Role::CivilAffairs, "230100000000");
    let answer = house
        .run(&above, REGISTER, register("230103001009001", "grid-0001"))
        .await;
    assert_eq!(
        refused(&answer),
        ("DIVISION_NOT_FOUND".into(), "input.code".into())
    );
}

#[tokio::test]
async fn has_one_lead_at_a_time() {
    let house = House::open().await;
    let found = data(house.run(&nobody(), BY_CODE, json!({ "code": GRID })).await);
    let assign = |subject: &str, key: &str| {
        json!({ "input": { "idempotencyKey": key, "gridId": found["gridByCode"]["id"],
            "workerSubject": subject, "workerName": "赵网格" } })
    };
    let first = data(
        house
            .run(&staff(), ASSIGN, assign("zhao", "lead-0001"))
            .await,
    );
    assert_eq!(
        first["assignGridLead"]["grid"]["leadWorker"]["subject"],
        "zhao"
    );
    let same = house
        .run(&staff(), ASSIGN, assign("zhao", "lead-0002"))
        .await;
    assert_eq!(reason(&same), "GRID_LEAD_UNCHANGED");
    house.service.clock.advance(chrono::TimeDelta::minutes(1));
    let next = data(
        house
            .run(&staff(), ASSIGN, assign("qian", "lead-0003"))
            .await,
    );
    assert_eq!(
        next["assignGridLead"]["grid"]["leadWorker"]["subject"],
        "qian"
    );
    assert_eq!(house.count("grid_leads WHERE upper_inf(period)").await, 1);
    assert_eq!(house.count("grid_leads").await, 2);
    let forbidden = house
        .run(&staff_elsewhere(), ASSIGN, assign("sun", "lead-0004"))
        .await;
    assert_eq!(reason(&forbidden), "FORBIDDEN");
    assert_eq!(
        house
            .refusal(
                "INSERT INTO grid_leads SELECT grid_id, 'sun', '孙网格', '[2026-03-02,)'
                 FROM grid_leads LIMIT 1"
            )
            .await,
        "GRID_LEAD_EXISTS"
    );
}

#[tokio::test]
async fn resolves_entities_by_id_and_by_code() {
    let house = House::open().await;
    let found = data(house.run(&nobody(), BY_CODE, json!({ "code": GRID })).await);
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Grid { name } } }";
    let representations = json!({ "r": [
        { "__typename": "Grid", "code": GRID },
        { "__typename": "Grid", "id": found["gridByCode"]["id"] },
    ] });
    let entities = data(house.run(&nobody(), query, representations).await);
    assert_eq!(
        entities["_entities"],
        json!([{ "name": "第一网格" }, { "name": "第一网格" }])
    );
    let list = "query { grids(divisionCode: \"230103000000\") { nodes { code } } }";
    let grids = data(house.run(&nobody(), list, json!({})).await);
    assert_eq!(grids["grids"]["nodes"], json!([{ "code": GRID }]));
}
