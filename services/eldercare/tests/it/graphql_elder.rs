//! Elders and their relatives through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{CHILD, DEAD, LI, UNVERIFIED, WANG, YOUNG},
    support::{
        House, REGISTER, auditor, li, nobody, officer, person, register, social_worker, staff,
        staff_elsewhere, wang,
    },
};

const UPDATE: &str = "mutation($input: UpdateElderInput!) { updateElder(input: $input) {
    elder { category livesAlone version } } }";
const RELATE: &str = "mutation($input: RegisterRelationInput!) { registerRelation(input: $input) {
    relation { relation resident { id } relative { id } } } }";
const LIST: &str = "query($after: String, $category: ElderCategory) {
    elders(first: 1, after: $after, category: $category) {
        nodes { residentId } pageInfo { hasNextPage endCursor } } }";

#[tokio::test]
async fn an_elder_or_staff_register_once_and_an_account_is_opened() {
    let house = House::empty().await;
    let input = register(WANG, "SPECIAL_HARDSHIP");
    let elder =
        data(house.run(&wang(), REGISTER, input.clone()).await)["registerElder"]["elder"].clone();
    assert_eq!(
        elder["creditAccount"],
        json!({ "balance": 0, "held": 0, "available": 0 })
    );
    assert_eq!(
        (&elder["demo"], &elder["version"]),
        (&json!(true), &json!(1))
    );
    let again = data(house.run(&wang(), REGISTER, input.clone()).await);
    assert_eq!(again["registerElder"]["elder"], elder);
    assert_eq!(
        reason(&house.run(&staff(), REGISTER, input.clone()).await),
        "ELDER_EXISTS"
    );
    let mut other = input;
    other["input"]["category"] = json!("ORDINARY");
    assert_eq!(
        reason(&house.run(&wang(), REGISTER, other).await),
        "IDEMPOTENCY_KEY_REUSED"
    );
}

#[tokio::test]
async fn registers_only_verified_living_residents_of_sixty_and_more() {
    let house = House::empty().await;
    for (id, why) in [
        (YOUNG, "ELDER_TOO_YOUNG"),
        (DEAD, "RESIDENT_DECEASED"),
        (UNVERIFIED, "RESIDENT_NOT_VERIFIED"),
    ] {
        let refused = house
            .run(&staff(), REGISTER, register(id, "ORDINARY"))
            .await;
        assert_eq!(reason(&refused), why);
    }
    let mut malformed = register(LI, "ORDINARY");
    malformed["input"]["residentId"] = json!("li");
    let refused = house.run(&staff(), REGISTER, malformed).await;
    assert_eq!(
        refused["errors"][0]["extensions"]["field"],
        "input.residentId"
    );
    let mut key = register(LI, "ORDINARY");
    key["input"]["idempotencyKey"] = json!("short");
    assert_eq!(
        reason(&house.run(&staff(), REGISTER, key).await),
        "IDEMPOTENCY_KEY_MALFORMED"
    );
}

#[tokio::test]
async fn refuses_those_who_may_not_register() {
    let house = House::empty().await;
    let input = register(WANG, "ORDINARY");
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (li(), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        assert_eq!(reason(&house.run(&who, REGISTER, input.clone()).await), why);
    }
}

fn update(key: &str, version: i32) -> Value {
    json!({ "input": { "idempotencyKey": key, "residentId": person(LI),
        "category": "LOW_INCOME", "livesAlone": false, "version": version } })
}

#[tokio::test]
async fn staff_change_the_category_and_two_do_not_overwrite_each_other() {
    let house = House::open().await;
    let changed = data(house.run(&staff(), UPDATE, update("update-0001", 1)).await);
    assert_eq!(
        changed["updateElder"]["elder"],
        json!({ "category": "LOW_INCOME", "livesAlone": false, "version": 2 })
    );
    let again = data(house.run(&staff(), UPDATE, update("update-0001", 1)).await);
    assert_eq!(again, changed);
    let stale = house
        .run(&officer(), UPDATE, update("update-0002", 1))
        .await;
    assert_eq!(reason(&stale), "VERSION_CONFLICT");
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (li(), "FORBIDDEN"),
        (staff_elsewhere(), "ELDER_NOT_FOUND"),
    ] {
        assert_eq!(
            reason(&house.run(&who, UPDATE, update("update-0003", 2)).await),
            why
        );
    }
}

