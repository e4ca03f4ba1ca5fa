//! The register as a list, through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    graphql_capability::{CERTIFY, certify},
    support::{
        CODES, COUNTY, ELSEWHERE, House, REGISTER, nobody, register, registrar, registrar_elsewhere,
    },
};

const LIST: &str = "query($kind: OrganizationKind, $status: OrganizationStatus,
    $divisionCode: DivisionCode, $elderCareCapable: Boolean, $nameContains: String,
    $first: Int, $after: String) {
    organizations(kind: $kind, status: $status, divisionCode: $divisionCode,
        elderCareCapable: $elderCareCapable, nameContains: $nameContains,
        first: $first, after: $after) {
        nodes { id name elderCareCapable } pageInfo { hasNextPage endCursor } } }";

async fn names(house: &House, caller: &kit::auth::Caller, variables: Value) -> Vec<String> {
    let answer = data(house.run(caller, LIST, variables).await);
    let nodes = answer["organizations"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn filters_by_what_is_asked() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let two = house.registered(1).await;
    let filed = house.filed().await;
    let input = certify(&one, "key-certify-01", "2026-03-01", "2027-02-28");
    data(house.run(&registrar(), CERTIFY, input).await);
    let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
    for (filter, expected) in [
        (json!({}), vec![name(&filed), name(&two), name(&one)]),
        (json!({ "kind": "FILED" }), vec![name(&filed)]),
        (
            json!({ "status": "REGISTERED" }),
            vec![name(&two), name(&one)],
        ),
        (json!({ "elderCareCapable": true }), vec![name(&one)]),
        (
            json!({ "elderCareCapable": false }),
            vec![name(&filed), name(&two)],
        ),
        (
            json!({ "divisionCode": COUNTY }),
            vec![name(&filed), name(&two), name(&one)],
        ),
        (json!({ "divisionCode": ELSEWHERE }), vec![]),
        (json!({ "nameContains": "互助" }), vec![name(&filed)]),
        (json!({ "nameContains": "%" }), vec![]),
    ] {
        assert_eq!(
            names(&house, &nobody(), filter.clone()).await,
            expected,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn shows_applications_to_their_registrar_alone() {
    let house = House::open().await;
    let mut application = register(0);
    application["input"]["uscc"] = Value::Null;
    data(house.run(&registrar(), REGISTER, application).await);
    assert_eq!(names(&house, &registrar(), json!({})).await.len(), 1);
    for caller in [nobody(), registrar_elsewhere()] {
        assert!(names(&house, &caller, json!({})).await.is_empty());
    }
}

#[tokio::test]
async fn pages_through_the_register() {
    let house = House::open().await;
    for n in 0..CODES.len() {
        house.registered(n).await;
    }
    let first = data(house.run(&nobody(), LIST, json!({ "first": 2 })).await);
    let page = &first["organizations"];
    assert_eq!(page["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let after = json!({ "first": 2, "after": page["pageInfo"]["endCursor"] });
    assert_eq!(names(&house, &nobody(), after).await.len(), 1);
    for (variables, expected) in [
        (json!({ "after": "garbage" }), "CURSOR_MALFORMED"),
        (json!({ "first": 101 }), "PAGE_TOO_LARGE"),
        (json!({ "first": 0 }), "PAGE_NOT_POSITIVE"),
    ] {
        assert_eq!(
            reason(&house.run(&nobody(), LIST, variables).await),
            expected
        );
    }
}

#[tokio::test]
async fn finds_an_organisation_by_its_code_in_either_case() {
    const BY_CODE: &str = "query($uscc: UnifiedSocialCreditCode!) {
        organizationByUscc(uscc: $uscc) { id } }";
    let house = House::open().await;
    let mut early = register(0);
    early["input"]["kind"] = json!("ENTERPRISE");
    early["input"]["uscc"] = json!("91350100M000100Y43");
    let answer = data(house.run(&registrar(), REGISTER, early).await);
    let id = &answer["registerOrganization"]["organization"]["id"];
    for code in ["91350100M000100Y43", "91350100m000100y43"] {
        let found = data(house.run(&nobody(), BY_CODE, json!({ "uscc": code })).await);
        assert_eq!(&found["organizationByUscc"]["id"], id);
    }
    let found = data(
        house
            .run(&nobody(), BY_CODE, json!({ "uscc": "nothing" }))
            .await,
    );
    assert_eq!(found["organizationByUscc"], Value::Null);
}
