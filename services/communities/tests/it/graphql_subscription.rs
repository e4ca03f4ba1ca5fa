//! `needChanged` and `proposalChanged` through the real schema.

use serde_json::json;
use testkit::service::{Events, reason};

use crate::{
    steps::{self, Chain},
    support::{House, nobody, staff, staff_elsewhere, voter, wang},
};

const NEED: &str = "subscription($id: ID!) { needChanged(needId: $id) { state version } }";
const PROPOSAL: &str =
    "subscription($id: ID!) { proposalChanged(proposalId: $id) { state seconds } }";

async fn states(events: &mut Events, field: &str, expected: &[&str]) {
    for expected in expected {
        let event = events.next().await.expect("the stream is over");
        assert_eq!(event["data"][field]["state"], *expected, "{event:#}");
    }
}

#[tokio::test]
async fn a_resident_follows_their_own_need() {
    let house = House::open().await;
    let Chain { need, .. } = steps::reported(&house).await;
    let mut events = house.subscribe(&wang(), NEED, json!({ "id": need }));
    states(&mut events, "needChanged", &["REPORTED"]).await;
    let verify = json!({ "needId": need, "accept": true });
    let want = "need { state }";
    house.act(&staff(), "verifyNeed", &verify, want).await;
    states(&mut events, "needChanged", &["VERIFIED"]).await;
}

#[tokio::test]
async fn others_do_not_follow_it() {
    let house = House::open().await;
    let Chain { need, .. } = steps::reported(&house).await;
    for caller in [nobody(), voter(3), staff_elsewhere()] {
        let mut events = house.subscribe(&caller, NEED, json!({ "id": need }));
        let event = events.next().await.unwrap();
        assert_eq!(reason(&event), "NEED_NOT_FOUND");
        assert!(events.next().await.is_none(), "nothing follows");
    }
}

#[tokio::test]
async fn everybody_may_follow_a_proposal() {
    let house = House::open().await;
    let chain = steps::screened(&house).await;
    let id = json!({ "id": chain.proposal });
    let mut events = house.subscribe(&nobody(), PROPOSAL, id);
    states(&mut events, "proposalChanged", &["SCREENED"]).await;
    for (n, seconds) in [(0, 1), (1, 2)] {
        let want = "__typename";
        house
            .act(&voter(n), "secondProposal", &chain.input(), want)
            .await;
        let event = events.next().await.unwrap();
        assert_eq!(event["data"]["proposalChanged"]["seconds"], seconds);
    }
}