#[tokio::test]
async fn everybody_sees_themself_and_staff_their_division() {
    let house = House::open().await;
    let first = data(house.run(&staff(), LIST, json!({})).await)["elders"].clone();
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    let second = data(house.run(&staff(), LIST, after).await)["elders"].clone();
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    assert_ne!(first["nodes"], second["nodes"]);
    let ordinary = data(
        house
            .run(&staff(), LIST, json!({ "category": "ORDINARY" }))
            .await,
    );
    assert_eq!(
        ordinary["elders"]["nodes"],
        json!([{ "residentId": person(LI) }])
    );

    let one = "query($id: ID!) { elder(residentId: $id) { residentId } }";
    for (who, seen) in [
        (wang(), true),
        (staff(), true),
        (social_worker(), true),
        (auditor(), true),
        (li(), false),
        (staff_elsewhere(), false),
        (nobody(), false),
    ] {
        let found = data(house.run(&who, one, json!({ "id": person(WANG) })).await);
        assert_eq!(!found["elder"].is_null(), seen, "{}", who.actor.subject);
    }
}

#[tokio::test]
async fn answers_entities_to_the_gateway_as_far_as_the_caller_may_read() {
    let house = House::open().await;
    let query = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Elder { residentId category } ... on Resident { id elder { category } }
        ... on MenuItem { code name } } }";
    let wanted = json!({ "r": [
        { "__typename": "Elder", "residentId": person(WANG) },
        { "__typename": "Elder", "residentId": person(LI) },
        { "__typename": "Resident", "id": person(WANG) },
        { "__typename": "MenuItem", "code": "MEAL-LUNCH" },
    ] });
    let found = data(house.run(&wang(), query, wanted).await)["_entities"].clone();
    assert_eq!(found[0]["category"], "SPECIAL_HARDSHIP");
    assert_eq!(found[1], Value::Null);
    assert_eq!(found[2]["elder"]["category"], "SPECIAL_HARDSHIP");
    assert_eq!(found[3]["name"], "助餐(午餐)");
}

#[tokio::test]
async fn staff_register_relatives_on_evidence_once() {
    let house = House::open().await;
    let input = json!({ "input": { "idempotencyKey": "relation-0001", "residentId": person(CHILD),
        "relativeResidentId": person(WANG), "relation": "PARENT", "evidence": "户口簿" } });
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (wang(), "FORBIDDEN"),
        (staff_elsewhere(), "ELDER_NOT_FOUND"),
    ] {
        assert_eq!(reason(&house.run(&who, RELATE, input.clone()).await), why);
    }
    let made = data(house.run(&staff(), RELATE, input.clone()).await);
    assert_eq!(made["registerRelation"]["relation"]["relation"], "PARENT");
    assert_eq!(data(house.run(&staff(), RELATE, input.clone()).await), made);
    let change = |name: &str, value: Value| {
        let mut other = input.clone();
        other["input"]["idempotencyKey"] = json!("relation-0002");
        other["input"][name] = value;
        other
    };
    let twice = house
        .run(&staff(), RELATE, change("evidence", json!("结婚证")))
        .await;
    assert_eq!(reason(&twice), "RELATION_EXISTS");
    let empty = house
        .run(&staff(), RELATE, change("evidence", json!(" ")))
        .await;
    assert_eq!(reason(&empty), "EVIDENCE_LENGTH");
    let own = house
        .run(&staff(), RELATE, change("residentId", json!(person(WANG))))
        .await;
    assert_eq!(reason(&own), "RELATION_TO_SELF");
    let young = house
        .run(
            &staff(),
            RELATE,
            change("relativeResidentId", json!(person(YOUNG))),
        )
        .await;
    assert_eq!(reason(&young), "ELDER_NOT_FOUND");
}
