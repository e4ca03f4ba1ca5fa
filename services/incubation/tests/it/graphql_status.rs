//! Decisions of the registrar about the status, through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::support::{House, community_staff, nobody, registrar, registrar_elsewhere};

pub const SET: &str = "mutation($input: SetOrganizationStatusInput!) {
    setOrganizationStatus(input: $input) {
        organization { id status statusReason mayBid legalPerson version } } }";

pub fn set(one: &Value, key: &str, status: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "organizationId": one["id"], "status": status,
        "reason": "未按时报送年度报告" } })
}

#[tokio::test]
async fn the_abnormal_list_stops_bidding_and_leaving_it_restores() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let answer = data(
        house
            .run(&registrar(), SET, set(&one, "key-status-01", "ABNORMAL"))
            .await,
    );
    let abnormal = &answer["setOrganizationStatus"]["organization"];
    assert_eq!(
        (&abnormal["mayBid"], &abnormal["legalPerson"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(abnormal["statusReason"], "未按时报送年度报告");
    let back = data(
        house
            .run(&registrar(), SET, set(&one, "key-status-02", "REGISTERED"))
            .await,
    );
    assert_eq!(
        back["setOrganizationStatus"]["organization"]["mayBid"],
        true
    );
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM organization_status_changes")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(kept, 2);
    assert_eq!(house.told("incubation.organization.changed").await, 3);
}

#[tokio::test]
async fn the_same_key_decides_once() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let first = data(
        house
            .run(&registrar(), SET, set(&one, "key-status-01", "ABNORMAL"))
            .await,
    );
    let again = data(
        house
            .run(&registrar(), SET, set(&one, "key-status-01", "ABNORMAL"))
            .await,
    );
    assert_eq!(first, again);
    let other = house
        .run(&registrar(), SET, set(&one, "key-status-01", "REVOKED"))
        .await;
    assert_eq!(reason(&other), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn refuses_what_the_state_or_the_kind_does_not_allow() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let filed = house.filed().await;
    for (one, key, status, expected) in [
        (&one, "key-status-01", "PREPARING", "ORGANIZATION_STATUS"),
        (&one, "key-status-02", "REGISTERED", "ORGANIZATION_STATUS"),
        (&filed, "key-status-03", "REGISTERED", "ORGANIZATION_STATUS"),
    ] {
        let answer = house.run(&registrar(), SET, set(one, key, status)).await;
        assert_eq!(reason(&answer), expected);
    }
    data(
        house
            .run(&registrar(), SET, set(&filed, "key-status-04", "ABNORMAL"))
            .await,
    );
    let answer = house
        .run(
            &registrar(),
            SET,
            set(&filed, "key-status-05", "REGISTERED"),
        )
        .await;
    assert_eq!(reason(&answer), "ORGANIZATION_STANDING");
    let mut silent = set(&one, "key-status-06", "ABNORMAL");
    silent["input"]["reason"] = json!(" ");
    assert_eq!(
        reason(&house.run(&registrar(), SET, silent).await),
        "TEXT_LENGTH"
    );
    let unknown = kit::graph::global(kernel::keys::OrganizationId::from_uuid(uuid::Uuid::nil()));
    let input = set(&json!({ "id": unknown }), "key-status-07", "ABNORMAL");
    let answer = house.run(&registrar(), SET, input).await;
    assert_eq!(reason(&answer), "ORGANIZATION_NOT_FOUND");
}

#[tokio::test]
async fn community_staff_decide_about_what_is_filed_with_them_alone() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let filed = house.filed().await;
    for (caller, one, expected) in [
        (nobody(), &one, "UNAUTHENTICATED"),
        (registrar_elsewhere(), &one, "FORBIDDEN"),
        (registrar_elsewhere(), &filed, "FORBIDDEN"),
        (community_staff(), &one, "FORBIDDEN"),
    ] {
        let answer = house
            .run(&caller, SET, set(one, "key-status-01", "ABNORMAL"))
            .await;
        assert_eq!(reason(&answer), expected);
    }
    let mine = set(&filed, "key-status-02", "DISSOLVED");
    data(house.run(&community_staff(), SET, mine).await);
}
