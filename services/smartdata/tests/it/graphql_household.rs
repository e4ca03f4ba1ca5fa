//! Households through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::support::{
    COMMUNITY, GRID, House, neighbour, nobody, refused, staff, staff_elsewhere, themself,
};

const REGISTER: &str = "mutation($input: RegisterHouseholdInput!) {
    registerHousehold(input: $input) { household { id demo grid { code }
        members { relation resident { id name } } } } }";
const ADD: &str = "mutation($input: AddHouseholdMemberInput!) {
    addHouseholdMember(input: $input) { household { members { relation resident { id } } } } }";

fn register(head: &str, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "communityCode": COMMUNITY, "gridCode": GRID,
        "headResidentId": head } })
}

fn add(household: &Value, resident: &str, relation: &str, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "householdId": household,
        "residentId": resident, "relation": relation } })
}

#[tokio::test]
async fn holds_a_head_and_members_each_in_one_household() {
    let house = House::open().await;
    let (head, wife, other) = (
        house.registered(1).await,
        house.registered(2).await,
        house.registered(3).await,
    );
    let first = data(
        house
            .run(&staff(), REGISTER, register(&head, "household-1"))
            .await,
    );
    let household = first["registerHousehold"]["household"].clone();
    assert_eq!(household["members"][0]["relation"], "HEAD");
    assert_eq!(household["demo"], true);
    let again = data(
        house
            .run(&staff(), REGISTER, register(&head, "household-1"))
            .await,
    );
    assert_eq!(first, again);

    let id = &household["id"];
    let added = data(
        house
            .run(&staff(), ADD, add(id, &wife, "SPOUSE", "member-001"))
            .await,
    );
    assert_eq!(
        added["addHouseholdMember"]["household"]["members"],
        json!([{ "relation": "HEAD", "resident": { "id": head } },
               { "relation": "SPOUSE", "resident": { "id": wife } }])
    );
    let twice = house
        .run(&staff(), ADD, add(id, &wife, "OTHER", "member-002"))
        .await;
    assert_eq!(reason(&twice), "RESIDENT_IN_HOUSEHOLD");
    let two_heads = house
        .run(&staff(), ADD, add(id, &other, "HEAD", "member-003"))
        .await;
    assert_eq!(
        refused(&two_heads),
        ("HOUSEHOLD_HAS_HEAD".into(), "input.relation".into())
    );
    let second = house
        .run(&staff(), REGISTER, register(&wife, "household-2"))
        .await;
    assert_eq!(reason(&second), "RESIDENT_IN_HOUSEHOLD");
    assert_eq!(
        house.count("households").await,
        1,
        "nothing of a refused one is left"
    );
}

#[tokio::test]
async fn is_read_by_staff_and_by_those_who_live_in_it() {
    let house = House::open().await;
    let (head, wife) = (house.registered(1).await, house.registered(2).await);
    let first = data(
        house
            .run(&staff(), REGISTER, register(&head, "household-1"))
            .await,
    );
    let id = first["registerHousehold"]["household"]["id"].clone();
    data(
        house
            .run(&staff(), ADD, add(&id, &wife, "SPOUSE", "member-001"))
            .await,
    );
    let query = "query($id: ID!) { household(id: $id) { members { resident { id } } } }";
    let seen = data(
        house
            .run(&themself(&wife), query, json!({ "id": id }))
            .await,
    );
    assert_eq!(seen["household"]["members"].as_array().unwrap().len(), 2);
    for stranger in [nobody(), neighbour(), staff_elsewhere()] {
        let none = data(house.run(&stranger, query, json!({ "id": id })).await);
        assert!(none["household"].is_null());
    }
    let mine = "{ me { household { id } } }";
    let me = data(house.run(&themself(&head), mine, json!({})).await);
    assert_eq!(me["me"]["household"]["id"], id);
}

#[tokio::test]
async fn refuses_strangers_the_dead_and_those_of_elsewhere() {
    let house = House::open().await;
    let (head, dead) = (house.registered(1).await, house.registered(2).await);
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = house
            .run(&caller, REGISTER, register(&head, "household-1"))
            .await;
        assert_eq!(reason(&answer), expected);
    }
    let death = json!({ "input": { "idempotencyKey": "death-0001", "residentId": dead,
        "diedOn": "2026-03-01" } });
    let query = "mutation($input: RecordDeathInput!) {
        recordDeath(input: $input) { resident { id } } }";
    data(house.run(&staff(), query, death).await);
    let answer = house
        .run(&staff(), REGISTER, register(&dead, "household-1"))
        .await;
    assert_eq!(
        refused(&answer),
        (
            "HOUSEHOLD_MEMBER_ELSEWHERE".into(),
            "input.headResidentId".into()
        )
    );
    let nobody_there = kernel::keys::ResidentId::from_uuid(uuid::Uuid::nil()).to_global();
    let answer = house
        .run(&staff(), REGISTER, register(&nobody_there, "household-1"))
        .await;
    assert_eq!(
        refused(&answer),
        ("RESIDENT_NOT_FOUND".into(), "input.headResidentId".into())
    );
}

#[tokio::test]
async fn is_left_when_somebody_moves_away() {
    let house = House::open().await;
    let head = house.registered(1).await;
    data(
        house
            .run(&staff(), REGISTER, register(&head, "household-1"))
            .await,
    );
    let away = json!({ "input": { "idempotencyKey": "move-0001", "residentId": head } });
    let query = "mutation($input: MoveResidentInput!) {
        moveResident(input: $input) { resident { household { id } } } }";
    let moved = data(house.run(&staff(), query, away).await);
    assert!(moved["moveResident"]["resident"]["household"].is_null());
    assert_eq!(
        house
            .count("household_members WHERE upper_inf(period)")
            .await,
        0
    );
}
