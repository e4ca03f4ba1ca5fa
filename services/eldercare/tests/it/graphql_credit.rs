//! Credits through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{CHILD, COMMUNITY, LI, WANG, YOUNG, ZHAO},
    support::{House, li, nobody, officer, person, staff, staff_elsewhere, volunteer, wang},
};

pub const DONATE: &str = "mutation($input: DonateCreditsInput!) { donateCredits(input: $input) {
    account { balance } } }";
pub const TRANSFER: &str =
    "mutation($input: TransferCreditsInput!) { transferCredits(input: $input) {
    account { balance } } }";
pub const GRANT: &str = "mutation($input: GrantCreditsInput!) { grantCredits(input: $input) {
    account { balance ownerKind } } }";
const RELATE: &str = "mutation($input: RegisterRelationInput!) { registerRelation(input: $input) {
    relation { id } } }";

pub fn donate(key: &str, minutes: i64) -> Value {
    json!({ "input": { "idempotencyKey": key, "minutes": minutes } })
}

pub fn transfer(key: &str, to: uuid::Uuid, minutes: i64) -> Value {
    json!({ "input": { "idempotencyKey": key, "toResidentId": person(to), "relation": "PARENT",
        "minutes": minutes } })
}

pub async fn relate(house: &House, from: uuid::Uuid, to: uuid::Uuid) {
    let input = json!({ "input": { "idempotencyKey": format!("relate-{from}"),
        "residentId": person(from), "relativeResidentId": person(to), "relation": "PARENT",
        "evidence": "户口簿" } });
    data(house.run(&staff(), RELATE, input).await);
}

#[tokio::test]
async fn gives_to_the_pool_once_per_key() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    let given = data(house.run(&li(), DONATE, donate("donate-00001", 40)).await);
    assert_eq!(given["donateCredits"]["account"]["balance"], 60);
    assert_eq!(
        data(house.run(&li(), DONATE, donate("donate-00001", 40)).await),
        given
    );
    assert_eq!(house.account(&li(), LI).await["balance"], 60);
    let reused = house.run(&li(), DONATE, donate("donate-00001", 41)).await;
    assert_eq!(reason(&reused), "IDEMPOTENCY_KEY_REUSED");
    let over = house.run(&li(), DONATE, donate("donate-00002", 61)).await;
    assert_eq!(reason(&over), "CREDITS_INSUFFICIENT");
    let negative = house.run(&li(), DONATE, donate("donate-00003", -5)).await;
    assert_eq!(reason(&negative), "MINUTES_RANGE");
    assert_eq!(
        reason(
            &house
                .run(&nobody(), DONATE, donate("donate-00004", 1))
                .await
        ),
        "UNAUTHENTICATED"
    );
    assert_eq!(
        reason(&house.run(&staff(), DONATE, donate("donate-00004", 1)).await),
        "NOT_A_RESIDENT"
    );
}

#[tokio::test]
async fn hands_minutes_only_to_a_registered_relative_who_is_an_elder() {
    let house = House::open().await;
    house.endow(CHILD, 120).await;
    let child = testkit::service::resident(CHILD, COMMUNITY);
    let refused = house
        .run(&child, TRANSFER, transfer("transfer-0001", WANG, 60))
        .await;
    assert_eq!(reason(&refused), "RELATION_NOT_REGISTERED");
    relate(&house, CHILD, WANG).await;
    let mut spouse = transfer("transfer-0002", WANG, 60);
    spouse["input"]["relation"] = json!("SPOUSE");
    assert_eq!(
        reason(&house.run(&child, TRANSFER, spouse).await),
        "RELATION_NOT_REGISTERED"
    );
    let done = data(
        house
            .run(&child, TRANSFER, transfer("transfer-0003", WANG, 60))
            .await,
    );
    assert_eq!(done["transferCredits"]["account"]["balance"], 60);
    let again = data(
        house
            .run(&child, TRANSFER, transfer("transfer-0003", WANG, 60))
            .await,
    );
    assert_eq!(again, done);
    assert_eq!(house.account(&wang(), WANG).await["balance"], 60);
    let over = house
        .run(&child, TRANSFER, transfer("transfer-0004", WANG, 61))
        .await;
    assert_eq!(reason(&over), "CREDITS_INSUFFICIENT");
    assert_eq!(
        reason(
            &house
                .run(&nobody(), TRANSFER, transfer("transfer-0005", WANG, 1))
                .await
        ),
        "UNAUTHENTICATED"
    );

    // Related, but young: registered from the elder's side.
    let input = json!({ "input": { "idempotencyKey": "relate-young", "residentId": person(WANG),
        "relativeResidentId": person(YOUNG), "relation": "PARENT", "evidence": "户口簿" } });
    data(house.run(&staff(), RELATE, input).await);
    let young = house
        .run(&wang(), TRANSFER, transfer("transfer-0006", YOUNG, 1))
        .await;
    assert_eq!(reason(&young), "RECIPIENT_NOT_ELDER");
}

