//! The menu through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::LI,
    support::{House, PUBLISH, li, lunch, nobody, officer, staff},
};

const PRICES: &str = "query { menuItem(code: \"MEAL-LUNCH\") {
    unitCost pricesFrom pricesTo prices { tier price } } }";

#[tokio::test]
async fn publishes_an_item_that_anyone_reads() {
    let house = House::empty().await;
    let made = data(house.run(&officer(), PUBLISH, lunch("publish-0001")).await);
    let again = data(house.run(&officer(), PUBLISH, lunch("publish-0001")).await);
    assert_eq!(made, again);
    let found = data(house.run(&nobody(), PRICES, json!({})).await)["menuItem"].clone();
    let prices: Vec<i64> = found["prices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["price"].as_i64().unwrap())
        .collect();
    assert_eq!(prices, [0, 1200, 500, 2000]);
    let list = "{ menuItems(line: MEALS) { nodes { code } } }";
    let found = data(house.run(&nobody(), list, json!({})).await);
    assert_eq!(
        found["menuItems"]["nodes"],
        json!([{ "code": "MEAL-LUNCH" }])
    );
}

#[tokio::test]
async fn new_prices_begin_on_their_day_and_orders_keep_theirs() {
    let house = House::open().await;
    let before = house.ordered(LI, "order-000001").await;
    let mut dearer = lunch("publish-0002");
    dearer["input"]["prices"][2]["price"] = json!(2200);
    dearer["input"]["effectiveFrom"] = json!("2026-03-10");
    data(house.run(&officer(), PUBLISH, dearer).await);
    let found = data(house.run(&nobody(), PRICES, json!({})).await)["menuItem"].clone();
    assert_eq!(
        (&found["prices"][3]["price"], &found["pricesTo"]),
        (&json!(2000), &json!("2026-03-10"))
    );
    house.service.clock.advance(chrono::TimeDelta::days(8));
    let found = data(house.run(&nobody(), PRICES, json!({})).await)["menuItem"].clone();
    assert_eq!(
        (&found["prices"][3]["price"], &found["pricesFrom"]),
        (&json!(2200), &json!("2026-03-10"))
    );
    let after = house.ordered(LI, "order-000002").await;
    assert_eq!(
        (&before["unitPrice"], &after["unitPrice"]),
        (&json!(2000), &json!(2200))
    );
    let kept = data(
        house
            .run(
                &li(),
                "query($id: ID!) { order(id: $id) { unitPrice } }",
                json!({ "id": before["id"] }),
            )
            .await,
    );
    assert_eq!(kept["order"]["unitPrice"], 2000);
}

#[tokio::test]
async fn refuses_prices_beyond_the_rules_and_those_who_may_not() {
    let house = House::open().await;
    for who in [staff(), li()] {
        assert_eq!(
            reason(&house.run(&who, PUBLISH, lunch("publish-0003")).await),
            "FORBIDDEN"
        );
    }
    let refused = house.run(&nobody(), PUBLISH, lunch("publish-0003")).await;
    assert_eq!(reason(&refused), "UNAUTHENTICATED");
    let change = |change: &dyn Fn(&mut Value)| {
        let mut input = lunch("publish-0003");
        change(&mut input["input"]);
        input
    };
    for (input, why) in [
        (
            change(&|input| input["prices"][0]["price"] = json!(1501)),
            "PRICE_ABOVE_COST",
        ),
        (
            change(&|input| input["prices"][1]["price"] = json!(601)),
            "PRICE_ABOVE_CAP",
        ),
        (
            change(&|input| input["effectiveFrom"] = json!("2026-03-01")),
            "PRICE_BACKDATED",
        ),
        (
            change(&|input| input["code"] = json!("lunch")),
            "CODE_MALFORMED",
        ),
        (
            change(&|input| input["minutes"] = json!(0)),
            "MINUTES_RANGE",
        ),
        (
            change(&|input| input["line"] = json!("ERRAND")),
            "MENU_ITEM_EXISTS",
        ),
        (
            change(&|input| input["unitCost"] = json!(1.5)),
            "INPUT_MALFORMED",
        ),
    ] {
        assert_eq!(reason(&house.run(&officer(), PUBLISH, input).await), why);
    }
    let fraction = change(&|input| input["prices"][0]["price"] = json!("2.50"));
    let told = house.run(&officer(), PUBLISH, fraction).await;
    assert_eq!(reason(&told), "INPUT_MALFORMED");
    let field = &told["errors"][0]["extensions"]["field"];
    assert_eq!(field, "input.prices.0.price");
}
