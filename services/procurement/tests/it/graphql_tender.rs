//! Tenders through the real schema: drafts, clocks, notices, lists, the opening.

use serde_json::json;

use crate::{
    steps::{PRICES, tender_input},
    support::{House, manager, nobody, officer, officer_elsewhere},
};

#[tokio::test]
async fn budget_first_then_buy() {
    let house = House::open().await;
    let need = house.need().await;
    let refused = house
        .refused(&officer(), "createTender", &tender_input(&need))
        .await;
    assert_eq!(refused, "BUDGET_NOT_RESERVED");
}

#[tokio::test]
async fn a_draft_has_sound_terms() {
    let house = House::open().await;
    let (need, _) = house.reserved().await;
    let sound = tender_input(&need);
    let mut cases = Vec::new();
    for (name, value, reason) in [
        ("method", json!("SINGLE_SOURCE"), "METHOD_NOT_OFFERED"),
        ("priceWeight", json!(9), "PRICE_WEIGHT_OUT_OF_RANGE"),
        ("priceWeight", json!(31), "CRITERIA_WEIGHTS"),
        ("title", json!(" "), "TEXT_LENGTH"),
    ] {
        let mut input = sound.clone();
        input[name] = value;
        cases.push((input, reason));
    }
    let mut scored = sound.clone();
    scored["criteria"][0]["kind"] = json!("QUALIFICATION");
    cases.push((scored, "CRITERION_QUALIFICATION_SCORED"));
    let mut short = sound.clone();
    short["milestones"][0]["percent"] = json!(39);
    cases.push((short, "MILESTONE_PERCENTS"));
    let mut many = sound.clone();
    many["milestones"][0]["units"] = json!(101);
    cases.push((many, "MILESTONE_UNITS"));
    for (input, reason) in cases {
        assert_eq!(
            house.refused(&officer(), "createTender", &input).await,
            reason
        );
    }
    let made = house
        .act(
            &officer(),
            "createTender",
            &sound,
            "tender { criteria { kind weight } }",
        )
        .await;
    assert_eq!(
        made["tender"]["criteria"][2],
        json!({ "kind": "PRICE", "weight": 30 })
    );
    // The need is taken: a second tender for it is refused.
    let again = house.refused(&officer(), "createTender", &sound).await;
    assert_eq!(again, "PROCUREMENT_NEED_STATE");
}

#[tokio::test]
async fn a_consultation_weighs_the_price_at_most_thirty() {
    let house = House::open().await;
    let (need, _) = house.reserved().await;
    let mut input = tender_input(&need);
    input["method"] = json!("CONSULTATION");
    input["priceWeight"] = json!(31);
    input["criteria"][1]["weight"] = json!(19);
    let refused = house.refused(&officer(), "createTender", &input).await;
    assert_eq!(refused, "PRICE_WEIGHT_OUT_OF_RANGE");
    input["priceWeight"] = json!(30);
    input["criteria"][1]["weight"] = json!(20);
    let made = house
        .act(&officer(), "createTender", &input, "tender { id }")
        .await;
    // Ten days are enough for a consultation; its panel draws two experts.
    house.pool(2).await;
    let tender = &made["tender"]["id"];
    let mut notice = house.notice(tender);
    notice["closesAt"] = json!(house.in_days(10));
    notice["opensAt"] = json!(house.in_days(10));
    house
        .act(&officer(), "publishTender", &notice, "tender { state }")
        .await;
}

#[tokio::test]
async fn the_clocks_of_the_law_are_kept_at_publication() {
    let house = House::open().await;
    let (tender, _) = house.drafted().await;
    let sound = house.notice(&tender);
    for (name, days, reason) in [
        ("closesAt", 19, "BID_PERIOD_TOO_SHORT"),
        ("documentsUntil", 4, "DOCUMENT_PERIOD_TOO_SHORT"),
        ("documentsUntil", 21, "DOCUMENTS_AFTER_CLOSE"),
        ("opensAt", 19, "OPENING_BEFORE_CLOSE"),
    ] {
        let mut input = sound.clone();
        input[name] = json!(house.in_days(days));
        let refused = house.refused_at(&officer(), "publishTender", &input).await;
        assert_eq!(refused, (reason.to_owned(), format!("input.{name}")));
    }
    let mut odd = sound.clone();
    odd["seedCommitment"] = json!("not hexadecimal");
    let refused = house.refused(&officer(), "publishTender", &odd).await;
    assert_eq!(refused, "SEED_COMMITMENT_MALFORMED");
    odd["seedCommitment"] = json!(null);
    assert_eq!(
        house.refused_at(&officer(), "publishTender", &odd).await,
        (
            "SEED_COMMITMENT_MISSING".into(),
            "input.seedCommitment".into()
        )
    );
    house
        .act(&officer(), "publishTender", &sound, "tender { state }")
        .await;
    let again = house.refused(&officer(), "publishTender", &sound).await;
    assert_eq!(again, "TENDER_STATE");
}

