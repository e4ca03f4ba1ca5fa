//! Score sheets through the real schema.

use serde_json::json;

use crate::support::{House, expert, nobody, officer, org_id, uuid_of};

#[tokio::test]
async fn a_sheet_is_whole_in_range_and_by_a_member() {
    let house = House::open().await;
    let (tender, _, bids, members) = house.seated().await;
    let member = expert(uuid_of(&members[0]));
    let sound = house.sheet(&tender, &bids, 80).await;
    let mut cases = Vec::new();
    let mut missing = sound.clone();
    missing["scores"].as_array_mut().unwrap().pop();
    cases.push((missing, "SCORES_INCOMPLETE", "input.scores"));
    for (score, reason) in [
        (json!(101), "SCORE_OUT_OF_RANGE"),
        (json!(-1), "SCORE_OUT_OF_RANGE"),
        (json!(80.005), "SCORE_MALFORMED"),
    ] {
        let mut input = sound.clone();
        input["scores"][0]["score"] = score;
        cases.push((input, reason, "input.scores.0.score"));
    }
    for (input, reason, field) in cases {
        let refused = house.refused_at(&member, "submitScores", &input).await;
        assert_eq!(refused, (reason.to_owned(), field.to_owned()));
    }
    let stranger = expert(uuid::Uuid::from_u128(5));
    let refused = house.refused(&stranger, "submitScores", &sound).await;
    assert_eq!(refused, "NOT_PANEL_MEMBER");
    let after = house.act(
        &member,
        "submitScores",
        &sound,
        "sheet { lockedAt scores { score } }",
    );
    assert_eq!(after.await["sheet"]["scores"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn the_evaluation_waits_for_qualification_and_three_who_qualify() {
    let house = House::open().await;
    let (tender, _, bids) = house.opened().await;
    let buyer = house.buyer().await;
    let want = "panel { members { expert { id } } }";
    let panel = house
        .act(
            &officer(),
            "formPanel",
            &House::panel_input(&tender, &buyer),
            want,
        )
        .await;
    let member = expert(uuid_of(&panel["panel"]["members"][0]["expert"]["id"]));
    let sheet = house.sheet(&tender, &bids, 80).await;
    let refused = house.refused(&member, "submitScores", &sheet).await;
    assert_eq!(refused, "QUALIFICATION_PENDING");
    for (n, bid) in bids.iter().enumerate() {
        let input = json!({ "bidId": bid.id, "passed": n > 0, "note": "核验" });
        house
            .act(&officer(), "qualifyBid", &input, "bid { id }")
            .await;
    }
    let refused = house.refused(&member, "submitScores", &sheet).await;
    assert_eq!(refused, "TENDER_TOO_FEW_QUALIFIED");
}

#[tokio::test]
async fn a_sheet_changes_until_it_is_locked_and_never_after() {
    let house = House::open().await;
    let (tender, _, bids, members) = house.seated().await;
    let member = expert(uuid_of(&members[0]));
    let lock = json!({ "tenderId": tender });
    // Nobody has scored, so nobody evaluates yet.
    assert_eq!(
        house.refused(&member, "lockScoreSheet", &lock).await,
        "TENDER_STATE"
    );
    for base in [80, 90] {
        let sheet = house.sheet(&tender, &bids, base).await;
        house
            .act(&member, "submitScores", &sheet, "sheet { lockedAt }")
            .await;
    }
    let other = expert(uuid_of(&members[1]));
    assert_eq!(
        house.refused(&other, "lockScoreSheet", &lock).await,
        "SHEET_MISSING"
    );
    let locked = house.act(
        &member,
        "lockScoreSheet",
        &lock,
        "sheet { lockedAt scores { score } }",
    );
    let locked = locked.await["sheet"].clone();
    assert!(!locked["lockedAt"].is_null());
    assert_eq!(locked["scores"][0]["score"], 90.0);
    let sheet = house.sheet(&tender, &bids, 85).await;
    assert_eq!(
        house.refused(&member, "submitScores", &sheet).await,
        "SHEET_LOCKED"
    );
    assert_eq!(
        house.refused(&member, "lockScoreSheet", &lock).await,
        "SHEET_LOCKED"
    );
}

#[tokio::test]
async fn members_see_only_their_own_sheet_before_the_result() {
    let house = House::open().await;
    let (tender, _, _, members) = house.scored().await;
    let query =
        "query($id: ID!) { tender(id: $id) { ranking { rank } scoreSheets { expert { id } } } }";
    let member = expert(uuid_of(&members[2]));
    let own = house.ask(&member, query, json!({ "id": tender })).await["tender"].clone();
    assert_eq!(
        own["scoreSheets"],
        json!([{ "expert": { "id": members[2] } }])
    );
    assert_eq!(own["ranking"], json!([]));
    for caller in [nobody(), officer()] {
        let seen = house.ask(&caller, query, json!({ "id": tender })).await["tender"].clone();
        assert_eq!(seen["scoreSheets"], json!([]));
    }
}

#[tokio::test]
async fn what_is_counted_is_counted_the_same_by_all() {
    let house = House::open().await;
    let (tender, _, bids, members) = house.scored().await;
    let lock = json!({ "tenderId": tender });
    let first = expert(uuid_of(&members[0]));
    house
        .act(&first, "lockScoreSheet", &lock, "sheet { lockedAt }")
        .await;
    let second = expert(uuid_of(&members[1]));
    let mut sheet = house.sheet(&tender, &bids, 80).await;
    sheet["scores"][1]["score"] = json!(16);
    house
        .act(&second, "submitScores", &sheet, "sheet { lockedAt }")
        .await;
    let refused = house.refused(&second, "lockScoreSheet", &lock).await;
    assert_eq!(refused, "OBJECTIVE_SCORES_DIFFER");
}

#[tokio::test]
async fn a_conflict_that_shows_late_keeps_the_member_from_scoring() {
    let house = House::open().await;
    let (tender, _, bids, members) = house.seated().await;
    let member = expert(uuid_of(&members[0]));
    let input = json!({
        "expertId": members[0], "organizationId": org_id(2), "kind": "EMPLOYMENT",
    });
    // Experts declare for themselves.
    house
        .act(&member, "declareRelation", &input, "expert { id }")
        .await;
    let sheet = house.sheet(&tender, &bids, 80).await;
    let refused = house.refused(&member, "submitScores", &sheet).await;
    assert_eq!(refused, "PANEL_MEMBER_CONFLICTED");
}
