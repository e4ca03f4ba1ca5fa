//! Certificates of volunteer service through the real schema.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    graphql_volunteer_record::{CORRECT, correct, served},
    support::{House, auditor, li, nobody, staff, staff_elsewhere, wang},
};

const ISSUE: &str = "mutation($input: IssueVolunteerCertificateInput!) {
    issueVolunteerCertificate(input: $input) { certificate {
        number code from to records minutes volunteer { id } } } }";
const VERIFY: &str = "query($code: String!) { verifyCertificate(code: $code) {
    valid number from to records minutes } }";
const MINE: &str = "{ myVolunteerRecords(first: 1) { nodes { certificateNo } } }";

fn issue(volunteer: &Value, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "volunteerId": volunteer["id"],
        "from": "2026-01-01", "to": "2026-03-02" } })
}

async fn refused(house: &House, caller: &Caller, input: Value) -> String {
    reason(&house.run(caller, ISSUE, input).await)
}

#[tokio::test]
async fn anybody_with_the_code_can_verify_it() {
    let house = House::open().await;
    let (volunteer, _) = served(&house).await;
    let issued = data(
        house
            .run(&wang(), ISSUE, issue(&volunteer, "key-00000001"))
            .await,
    );
    let certificate = &issued["issueVolunteerCertificate"]["certificate"];
    assert_eq!(certificate["records"], 1);
    assert_eq!(certificate["minutes"], 90);
    assert_eq!(certificate["number"], "ZYFW202600000001");
    let code = certificate["code"].as_str().unwrap();
    for typed in [code.to_owned(), code.replace('-', "").to_lowercase()] {
        let answer = data(house.run(&nobody(), VERIFY, json!({ "code": typed })).await);
        assert_eq!(
            answer["verifyCertificate"],
            json!({ "valid": true, "number": "ZYFW202600000001", "from": "2026-01-01",
                "to": "2026-03-02", "records": 1, "minutes": 90 })
        );
    }
    for wrong in ["", "AAAAA-AAAAA-AAAAA-AAAAA", "<script>"] {
        let answer = data(house.run(&nobody(), VERIFY, json!({ "code": wrong })).await);
        assert_eq!(answer["verifyCertificate"]["valid"], false);
        assert_eq!(answer["verifyCertificate"]["number"], Value::Null);
    }
    let mine = data(house.run(&wang(), MINE, json!({})).await);
    assert_eq!(
        mine["myVolunteerRecords"]["nodes"][0]["certificateNo"],
        "ZYFW202600000001"
    );
}

#[tokio::test]
async fn a_corrected_record_takes_the_certificate_with_it() {
    let house = House::open().await;
    let (volunteer, record) = served(&house).await;
    let issued = data(
        house
            .run(&staff(), ISSUE, issue(&volunteer, "key-00000001"))
            .await,
    );
    let code = issued["issueVolunteerCertificate"]["certificate"]["code"].clone();
    data(
        house
            .run(&staff(), CORRECT, correct(&record, "key-00000002"))
            .await,
    );
    let answer = data(house.run(&nobody(), VERIFY, json!({ "code": code })).await);
    assert_eq!(answer["verifyCertificate"]["valid"], false);
    let empty = refused(&house, &staff(), issue(&volunteer, "key-00000003")).await;
    assert_eq!(empty, "CERTIFICATE_NOTHING_SERVED");
}

#[tokio::test]
async fn issues_once_per_key_and_only_to_those_concerned() {
    let house = House::open().await;
    let (volunteer, _) = served(&house).await;
    let input = || issue(&volunteer, "key-00000001");
    assert_eq!(refused(&house, &nobody(), input()).await, "UNAUTHENTICATED");
    for caller in [li(), staff_elsewhere(), auditor()] {
        assert_eq!(refused(&house, &caller, input()).await, "FORBIDDEN");
    }
    for (from, to) in [("2026-03-02", "2026-03-01"), ("2026-03-01", "2026-03-03")] {
        let mut wrong = input();
        wrong["input"]["from"] = json!(from);
        wrong["input"]["to"] = json!(to);
        assert_eq!(refused(&house, &wang(), wrong).await, "CERTIFICATE_PERIOD");
    }
    let first = data(house.run(&wang(), ISSUE, input()).await);
    assert_eq!(data(house.run(&wang(), ISSUE, input()).await), first);
    assert_eq!(
        house
            .count("SELECT count(*) FROM volunteer_certificates")
            .await,
        1
    );
}