#[tokio::test]
async fn a_term_is_not_counted_through_a_year_without_its_notice() {
    let house = House::open().await;
    let (tender, _) = house.drafted().await;
    // 28 December: eight days of which most lie in a year nobody has loaded.
    house.wait_days(301);
    let notice = house.notice(&tender);
    let told = house
        .try_act(&officer(), "publishTender", &notice, "__typename")
        .await;
    let error = &told["errors"][0];
    assert_eq!(error["extensions"]["code"], "FAILED_PRECONDITION");
    assert_eq!(error["extensions"]["reason"], "CALENDAR_YEAR_MISSING");
    let said = error["message"].as_str().unwrap();
    assert!(said.contains("2027 年的工作日历尚未导入"), "{said}");
    // By hand neither.
    let count = "SELECT prc_working_days('2026-12-30', '2027-01-04')";
    assert_eq!(house.refused_sql(count).await, "CALENDAR_YEAR_MISSING");
    house
        .sql(
            "INSERT INTO calendar_years VALUES (2027, '通知', now());
             INSERT INTO calendar_days VALUES ('2027-01-01', false, '元旦', '通知')",
        )
        .await;
    assert_eq!(house.count(count).await, 2);
    house
        .act(&officer(), "publishTender", &notice, "tender { state }")
        .await;
}

#[tokio::test]
async fn a_draft_is_shown_to_its_division_alone_and_a_published_tender_to_all() {
    let house = House::open().await;
    let (tender, _) = house.drafted().await;
    let one = "query($id: ID!) { tender(id: $id) { state } }";
    let all = "{ tenders(first: 10) { nodes { id } } }";
    for (caller, sees) in [
        (officer(), true),
        (officer_elsewhere(), false),
        (nobody(), false),
    ] {
        let found = house.ask(&caller, one, json!({ "id": tender })).await;
        assert_eq!(!found["tender"].is_null(), sees);
        let listed = house.ask(&caller, all, json!({})).await;
        assert_eq!(
            listed["tenders"]["nodes"].as_array().unwrap().len(),
            usize::from(sees)
        );
    }
    house
        .act(
            &officer(),
            "publishTender",
            &house.notice(&tender),
            "tender { state }",
        )
        .await;
    let found = house.ask(&nobody(), one, json!({ "id": tender })).await;
    assert_eq!(found["tender"]["state"], "PUBLISHED");
    for (filter, n) in [
        ("state: PUBLISHED", 1),
        ("state: OPENED", 0),
        ("divisionCode: \"230103000000\"", 1),
        ("divisionCode: \"230102000000\"", 0),
    ] {
        let query = format!("{{ tenders({filter}) {{ nodes {{ id }} }} }}");
        let listed = house.ask(&nobody(), &query, json!({})).await;
        assert_eq!(
            listed["tenders"]["nodes"].as_array().unwrap().len(),
            n,
            "{filter}"
        );
    }
    let refused = house
        .run(
            &nobody(),
            "{ tenders(after: \"garbage\") { nodes { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(testkit::service::reason(&refused), "CURSOR_MALFORMED");
}

#[tokio::test]
async fn the_close_moves_to_later_only() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    let earlier = json!({ "tenderId": tender, "closesAt": house.in_days(19) });
    let refused = house.refused(&officer(), "extendTender", &earlier).await;
    assert_eq!(refused, "CLOSE_NOT_LATER");
    let later = json!({ "tenderId": tender, "closesAt": house.in_days(25), "reason": "场地检修" });
    let want = "tender { closesAt opensAt notices { kind text } }";
    let after = house.act(&officer(), "extendTender", &later, want).await["tender"].clone();
    assert_eq!(after["closesAt"], after["opensAt"]);
    assert_eq!(
        after["notices"],
        json!([{ "kind": "EXTENSION", "text": "场地检修" }])
    );
    house.wait_days(25);
    let late = json!({ "tenderId": tender, "closesAt": house.in_days(5) });
    assert_eq!(
        house.refused(&officer(), "extendTender", &late).await,
        "TENDER_CLOSED"
    );
}

