//! Ranking and award through the real schema.

use serde_json::{Value, json};

use crate::{
    graphql_panel::declare,
    steps::tender_input,
    support::{House, expert, nobody, officer, uuid_of},
};

#[tokio::test]
async fn refuses_ranking_and_award_before_the_sheets_lock() {
    let house = House::open().await;
    let (tender, _, bids, members) = house.scored().await;
    let rank = json!({ "tenderId": tender });
    let award = json!({ "tenderId": tender, "bidId": bids[0].id });
    assert_eq!(
        house.refused(&officer(), "rankTender", &rank).await,
        "SHEETS_NOT_LOCKED"
    );
    assert_eq!(
        house.refused(&officer(), "awardTender", &award).await,
        "SHEETS_NOT_LOCKED"
    );
    for member in &members {
        let member = expert(uuid_of(member));
        house
            .act(&member, "lockScoreSheet", &rank, "sheet { lockedAt }")
            .await;
    }
    assert_eq!(
        house.refused(&officer(), "awardTender", &award).await,
        "TENDER_NOT_RANKED"
    );
    assert_eq!(
        house.refused(&officer(), "publishAward", &rank).await,
        "TENDER_STATE"
    );
}

#[tokio::test]
async fn a_sheet_of_a_member_whose_conflict_came_out_later_counts_for_nothing() {
    let house = House::open().await;
    let (tender, _, _, members) = house.scored().await;
    let rank = json!({ "tenderId": tender });
    for member in &members {
        let member = expert(uuid_of(member));
        house
            .act(&member, "lockScoreSheet", &rank, "sheet { lockedAt }")
            .await;
    }
    declare(&house, &members[0], None).await;
    assert_eq!(
        house.refused(&officer(), "rankTender", &rank).await,
        "PANEL_MEMBER_CONFLICTED"
    );
    let by_hand = format!(
        "UPDATE tenders SET state = 'RANKED', ranked_at = '2026-03-23', decide_by = '2026-03-28',
             version = version + 1 WHERE id = '{}'",
        uuid_of(&tender)
    );
    assert_eq!(house.refused_sql(&by_hand).await, "PANEL_MEMBER_CONFLICTED");
    give_up(&house, &tender).await;
}

#[tokio::test]
async fn no_award_on_a_ranking_whose_panel_turns_out_conflicted() {
    let house = House::open().await;
    let (tender, _, bids) = house.ranked().await;
    let panel = "query($id: ID!) { tender(id: $id) { panel { members { expert { id } } } } }";
    let seen = house.ask(&officer(), panel, json!({ "id": tender })).await;
    let member = &seen["tender"]["panel"]["members"][0]["expert"]["id"];
    declare(&house, member, None).await;
    let award = json!({ "tenderId": tender, "bidId": bids[0].id });
    assert_eq!(
        house.refused(&officer(), "awardTender", &award).await,
        "PANEL_MEMBER_CONFLICTED"
    );
    give_up(&house, &tender).await;
}

/// The way on: the tender is abandoned, and its need is tendered again.
async fn give_up(house: &House, tender: &Value) {
    let input = json!({ "tenderId": tender, "reason": "评审成员应当回避" });
    let want = "tender { state need { id state } }";
    let over = house.act(&officer(), "abandonTender", &input, want).await["tender"].clone();
    assert_eq!(over["state"], "ABANDONED");
    let again = tender_input(&over["need"]["id"]);
    house
        .act(&officer(), "createTender", &again, "tender { id }")
        .await;
}

#[tokio::test]
async fn the_ranking_is_public_at_once_and_adds_up() {
    let house = House::open().await;
    let (tender, _, bids) = house.ranked().await;
    let query = "query($id: ID!) { tender(id: $id) { state decideBy award { id }
        ranking { rank bidId price quality priceScore total } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": tender })).await["tender"].clone();
    assert_eq!(seen["state"], "RANKED");
    // Ranked on Sunday 22 March: five working days end with Friday 27.
    assert_eq!(seen["decideBy"], "2026-03-27T16:00:00+00:00");
    let first = &seen["ranking"][0];
    assert_eq!((&first["rank"], &first["bidId"]), (&json!(1), &bids[0].id));
    // 82 of 100 on 50 %, 15 of 20 on 20 %; 30 % × 360000 / 400000.
    assert_eq!(
        (&first["quality"], &first["priceScore"]),
        (&json!(56.0), &json!(27.0))
    );
    assert_eq!(first["total"], 83.0);
    assert_eq!(seen["award"], json!(null));
}

#[tokio::test]
async fn the_award_goes_by_rank_and_is_public_with_its_notice() {
    let house = House::open().await;
    let (tender, _, bids) = house.ranked().await;
    let second = json!({ "tenderId": tender, "bidId": bids[1].id });
    let refused = house.refused_at(&officer(), "awardTender", &second).await;
    assert_eq!(
        refused,
        ("AWARD_NOT_IN_RANK_ORDER".into(), "input.bidId".into())
    );
    let first = json!({ "tenderId": tender, "bidId": bids[0].id });
    let want = "tender { state } award { amount inTime publishedAt }";
    let made = house.act(&officer(), "awardTender", &first, want).await;
    assert_eq!(
        made["award"],
        json!({ "amount": 400_000, "inTime": true, "publishedAt": null })
    );
    let query = "query($id: ID!) { tender(id: $id) { award { publicityEndsAt signBy } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": tender })).await;
    assert_eq!(seen["tender"]["award"], json!(null));
    let told = json!({ "tenderId": tender });
    house
        .act(&officer(), "publishAward", &told, "tender { state }")
        .await;
    let seen = house.ask(&nobody(), query, json!({ "id": tender })).await;
    assert_eq!(
        seen["tender"]["award"],
        json!({ "publicityEndsAt": "2026-03-23T16:00:00+00:00", "signBy": "2026-04-21T16:00:00+00:00" })
    );
    assert_eq!(
        house.refused(&officer(), "publishAward", &told).await,
        "TENDER_STATE"
    );
}

#[tokio::test]
async fn a_late_decision_is_recorded_as_late() {
    let house = House::open().await;
    let (tender, _, bids) = house.ranked().await;
    house.wait_days(10);
    let first = json!({ "tenderId": tender, "bidId": bids[0].id });
    let made = house
        .act(&officer(), "awardTender", &first, "award { inTime }")
        .await;
    assert_eq!(made["award"]["inTime"], false);
}
