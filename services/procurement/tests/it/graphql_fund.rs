//! Funds through the real schema.

use serde_json::json;

use crate::support::{House, fund_manager, nobody, officer};

fn county() -> kit::auth::Caller {
    let mut county = fund_manager();
    county.actor.division = Some(kernel::DivisionCode::try_new("230103000000").unwrap());
    county
}

#[tokio::test]
async fn what_comes_in_stands_available_and_is_public() {
    let house = House::open().await;
    let fund = house.fund(500).await;
    let query = "query($f: ID!) { fund(id: $f) { name divisionCode appropriated available } }";
    let seen = house.ask(&nobody(), query, json!({ "f": fund })).await;
    assert_eq!(
        seen["fund"],
        json!({
            "name": "居家养老专项", "divisionCode": "230103000000", "appropriated": 500,
            "available": 500,
        })
    );
}

#[tokio::test]
async fn the_same_key_puts_money_in_once() {
    let house = House::open().await;
    let fund = house.fund(500).await;
    let mut input = json!({
        "idempotencyKey": "money-key-1", "fundId": fund, "amount": 100, "document": "补充拨款",
    });
    for _ in 0..2 {
        let after = house
            .act(&county(), "appropriateFund", &input, "fund { available }")
            .await;
        assert_eq!(after["fund"]["available"], 600);
    }
    input["amount"] = json!(200);
    let refused = house.refused(&county(), "appropriateFund", &input).await;
    assert_eq!(refused, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn refuses_amounts_and_texts_that_cannot_be() {
    let house = House::open().await;
    let fund = house.fund(500).await;
    for amount in [0, -5] {
        let input = json!({ "fundId": fund, "amount": amount, "document": "文" });
        let refused = house.refused_at(&county(), "appropriateFund", &input).await;
        assert_eq!(
            refused,
            ("AMOUNT_NOT_POSITIVE".into(), "input.amount".into())
        );
    }
    let input = json!({ "fundId": fund, "amount": 5, "document": " " });
    let refused = house.refused_at(&county(), "appropriateFund", &input).await;
    assert_eq!(refused, ("TEXT_LENGTH".into(), "input.document".into()));
    let unknown = json!({ "fundId": "bm90LWFuLWlk", "amount": 5, "document": "文" });
    let refused = house
        .refused_at(&county(), "appropriateFund", &unknown)
        .await;
    assert_eq!(
        refused,
        ("GLOBAL_ID_MALFORMED".into(), "input.fundId".into())
    );
    let again = json!({ "name": "居家养老专项", "divisionCode": "230103000000" });
    assert_eq!(
        house.refused(&county(), "createFund", &again).await,
        "FUND_EXISTS"
    );
}

#[tokio::test]
async fn entries_are_for_those_who_answer_for_the_fund() {
    let house = House::open().await;
    let fund = house.fund(500).await;
    let query =
        "query($f: ID!) { fund(id: $f) { entries(first: 5) { nodes { kind amount document } } } }";
    let seen = house.ask(&county(), query, json!({ "f": fund })).await;
    assert_eq!(
        seen["fund"]["entries"]["nodes"],
        json!([{ "kind": "APPROPRIATE", "amount": 500, "document": "哈财社〔2026〕1号" }])
    );
    let refused = house.run(&nobody(), query, json!({ "f": fund })).await;
    assert_eq!(testkit::service::reason(&refused), "UNAUTHENTICATED");
    // An officer of a community below does not keep the county's books.
    let refused = house.run(&officer(), query, json!({ "f": fund })).await;
    assert_eq!(testkit::service::reason(&refused), "FORBIDDEN");
}