#[tokio::test]
async fn what_is_earned_beyond_the_cap_goes_to_the_pool_and_no_transfer_exceeds_it() {
    let house = House::open().await;
    house.endow(ZHAO, 90_000 - 20).await;
    house.volunteer_earned("00000001").await;
    let account = house.account(&volunteer(), ZHAO).await;
    assert_eq!(
        (&account["balance"], &account["cap"]),
        (&json!(90_000), &json!(90_000))
    );
    let pool = house
        .run(&nobody(), "{ creditPool { balance } }", json!({}))
        .await;
    assert_eq!(data(pool)["creditPool"]["balance"], 40);
    relate(&house, ZHAO, WANG).await;
    house.endow(WANG, 90_000 - 10).await;
    let mut zhao = volunteer();
    zhao.actor.roles.insert(kit::auth::Role::Resident);
    let refused = house
        .run(&zhao, TRANSFER, transfer("transfer-0001", WANG, 11))
        .await;
    assert_eq!(reason(&refused), "CREDITS_OVER_CAP");
    data(
        house
            .run(&zhao, TRANSFER, transfer("transfer-0002", WANG, 10))
            .await,
    );
}

#[tokio::test]
async fn civil_affairs_grant_what_the_pool_has_to_key_elders() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    let grant = |key: &str, to, minutes: i64| json!({ "input": { "idempotencyKey": key, "residentId": person(to), "minutes": minutes } });
    let empty = house
        .run(&officer(), GRANT, grant("grant-000001", WANG, 50))
        .await;
    assert_eq!(reason(&empty), "CREDITS_INSUFFICIENT");
    data(house.run(&li(), DONATE, donate("donate-00001", 100)).await);
    let kept = house
        .run(&officer(), GRANT, grant("grant-000001", WANG, 50))
        .await;
    assert_eq!(
        reason(&kept),
        "CREDITS_INSUFFICIENT",
        "the first answer to the key"
    );
    let done = data(
        house
            .run(&officer(), GRANT, grant("grant-000002", WANG, 50))
            .await,
    );
    assert_eq!(
        done["grantCredits"]["account"],
        json!({ "balance": 50, "ownerKind": "PERSON" })
    );
    assert_eq!(
        data(
            house
                .run(&officer(), GRANT, grant("grant-000002", WANG, 50))
                .await
        ),
        done
    );
    let ordinary = house
        .run(&officer(), GRANT, grant("grant-000003", LI, 10))
        .await;
    assert_eq!(reason(&ordinary), "GRANT_NOT_KEY_ELDER");
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (staff(), "FORBIDDEN"),
        (wang(), "FORBIDDEN"),
    ] {
        assert_eq!(
            reason(&house.run(&who, GRANT, grant("grant-000004", WANG, 1)).await),
            why
        );
    }
}

#[tokio::test]
async fn credits_are_seen_by_their_owner_and_community_staff() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    for n in 0..3 {
        data(
            house
                .run(&li(), DONATE, donate(&format!("donate-0000{n}"), 10))
                .await,
        );
    }
    for (who, seen) in [
        (li(), true),
        (staff(), true),
        (crate::support::auditor(), true),
        (wang(), false),
        (staff_elsewhere(), false),
        (nobody(), false),
    ] {
        assert_eq!(
            !house.account(&who, LI).await.is_null(),
            seen,
            "{}",
            who.actor.subject
        );
    }
    let page = "query($id: ID!, $after: String) { creditAccount(residentId: $id) {
        entries(first: 2, after: $after) { nodes { kind balanceAfter }
            pageInfo { hasNextPage endCursor } } } }";
    let first =
        data(house.run(&li(), page, json!({ "id": person(LI) })).await)["creditAccount"]["entries"]
            .clone();
    assert_eq!(
        first["nodes"][0],
        json!({ "kind": "DONATE", "balanceAfter": 70 })
    );
    let after = json!({ "id": person(LI), "after": first["pageInfo"]["endCursor"] });
    let second = data(house.run(&li(), page, after).await)["creditAccount"]["entries"].clone();
    assert_eq!(
        second["nodes"][1],
        json!({ "kind": "GRANT", "balanceAfter": 100 })
    );
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
}