#[tokio::test]
async fn a_late_clarification_that_affects_bids_moves_the_close() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    house.wait_days(6);
    let mut input = json!({ "tenderId": tender, "text": "每餐须含一荤两素", "affectsBids": true });
    let refused = house.refused(&officer(), "clarifyTender", &input).await;
    assert_eq!(refused, "CLARIFICATION_TOO_LATE");
    input["closesAt"] = json!(house.in_days(15));
    let after = house
        .act(
            &officer(),
            "clarifyTender",
            &input,
            "tender { notices { affectsBids } }",
        )
        .await;
    assert_eq!(after["tender"]["notices"], json!([{ "affectsBids": true }]));
    let small = json!({ "tenderId": tender, "text": "开标地点为二楼会议室" });
    house
        .act(&officer(), "clarifyTender", &small, "tender { id }")
        .await;
}

#[tokio::test]
async fn two_bids_are_not_opened_and_the_tender_is_abandoned() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    for (org, price) in (0..2).zip(PRICES) {
        house.bid(&tender, org, price).await;
    }
    let input = json!({ "tenderId": tender });
    let early = house.refused(&officer(), "openTender", &input).await;
    assert_eq!(early, "TENDER_NOT_DUE");
    house.wait_days(20);
    let few = house.refused(&officer(), "openTender", &input).await;
    assert_eq!(few, "TENDER_TOO_FEW_BIDS");
    let silent = json!({ "tenderId": tender, "reason": "" });
    assert_eq!(
        house.refused(&officer(), "abandonTender", &silent).await,
        "TEXT_LENGTH"
    );
    let why = json!({ "tenderId": tender, "reason": "投标人不足三家" });
    let want = "tender { state abandonedReason need { state budget } }";
    let after = house.act(&officer(), "abandonTender", &why, want).await["tender"].clone();
    assert_eq!(after["state"], "ABANDONED");
    assert_eq!(
        after["need"],
        json!({ "state": "RESERVED", "budget": 450_000 })
    );
    // The need can be tendered again.
    let query = "query($id: ID!) { tender(id: $id) { need { id } } }";
    let need =
        house.ask(&officer(), query, json!({ "id": tender })).await["tender"]["need"]["id"].clone();
    house
        .act(
            &officer(),
            "createTender",
            &tender_input(&need),
            "tender { id }",
        )
        .await;
}

#[tokio::test]
async fn the_opening_ends_when_all_keys_are_in_or_the_time_is_over() {
    let house = House::open().await;
    let (tender, _, bids) = house.opening().await;
    let input = json!({ "tenderId": tender });
    for bid in &bids[..2] {
        house.unseal(bid).await;
    }
    let early = house.refused(&officer(), "finishOpening", &input).await;
    assert_eq!(early, "OPENING_NOT_FINISHED");
    house.service.clock.advance(chrono::TimeDelta::minutes(30));
    // The third is invalid now, and two are too few: nothing is written.
    let few = house.refused(&officer(), "finishOpening", &input).await;
    assert_eq!(few, "TENDER_TOO_FEW_BIDS");
    house.unseal(&bids[2]).await;
    let want = "tender { state bids { price } }";
    let after = house.act(&officer(), "finishOpening", &input, want).await["tender"].clone();
    assert_eq!(after["state"], "OPENED");
    assert_eq!(after["bids"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_fourth_bid_that_stays_sealed_is_invalid_and_the_others_go_on() {
    let house = House::open().await;
    let (tender, _) = house.published().await;
    let mut bids = Vec::new();
    for org in 0..4 {
        bids.push(house.bid(&tender, org, 400_000).await);
    }
    house.wait_days(20);
    let input = json!({ "tenderId": tender });
    house
        .act(&officer(), "openTender", &input, "tender { state }")
        .await;
    for bid in &bids[..3] {
        house.unseal(bid).await;
    }
    house.service.clock.advance(chrono::TimeDelta::minutes(30));
    house
        .act(&officer(), "finishOpening", &input, "tender { state }")
        .await;
    let query = "query($id: ID!) { tender(id: $id) { myBid { state finding } } }";
    let own =
        house.ask(&manager(3), query, json!({ "id": tender })).await["tender"]["myBid"].clone();
    assert_eq!(own["state"], "INVALID");
    assert!(
        own["finding"]
            .as_str()
            .unwrap()
            .contains("未在规定时间内解封")
    );
}
