//! The same key is answered the same, whatever peers and rules say by then.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    graphql_assessment::{ASSESS, form},
    graphql_credit::{DONATE, GRANT, TRANSFER, donate, relate, transfer},
    peers::{LI, SOCIAL_WORKER, WANG},
    support::{
        ASSIGN, House, PLACE, REGISTER, li, officer, order, person, register, social_worker, staff,
    },
};

const DECEASED: &str = "INSERT INTO ref_residents (id, status, changed_at)
    VALUES ('00000000-0000-0000-0000-00000000000a', 'DECEASED', '2026-01-01')";

/// Does it, then does it again while no peer can be reached and after the
/// clock went on; another key needs the peers and says so.
async fn answered_again(house: &House, who: &Caller, query: &str, input: Value, later: i64) {
    let first = data(house.run(who, query, input.clone()).await);
    house.service.clock.advance(chrono::TimeDelta::hours(later));
    let again = house.run_alone(who, query, input.clone()).await;
    assert_eq!(again["data"], first, "{again:#}");
    let mut other = input;
    other["input"]["idempotencyKey"] = json!("another-key-01");
    let refused = house.run_alone(who, query, other).await;
    assert!(!refused["errors"].is_null(), "{refused:#}");
}

#[tokio::test]
async fn a_repeated_call_is_answered_while_peers_are_down() {
    let house = House::empty().await;
    answered_again(&house, &staff(), REGISTER, register(LI, "ORDINARY"), 0).await;
    data(
        house
            .run(
                &officer(),
                crate::support::PUBLISH,
                crate::support::lunch("publish-lunch"),
            )
            .await,
    );
    answered_again(&house, &staff(), PLACE, order(LI, "order-000001"), 0).await;
    answered_again(
        &house,
        &social_worker(),
        ASSESS,
        form("assess-00001", 20),
        0,
    )
    .await;
}

#[tokio::test]
async fn an_assignment_is_answered_again_after_its_planned_start() {
    let house = House::open().await;
    let placed = house.ordered(LI, "order-000001").await;
    let input = house.assign(&placed, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00001");
    answered_again(&house, &staff(), ASSIGN, input, 5).await;
}

#[tokio::test]
async fn credits_given_are_told_again_when_the_rules_have_changed() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    relate(&house, LI, WANG).await;
    let (given, pooled) = (
        transfer("transfer-0001", WANG, 30),
        donate("donate-00001", 20),
    );
    let first = data(house.run(&li(), TRANSFER, given.clone()).await);
    data(house.run(&li(), DONATE, pooled).await);
    let grant = json!({ "input": { "idempotencyKey": "grant-000001", "residentId": person(WANG),
        "minutes": 10 } });
    let granted = data(house.run(&officer(), GRANT, grant.clone()).await);
    house.sql("UPDATE elders SET category = 'ORDINARY'").await;
    assert_eq!(data(house.run(&officer(), GRANT, grant).await), granted);
    house.sql(DECEASED).await;
    assert_eq!(data(house.run(&li(), TRANSFER, given).await), first);
}
