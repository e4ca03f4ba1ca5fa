//! Certifications, through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    graphql_status::{SET, set},
    support::{House, community_staff, manager, nobody, registrar, registrar_elsewhere},
};

pub const CERTIFY: &str = "mutation($input: CertifyElderCareInput!) {
    certifyElderCare(input: $input) {
        certification { id capability validFrom validTo inForce evidence }
        organization { elderCareCapable capabilities { id } } } }";
const REVOKE: &str = "mutation($input: RevokeElderCareInput!) {
    revokeElderCare(input: $input) {
        certification { id inForce revokedOn revokeReason }
        organization { elderCareCapable } } }";
const CAPABLE: &str = "query($id: ID!, $on: Date) {
    organization(id: $id) { elderCareCapable(on: $on) } }";

pub fn certify(one: &Value, key: &str, from: &str, to: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "organizationId": one["id"], "validFrom": from,
        "validTo": to, "evidence": "现场评审与人员资质核查记录" } })
}

fn revoke(certification: &Value, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "certificationId": certification["id"],
        "reason": "发生服务安全事故" } })
}

async fn certified(house: &House, one: &Value) -> Value {
    let input = certify(one, "key-certify-01", "2026-03-01", "2027-02-28");
    data(house.run(&registrar(), CERTIFY, input).await)["certifyElderCare"].clone()
}

async fn capable(house: &House, one: &Value, on: &str) -> Value {
    let answer = house
        .run(&nobody(), CAPABLE, json!({ "id": one["id"], "on": on }))
        .await;
    data(answer)["organization"]["elderCareCapable"].clone()
}

#[tokio::test]
async fn a_certified_organisation_is_capable_on_the_days_it_holds() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let answer = certified(&house, &one).await;
    assert_eq!(answer["organization"]["elderCareCapable"], true);
    assert_eq!(answer["certification"]["capability"], "ELDER_CARE");
    assert_eq!(certified(&house, &one).await, answer);
    for (on, expected) in [
        ("2026-02-28", false),
        ("2026-03-01", true),
        ("2027-02-28", true),
        ("2027-03-01", false),
    ] {
        assert_eq!(capable(&house, &one, on).await, expected, "{on}");
    }
    data(
        house
            .run(&registrar(), SET, set(&one, "key-status-01", "ABNORMAL"))
            .await,
    );
    assert_eq!(capable(&house, &one, "2026-03-02").await, false);
}

#[tokio::test]
async fn a_revoked_certification_ends_at_once_and_another_may_follow() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let held = certified(&house, &one).await["certification"].clone();
    let answer = data(
        house
            .run(&registrar(), REVOKE, revoke(&held, "key-revoke-01"))
            .await,
    );
    let revoked = &answer["revokeElderCare"];
    assert_eq!(revoked["certification"]["revokedOn"], "2026-03-02");
    assert_eq!(revoked["certification"]["inForce"], false);
    assert_eq!(revoked["organization"]["elderCareCapable"], false);
    let again = data(
        house
            .run(&registrar(), REVOKE, revoke(&held, "key-revoke-01"))
            .await,
    );
    assert_eq!(&again["revokeElderCare"], revoked);
    let twice = house
        .run(&registrar(), REVOKE, revoke(&held, "key-revoke-02"))
        .await;
    assert_eq!(reason(&twice), "CERTIFICATION_REVOKED");
    let next = certify(&one, "key-certify-02", "2026-04-01", "2027-03-31");
    data(house.run(&registrar(), CERTIFY, next).await);
}

#[tokio::test]
async fn refuses_overlaps_ranges_and_organisations_it_is_not_for() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let filed = house.filed().await;
    certified(&house, &one).await;
    for (one, from, to, expected) in [
        (&one, "2027-02-28", "2028-01-01", "CERTIFICATION_OVERLAP"),
        (&one, "2027-04-02", "2027-04-01", "VALID_RANGE"),
        (&one, "2025-01-01", "2025-12-31", "VALID_RANGE_PAST"),
        (
            &filed,
            "2026-03-01",
            "2027-02-28",
            "ORGANIZATION_NOT_CERTIFIABLE",
        ),
    ] {
        let input = certify(one, "key-certify-02", from, to);
        let answer = house.run(&registrar(), CERTIFY, input).await;
        assert_eq!(reason(&answer), expected);
    }
    let mut bare = certify(&one, "key-certify-03", "2028-01-01", "2028-12-31");
    bare["input"]["evidence"] = json!("");
    assert_eq!(
        reason(&house.run(&registrar(), CERTIFY, bare).await),
        "TEXT_LENGTH"
    );
    let reused = certify(&one, "key-certify-01", "2028-01-01", "2028-12-31");
    let answer = house.run(&registrar(), CERTIFY, reused).await;
    assert_eq!(reason(&answer), "IDEMPOTENCY_KEY_REUSED");
    let unknown = json!({ "id": one["id"] });
    let answer = house
        .run(&registrar(), REVOKE, revoke(&unknown, "key-revoke-01"))
        .await;
    assert_eq!(reason(&answer), "GLOBAL_ID_WRONG_KIND");
}

#[tokio::test]
async fn refuses_those_who_may_not_certify_or_revoke() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let held = certified(&house, &one).await["certification"].clone();
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (registrar_elsewhere(), "FORBIDDEN"),
        (community_staff(), "FORBIDDEN"),
        (manager(&one), "FORBIDDEN"),
    ] {
        let input = certify(&one, "key-certify-02", "2028-01-01", "2028-12-31");
        assert_eq!(reason(&house.run(&caller, CERTIFY, input).await), expected);
        let input = revoke(&held, "key-revoke-01");
        assert_eq!(reason(&house.run(&caller, REVOKE, input).await), expected);
    }
}
