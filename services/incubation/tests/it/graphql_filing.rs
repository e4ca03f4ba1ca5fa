//! Filing community organisations, through the real schema.

use serde_json::{Value, json};
use testkit::service::{caller, data, reason};

use crate::support::{
    COMMUNITY, COUNTY, DEAD, FILE, House, community_staff, file, nobody, registrar,
    registrar_elsewhere, resident,
};

fn with(field: &str, value: Value) -> Value {
    let mut variables = file("key-file-0002");
    variables["input"][field] = value;
    variables
}

#[tokio::test]
async fn a_filed_organisation_is_no_legal_person_and_has_no_code() {
    let house = House::open().await;
    let answer = data(
        house
            .run(&community_staff(), FILE, file("key-file-0001"))
            .await,
    );
    let one = answer["fileOrganization"]["organization"].clone();
    assert_eq!(
        (&one["kind"], &one["status"]),
        (&json!("FILED"), &json!("FILED"))
    );
    assert_eq!(
        (&one["legalPerson"], &one["mayBid"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        (&one["uscc"], &one["usccCheck"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(one["registrarDivision"]["code"], COMMUNITY);
    assert_eq!(one["community"]["id"], file("k")["input"]["communityId"]);
    let again = data(
        house
            .run(&community_staff(), FILE, file("key-file-0001"))
            .await,
    );
    assert_eq!(again["fileOrganization"]["organization"], one);
    let mut other = file("key-file-0001");
    other["input"]["fields"] = json!(["CHARITY"]);
    let answer = house.run(&community_staff(), FILE, other).await;
    assert_eq!(reason(&answer), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn the_subdistrict_files_it_as_well() {
    let house = House::open().await;
    let staff = caller(kit::auth::Role::CommunityStaff, "230103001000");
    let mut with_subdistrict = with("registrarDivision", json!("230103001000"));
    data(house.run(&staff, FILE, with_subdistrict.clone()).await);
    with_subdistrict["input"]["registrarDivision"] = json!("230103002000");
    let answer = house.run(&registrar(), FILE, with_subdistrict).await;
    assert_eq!(reason(&answer), "COMMUNITY_OUTSIDE_REGISTRAR");
}

#[tokio::test]
async fn refuses_malformed_input_by_field() {
    let house = House::open().await;
    let unknown = kit::graph::global(kernel::keys::CommunityId::from_uuid(uuid::Uuid::nil()));
    for (field, value, expected) in [
        ("fields", json!([]), "FIELD_MISSING"),
        ("name", json!(" "), "TEXT_LENGTH"),
        ("communityId", Value::Null, "REGISTRAR_MISSING"),
        ("communityId", json!("nonsense"), "GLOBAL_ID_MALFORMED"),
        (
            "relatedResidents",
            json!([resident(DEAD)]),
            "RELATED_RESIDENT_UNKNOWN",
        ),
        (
            "idempotencyKey",
            json!("short"),
            "IDEMPOTENCY_KEY_MALFORMED",
        ),
    ] {
        let answer = house.run(&registrar(), FILE, with(field, value)).await;
        assert_eq!(reason(&answer), expected, "{field}");
    }
    let mut high = with("registrarDivision", json!(COUNTY));
    high["input"]["communityId"] = Value::Null;
    assert_eq!(
        reason(&house.run(&registrar(), FILE, high).await),
        "REGISTRAR_LEVEL"
    );
    let answer = house
        .run(&registrar(), FILE, with("communityId", json!(unknown)))
        .await;
    assert!(
        answer["errors"][0]["extensions"]["field"] == "input.communityId",
        "{answer}"
    );
    let answer = house
        .run(&registrar(), FILE, with("fields", json!(["BANKING"])))
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn refuses_those_who_may_not_file_and_a_second_of_the_same_name() {
    let house = House::open().await;
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (registrar_elsewhere(), "FORBIDDEN"),
    ] {
        assert_eq!(
            reason(&house.run(&caller, FILE, file("key-file-0001")).await),
            expected
        );
    }
    data(house.run(&registrar(), FILE, file("key-file-0001")).await);
    let answer = house.run(&registrar(), FILE, file("key-file-0003")).await;
    assert_eq!(reason(&answer), "ORGANIZATION_NAME_EXISTS");
}
