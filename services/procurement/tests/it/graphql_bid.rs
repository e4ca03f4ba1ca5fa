//! Bids through the real schema: sealed, secret, one per supplier and controller.

use kit::auth::Role;
use serde_json::{Value, json};
use testkit::service::caller;

use crate::{
    peers::COMMUNITY_CODE,
    steps::sealed,
    support::{House, fund_manager, leader, manager, nobody, officer, org_id, org_uuid, staff},
};

fn submission(tender: &Value, org: u128, content: &str) -> Value {
    let (envelope, _) = sealed(tender, org, content);
    json!({ "tenderId": tender, "organizationId": org_id(org), "envelope": envelope })
}

const OFFER: &str = r#"{"priceFen": 400000, "proposal": "每日送餐"}"#;

#[tokio::test]
async fn nobody_sees_more_than_their_own_receipt_before_the_opening() {
    let house = House::open().await;
    let (tender, _, _) = house.bidden().await;
    let query = "query($id: ID!) { tender(id: $id) { bidCount myBid { state price proposal }
        bids { id price } } }";
    let auditor = caller(Role::Auditor, COMMUNITY_CODE);
    let admin = caller(Role::PlatformAdmin, COMMUNITY_CODE);
    let civil = caller(Role::CivilAffairs, COMMUNITY_CODE);
    let onlookers = [
        nobody(),
        officer(),
        manager(4),
        auditor,
        admin,
        civil,
        fund_manager(),
        staff(),
    ];
    for onlooker in onlookers {
        let seen = house.ask(&onlooker, query, json!({ "id": tender })).await["tender"].clone();
        assert_eq!(seen, json!({ "bidCount": null, "myBid": null, "bids": [] }));
    }
    let seen = house.ask(&manager(1), query, json!({ "id": tender })).await["tender"].clone();
    assert_eq!(seen["bidCount"], json!(null));
    assert_eq!(
        seen["myBid"],
        json!({ "state": "SEALED", "price": null, "proposal": null })
    );
    assert_eq!(seen["bids"].as_array().unwrap().len(), 1);
    // Nor does the database know: only the cipher text is there.
    assert_eq!(
        house
            .count("SELECT count(*) FROM bids WHERE price_fen IS NOT NULL")
            .await,
        0
    );
    let plain = "SELECT count(*) FROM bids WHERE position(convert_to('priceFen', 'UTF8') in ciphertext) > 0";
    assert_eq!(house.count(plain).await, 0);
    house.wait_days(20);
    let seen = house.ask(&nobody(), query, json!({ "id": tender })).await["tender"].clone();
    assert_eq!((&seen["bidCount"], &seen["bids"]), (&json!(3), &json!([])));
}

#[tokio::test]
async fn prices_are_read_out_to_all_and_proposals_to_those_who_judge() {
    let house = House::open().await;
    let (tender, _, _) = house.opened().await;
    let query = "query($id: ID!) { tender(id: $id) { bids { price proposal } } }";
    let public =
        house.ask(&nobody(), query, json!({ "id": tender })).await["tender"]["bids"].clone();
    assert_eq!(public[1], json!({ "price": 360_000, "proposal": null }));
    let buyer =
        house.ask(&officer(), query, json!({ "id": tender })).await["tender"]["bids"].clone();
    assert_eq!(buyer[1]["proposal"], "方案 1");
    let rival =
        house.ask(&manager(0), query, json!({ "id": tender })).await["tender"]["bids"].clone();
    assert_eq!(
        (&rival[0]["proposal"], &rival[1]["proposal"]),
        (&json!("方案 0"), &json!(null))
    );
}

