//! `tenderChanged` through the real schema: each change, and who may see it.

use serde_json::{Value, json};
use testkit::service::Events;

use crate::support::{House, expert, nobody, officer, officer_elsewhere, uuid_of};

const CHANGED: &str = "subscription($id: ID!) { tenderChanged(tenderId: $id) {
    state version title } }";

fn state(event: Option<Value>) -> String {
    let event = event.expect("the stream is over");
    let state = &event["data"]["tenderChanged"]["state"];
    state
        .as_str()
        .unwrap_or_else(|| panic!("{event:#}"))
        .to_owned()
}

async fn states(events: &mut Events, expected: &[&str]) {
    for expected in expected {
        assert_eq!(state(events.next().await), *expected);
    }
}

#[tokio::test]
async fn tells_the_present_state_and_then_each_change_and_no_bid() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    let mut events = house.subscribe(&nobody(), CHANGED, json!({ "id": tender }));
    states(&mut events, &["PUBLISHED"]).await;
    // Nobody learns before the close that a bid came in.
    house.bid(&tender, 0, 400_000).await;
    let abandon = json!({ "tenderId": tender, "reason": "预算取消" });
    let want = "tender { state }";
    house.act(&officer(), "abandonTender", &abandon, want).await;
    states(&mut events, &["ABANDONED"]).await;
}

#[tokio::test]
async fn each_locked_score_sheet_shows_in_its_tender() {
    let house = House::open().await;
    let (tender, _, _, members) = house.scored().await;
    let mut events = house.subscribe(&officer(), CHANGED, json!({ "id": tender }));
    states(&mut events, &["EVALUATING"]).await;
    let input = json!({ "tenderId": tender });
    for member in &members {
        let member = expert(uuid_of(member));
        let want = "sheet { lockedAt }";
        house.act(&member, "lockScoreSheet", &input, want).await;
        states(&mut events, &["EVALUATING"]).await;
    }
    let want = "tender { state }";
    house.act(&officer(), "rankTender", &input, want).await;
    states(&mut events, &["RANKED"]).await;
}

#[tokio::test]
async fn a_tender_that_the_caller_may_not_see_ends_at_once() {
    let house = House::open().await;
    let (draft, _) = house.draft().await;
    for caller in [nobody(), officer_elsewhere()] {
        let mut events = house.subscribe(&caller, CHANGED, json!({ "id": draft }));
        let event = events.next().await.unwrap();
        assert_eq!(testkit::service::reason(&event), "TENDER_NOT_FOUND");
        assert!(events.next().await.is_none(), "nothing follows");
    }
    let mut events = house.subscribe(&officer(), CHANGED, json!({ "id": "nonsense" }));
    let event = events.next().await.unwrap();
    assert_eq!(event["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert!(events.next().await.is_none());
}
