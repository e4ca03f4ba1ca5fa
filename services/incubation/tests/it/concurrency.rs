//! Two at the same time: one effect, and the other is told why.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    graphql_capability::{CERTIFY, certify},
    graphql_status::{SET, set},
    support::{CODES, House, REGISTER, register, registrar},
};

/// The reasons of those that were refused, and how many were done.
fn outcome(answers: &[Value]) -> (usize, Vec<String>) {
    let (refused, done): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.get("errors").is_some());
    (done.len(), refused.into_iter().map(reason).collect())
}

async fn twice(house: &House, query: &str, one: Value, other: Value) -> [Value; 2] {
    let caller = registrar();
    let (first, second) = tokio::join!(
        house.run(&caller, query, one),
        house.run(&caller, query, other)
    );
    [first, second]
}

#[tokio::test]
async fn one_of_two_registrations_of_a_code_is_done() {
    let house = House::open().await;
    let mut other = register(1);
    other["input"]["uscc"] = json!(CODES[0]);
    let answers = twice(&house, REGISTER, register(0), other).await;
    assert_eq!(outcome(&answers), (1, vec!["USCC_EXISTS".to_owned()]));
    assert_eq!(house.told("incubation.organization.changed").await, 1);
}

#[tokio::test]
async fn the_same_key_at_the_same_time_has_one_effect_and_one_answer() {
    let house = House::open().await;
    let [first, second] = twice(&house, REGISTER, register(0), register(0)).await;
    assert_eq!(data(first), data(second));
    assert_eq!(house.told("incubation.organization.changed").await, 1);
}

#[tokio::test]
async fn one_of_two_decisions_is_done_and_the_other_finds_its_state() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let (first, second) = (
        set(&one, "key-status-01", "DISSOLVED"),
        set(&one, "key-status-02", "ABNORMAL"),
    );
    let answers = twice(&house, SET, first, second).await;
    let (done, refused) = outcome(&answers);
    // 异常 then 注销 is legal, the other order is not.
    assert!(
        done == 2 || refused == ["ORGANIZATION_STATUS"],
        "{answers:?}"
    );
    let last: String = sqlx::query_scalar("SELECT status FROM organizations")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(last, "DISSOLVED");
}

#[tokio::test]
async fn one_of_two_overlapping_certifications_is_done() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let first = certify(&one, "key-certify-01", "2026-03-01", "2027-02-28");
    let second = certify(&one, "key-certify-02", "2027-02-28", "2028-02-27");
    let answers = twice(&house, CERTIFY, first, second).await;
    assert_eq!(
        outcome(&answers),
        (1, vec!["CERTIFICATION_OVERLAP".to_owned()])
    );
}
