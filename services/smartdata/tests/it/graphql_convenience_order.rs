//! Orders of open services through the real schema.

use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::{caller, data, reason};
use uuid::Uuid;

use crate::{
    services::{card, meals, released},
    sharing::{call, done, organization},
    support::{ELSEWHERE, House, neighbour, nobody, refused, staff, themself},
};

const KITCHEN: Uuid = Uuid::from_u128(0xd4);
const ORDER: &str = "convenienceOrder { id number state outcome stars }";

/// Whoever acts for the provider, wherever it sits.
fn kitchen() -> Caller {
    let mut one = caller(Role::OrgManager, ELSEWHERE);
    one.actor.organization_id = Some(KITCHEN);
    one
}

fn wish(item: &str) -> Value {
    json!({ "itemCode": item, "wish": "午餐,少盐", "wantedAt": "2026-03-02T04:00:00Z" })
}

#[tokio::test]
async fn a_resident_orders_the_provider_delivers_and_the_resident_rates() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    released(&house, meals(json!(organization(KITCHEN)))).await;
    let place = ("placeConvenienceOrder", ORDER);
    let mut past = wish("MEALS");
    past["wantedAt"] = json!("2026-03-02T01:00:00Z");
    let late = call(&house, &me, place, "past", past).await;
    assert_eq!(
        refused(&late),
        ("ORDER_WANTED".into(), "input.wantedAt".into())
    );
    let order = done(&house, &me, place, "one", wish("MEALS")).await["convenienceOrder"].clone();
    assert_eq!(
        (&order["number"], &order["state"]),
        (&json!("D20260302-000001"), &json!("PLACED"))
    );
    let one = json!({ "orderId": order["id"] });
    let accept = ("acceptConvenienceOrder", ORDER);
    for (who, expected) in [
        (staff(), "FORBIDDEN"),
        (me.clone(), "FORBIDDEN"),
        (neighbour(), "ORDER_NOT_FOUND"),
        (nobody(), "UNAUTHENTICATED"),
    ] {
        let answer = call(&house, &who, accept, "strange", one.clone()).await;
        assert_eq!(reason(&answer), expected);
    }
    done(&house, &kitchen(), accept, "one", one.clone()).await;
    let end = json!({ "orderId": order["id"], "outcome": "十一点半送达" });
    done(
        &house,
        &kitchen(),
        ("finishConvenienceOrder", ORDER),
        "one",
        end.clone(),
    )
    .await;
    let twice = call(
        &house,
        &kitchen(),
        ("finishConvenienceOrder", ORDER),
        "two",
        end,
    )
    .await;
    assert_eq!(reason(&twice), "ORDER_STATE");
    let five = json!({ "orderId": order["id"], "stars": 5 });
    let rated = done(&house, &me, ("rateConvenienceOrder", ORDER), "one", five).await;
    assert_eq!(rated["convenienceOrder"]["state"], "RATED");
    let list =
        "{ convenienceOrders(first: 5, state: RATED) { nodes { id item { name elements } } } }";
    for who in [me, kitchen(), staff()] {
        let seen = data(house.run(&who, list, json!({})).await);
        assert_eq!(
            seen["convenienceOrders"]["nodes"],
            json!([{ "id": order["id"], "item": { "name": "送餐上门", "elements": ["FOOD"] } }])
        );
    }
    let none = data(house.run(&neighbour(), list, json!({})).await);
    assert_eq!(none["convenienceOrders"]["nodes"], json!([]));
}

#[tokio::test]
async fn staff_do_it_where_there_is_no_provider_and_orders_can_be_cancelled() {
    let house = House::open().await;
    let id = house.registered(1).await;
    released(&house, meals(Value::Null)).await;
    released(&house, card()).await;
    let place = ("placeConvenienceOrder", ORDER);
    let closed = call(&house, &themself(&id), place, "card", wish("OLD_AGE_CARD")).await;
    assert_eq!(
        refused(&closed),
        ("SERVICE_ITEM_CLOSED".into(), "input.itemCode".into())
    );
    let mut behalf = wish("MEALS");
    behalf["onBehalfOf"] = json!(id);
    let first =
        done(&house, &staff(), place, "one", behalf.clone()).await["convenienceOrder"]["id"]
            .clone();
    done(
        &house,
        &staff(),
        ("acceptConvenienceOrder", ORDER),
        "one",
        json!({ "orderId": first }),
    )
    .await;
    let why = json!({ "orderId": first, "reason": "住院" });
    let gone = done(
        &house,
        &themself(&id),
        ("cancelConvenienceOrder", ORDER),
        "one",
        why,
    )
    .await;
    assert_eq!(gone["convenienceOrder"]["outcome"], "住院");
    let second =
        done(&house, &staff(), place, "two", behalf).await["convenienceOrder"]["id"].clone();
    let no = json!({ "orderId": second, "reason": "停电" });
    let ended = done(
        &house,
        &staff(),
        ("refuseConvenienceOrder", ORDER),
        "one",
        no,
    )
    .await;
    assert_eq!(ended["convenienceOrder"]["state"], "REFUSED");
}