#[tokio::test]
async fn a_supplier_bids_once_and_may_withdraw_before_the_close() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    let bid = house.bid(&tender, 0, 400_000).await;
    let again = house
        .refused(&manager(0), "submitBid", &submission(&tender, 0, OFFER))
        .await;
    assert_eq!(again, "BID_ALREADY_SUBMITTED");
    let input = json!({ "bidId": bid.id });
    let after = house
        .act(&manager(0), "withdrawBid", &input, "bid { state }")
        .await;
    assert_eq!(after["bid"]["state"], "WITHDRAWN");
    let twice = house.refused(&manager(0), "withdrawBid", &input).await;
    assert_eq!(twice, "BID_STATE");
    let second = house.bid(&tender, 0, 390_000).await;
    house.wait_days(20);
    let late = house
        .refused(&manager(0), "withdrawBid", &json!({ "bidId": second.id }))
        .await;
    assert_eq!(late, "TENDER_CLOSED");
}

#[tokio::test]
async fn refuses_a_bid_after_the_close_and_before_the_notice() {
    let house = House::open().await;
    let (draft, _) = house.drafted().await;
    let early = house
        .refused(&manager(0), "submitBid", &submission(&draft, 0, OFFER))
        .await;
    assert_eq!(early, "TENDER_NOT_FOUND");
    house
        .act(
            &officer(),
            "publishTender",
            &house.notice(&draft),
            "tender { id }",
        )
        .await;
    house.wait_days(20);
    let late = house
        .refused(&manager(0), "submitBid", &submission(&draft, 0, OFFER))
        .await;
    assert_eq!(late, "TENDER_CLOSED");
}

#[tokio::test]
async fn suppliers_under_one_controller_do_not_bid_against_each_other() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    house
        .peers
        .world()
        .orgs
        .get_mut(&org_uuid(1))
        .unwrap()
        .led_by
        .push(leader(0));
    let bid = house.bid(&tender, 0, 400_000).await;
    let refused = house
        .refused(&manager(1), "submitBid", &submission(&tender, 1, OFFER))
        .await;
    assert_eq!(refused, "SAME_CONTROLLER");
    house
        .act(
            &manager(0),
            "withdrawBid",
            &json!({ "bidId": bid.id }),
            "bid { id }",
        )
        .await;
    house.bid(&tender, 1, 400_000).await;
}

#[tokio::test]
async fn refuses_suppliers_that_may_not_bid_or_cannot_care() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    house
        .peers
        .world()
        .orgs
        .get_mut(&org_uuid(2))
        .unwrap()
        .may_bid = false;
    let refused = house
        .refused(&manager(2), "submitBid", &submission(&tender, 2, OFFER))
        .await;
    assert_eq!(refused, "SUPPLIER_MAY_NOT_BID");
    // A tender that asks for elder care.
    house
        .sql("ALTER TABLE tenders DISABLE TRIGGER USER; UPDATE tenders SET elder_care = true")
        .await;
    house.sql("ALTER TABLE tenders ENABLE TRIGGER USER").await;
    house
        .peers
        .world()
        .orgs
        .get_mut(&org_uuid(3))
        .unwrap()
        .elder_care = false;
    let refused = house
        .refused(&manager(3), "submitBid", &submission(&tender, 3, OFFER))
        .await;
    assert_eq!(refused, "SUPPLIER_NOT_ELDER_CARE_CAPABLE");
    house.bid(&tender, 1, 400_000).await;
}

#[tokio::test]
async fn refuses_an_envelope_that_is_none() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    let mut input = submission(&tender, 0, OFFER);
    input["envelope"]["nonce"] = json!("AA");
    let refused = house.refused_at(&manager(0), "submitBid", &input).await;
    assert_eq!(
        refused,
        ("SEAL_ENVELOPE_MALFORMED".into(), "input.envelope".into())
    );
}

#[tokio::test]
async fn the_same_key_gives_the_same_receipt() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    let mut input = submission(&tender, 0, OFFER);
    input["idempotencyKey"] = json!("bid-key-0001");
    let first = house
        .act(&manager(0), "submitBid", &input, "bid { id receivedAt }")
        .await;
    // Also once bidding is over, and when the peer says otherwise by then.
    house.wait_days(30);
    house.peers.world().orgs.clear();
    assert_eq!(
        house
            .act(&manager(0), "submitBid", &input, "bid { id receivedAt }")
            .await,
        first
    );
}

#[tokio::test]
async fn a_key_opens_its_own_bid_at_the_opening_and_no_other() {
    let house = House::open().await;
    let (tender, _, bids) = house.bidden().await;
    let key = |n: usize| json!({ "bidId": bids[n].id, "key": &*bids[n].key.to_text() });
    let early = house.refused(&manager(0), "unsealBid", &key(0)).await;
    assert_eq!(early, "KEY_BEFORE_OPENING");
    house.wait_days(20);
    house
        .act(
            &officer(),
            "openTender",
            &json!({ "tenderId": tender }),
            "tender { id }",
        )
        .await;
    let crossed = json!({ "bidId": bids[0].id, "key": &*bids[1].key.to_text() });
    let refused = house.refused_at(&manager(0), "unsealBid", &crossed).await;
    assert_eq!(refused, ("SEAL_WRONG_KEY".into(), "input.key".into()));
    let garbage = json!({ "bidId": bids[0].id, "key": "no key" });
    assert_eq!(
        house.refused(&manager(0), "unsealBid", &garbage).await,
        "SEAL_KEY_MALFORMED"
    );
    let others = house.refused(&manager(1), "unsealBid", &key(0)).await;
    assert_eq!(others, "BID_NOT_FOUND");
    let opened = house.unseal(&bids[0]).await["bid"].clone();
    assert_eq!(
        (&opened["state"], &opened["price"]),
        (&json!("UNSEALED"), &json!(400_000))
    );
    let twice = house.refused(&manager(0), "unsealBid", &key(0)).await;
    assert_eq!(twice, "BID_STATE");
}

#[tokio::test]
async fn a_price_above_the_ceiling_is_invalid_and_says_why() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    let mut bids = Vec::new();
    for (org, price) in [(0, 400_000), (1, 450_000), (2, 450_001), (3, 390_000)] {
        bids.push(house.bid(&tender, org, price).await);
    }
    house.wait_days(20);
    house
        .act(
            &officer(),
            "openTender",
            &json!({ "tenderId": tender }),
            "tender { id }",
        )
        .await;
    assert_eq!(house.unseal(&bids[1]).await["bid"]["state"], "UNSEALED");
    let dear = house.unseal(&bids[2]).await["bid"].clone();
    assert_eq!(
        (&dear["state"], &dear["price"]),
        (&json!("INVALID"), &json!(450_001))
    );
    assert!(dear["finding"].as_str().unwrap().contains("最高限价"));
}

#[tokio::test]
async fn a_bidder_is_judged_once_between_opening_and_evaluation() {
    let house = House::open().await;
    let (_, _, early) = {
        let house = House::open().await;
        let (tender, fund, bids) = house.opening().await;
        let input = json!({ "bidId": bids[0].id, "passed": true });
        assert_eq!(
            house.refused(&officer(), "qualifyBid", &input).await,
            "TENDER_STATE"
        );
        (tender, fund, bids)
    };
    drop(early);
    let (_, _, bids) = house.opened().await;
    let silent = json!({ "bidId": bids[0].id, "passed": false });
    let refused = house.refused_at(&officer(), "qualifyBid", &silent).await;
    assert_eq!(refused, ("NOTE_REQUIRED".into(), "input.note".into()));
    let failed = json!({ "bidId": bids[0].id, "passed": false, "note": "无食品经营许可" });
    let after = house
        .act(&officer(), "qualifyBid", &failed, "bid { state finding }")
        .await;
    assert_eq!(
        after["bid"],
        json!({ "state": "DISQUALIFIED", "finding": "无食品经营许可" })
    );
    assert_eq!(
        house.refused(&officer(), "qualifyBid", &failed).await,
        "BID_STATE"
    );
}
