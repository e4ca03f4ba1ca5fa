//! Orders through the real schema.

use kernel::keys::ContractId;
use kit::auth::Role;
use serde_json::{Value, json};
use testkit::service::{data, reason};
use uuid::Uuid;

use crate::{
    peers::{
        COMMUNITY, CONTRACT_ELSEWHERE, CONTRACT_ENDED, CONTRACT_SMALL, ELSEWHERE, LI,
        SOCIAL_WORKER, WANG,
    },
    support::{
        House, PLACE, auditor, contractor, id_of, li, nobody, order, staff, staff_elsewhere, wang,
    },
};

const CANCEL: &str = "mutation($input: CancelOrderInput!) { cancelOrder(input: $input) {
    order { state cancelReason version } } }";

fn with_minutes(elder: Uuid, key: &str) -> Value {
    let mut input = order(elder, key);
    input["input"]["payWithMinutes"] = json!(true);
    input
}

fn cancel(order: &Value, key: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "orderId": order["id"], "reason": "住院" } })
}

#[tokio::test]
async fn the_price_follows_the_tier_and_is_borne_in_full() {
    let house = House::open().await;
    let free = house.ordered(WANG, "order-000001").await;
    assert_eq!(free["decision"]["tier"], "FREE");
    let parts = |order: &Value| {
        ["unitPrice", "subsidy", "copay", "creditValue"].map(|name| order[name].as_i64().unwrap())
    };
    assert_eq!(parts(&free), [1500, 1500, 0, 0]);
    assert_eq!(free["assistedBy"], "test-communitystaff");
    let paid =
        data(house.run(&li(), PLACE, order(LI, "order-000002")).await)["placeOrder"]["order"]
            .clone();
    assert_eq!(parts(&paid), [2000, 0, 2000, 0]);
    assert_eq!(paid["assistedBy"], Value::Null);
    let again = data(house.run(&li(), PLACE, order(LI, "order-000002")).await);
    assert_eq!(again["placeOrder"]["order"], paid);
    let reused = house
        .run(&li(), PLACE, with_minutes(LI, "order-000002"))
        .await;
    assert_eq!(reason(&reused), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn refuses_to_overdraw_and_keeps_the_refusal() {
    let house = House::open().await;
    let refused = house
        .run(&li(), PLACE, with_minutes(LI, "order-000001"))
        .await;
    assert_eq!(reason(&refused), "CREDITS_INSUFFICIENT");
    assert_eq!(
        refused["errors"][0]["extensions"]["field"],
        "input.payWithMinutes"
    );
    house.endow(LI, 100).await;
    let kept = house
        .run(&li(), PLACE, with_minutes(LI, "order-000001"))
        .await;
    assert_eq!(
        kept["errors"][0]["message"], refused["errors"][0]["message"],
        "the first answer"
    );
    data(
        house
            .run(&li(), PLACE, with_minutes(LI, "order-000002"))
            .await,
    );
    let second = house
        .run(&li(), PLACE, with_minutes(LI, "order-000003"))
        .await;
    assert_eq!(
        reason(&second),
        "CREDITS_INSUFFICIENT",
        "what is held cannot be spent again"
    );
    let free = house
        .run(&wang(), PLACE, with_minutes(WANG, "order-000004"))
        .await;
    assert_eq!(reason(&free), "CREDITS_NOT_NEEDED");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(left, 1, "a refused order leaves nothing behind");
}

#[tokio::test]
async fn orders_only_under_a_contract_that_serves_the_elder() {
    let house = House::open().await;
    for (contract, why) in [
        (CONTRACT_ENDED, "CONTRACT_NOT_PERFORMING"),
        (CONTRACT_ELSEWHERE, "CONTRACT_OF_OTHER_COMMUNITY"),
    ] {
        let mut input = order(LI, "order-000001");
        input["input"]["contractId"] = json!(id_of::<ContractId>(contract));
        let refused = house.run(&li(), PLACE, input).await;
        assert_eq!(reason(&refused), why);
        assert_eq!(
            refused["errors"][0]["extensions"]["field"],
            "input.contractId"
        );
    }
    let mut dinner = order(LI, "order-000001");
    dinner["input"]["menuItemCode"] = json!("DINNER");
    assert_eq!(
        reason(&house.run(&li(), PLACE, dinner).await),
        "MENU_ITEM_NOT_FOUND"
    );
}

#[tokio::test]
async fn a_contract_is_not_ordered_beyond_its_quantity() {
    let house = House::open().await;
    let small = |elder, key| {
        let mut input = order(elder, key);
        input["input"]["contractId"] = json!(id_of::<ContractId>(CONTRACT_SMALL));
        input
    };
    let first =
        data(house.run(&li(), PLACE, small(LI, "order-000001")).await)["placeOrder"]["order"]
            .clone();
    let refused = house.run(&wang(), PLACE, small(WANG, "order-000002")).await;
    assert_eq!(reason(&refused), "CONTRACT_EXHAUSTED");
    data(
        house
            .run(&li(), CANCEL, cancel(&first, "cancel-00001"))
            .await,
    );
    data(house.run(&wang(), PLACE, small(WANG, "order-000003")).await);
}

#[tokio::test]
async fn refuses_those_who_may_not_order() {
    let house = House::open().await;
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (
            testkit::service::caller(Role::SocialWorker, COMMUNITY),
            "FORBIDDEN",
        ),
        (wang(), "ELDER_NOT_FOUND"),
        (contractor(), "ELDER_NOT_FOUND"),
        (staff_elsewhere(), "ELDER_NOT_FOUND"),
    ] {
        assert_eq!(
            reason(&house.run(&who, PLACE, order(LI, "order-000001")).await),
            why
        );
    }
    // Nobody learns by trying who is an elder.
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (wang(), "ELDER_NOT_FOUND"),
        (staff(), "ELDER_NOT_FOUND"),
    ] {
        let unknown = house
            .run(&who, PLACE, order(Uuid::nil(), "order-000001"))
            .await;
        assert_eq!(reason(&unknown), why);
    }
}

#[tokio::test]
async fn a_cancelled_order_gives_held_minutes_back() {
    let house = House::open().await;
    house.endow(LI, 60).await;
    let placed = data(
        house
            .run(&li(), PLACE, with_minutes(LI, "order-000001"))
            .await,
    )["placeOrder"]["order"]
        .clone();
    assert_eq!(house.account(&li(), LI).await["available"], 0);
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (contractor(), "FORBIDDEN"),
        (wang(), "ORDER_NOT_FOUND"),
        (staff_elsewhere(), "ORDER_NOT_FOUND"),
    ] {
        assert_eq!(
            reason(
                &house
                    .run(&who, CANCEL, cancel(&placed, "cancel-00001"))
                    .await
            ),
            why
        );
    }
    let mut wordless = cancel(&placed, "cancel-00001");
    wordless["input"]["reason"] = json!(" ");
    assert_eq!(
        reason(&house.run(&li(), CANCEL, wordless).await),
        "REASON_LENGTH"
    );
    let done = data(
        house
            .run(&li(), CANCEL, cancel(&placed, "cancel-00001"))
            .await,
    );
    assert_eq!(done["cancelOrder"]["order"]["state"], "CANCELLED");
    assert_eq!(
        data(
            house
                .run(&li(), CANCEL, cancel(&placed, "cancel-00001"))
                .await
        ),
        done
    );
    assert_eq!(house.account(&li(), LI).await["available"], 60);
    let twice = house
        .run(&li(), CANCEL, cancel(&placed, "cancel-00002"))
        .await;
    assert_eq!(reason(&twice), "ORDER_STATE");
}

#[tokio::test]
async fn an_order_somebody_is_to_come_for_is_not_cancelled() {
    let house = House::open().await;
    let placed = house.ordered(LI, "order-000001").await;
    house
        .assigned(&placed, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00001")
        .await;
    let refused = house
        .run(&li(), CANCEL, cancel(&placed, "cancel-00001"))
        .await;
    assert_eq!(reason(&refused), "ORDER_STATE");
}

#[tokio::test]
async fn lists_and_single_orders_agree_on_who_may_see() {
    let house = House::open().await;
    let placed = house.ordered(LI, "order-000001").await;
    let one = "query($id: ID!) { order(id: $id) { id elder { residentId } visits { id } } }";
    let social_worker = testkit::service::caller(Role::SocialWorker, COMMUNITY);
    for (who, seen) in [
        (li(), true),
        (staff(), true),
        (contractor(), true),
        (auditor(), true),
        (testkit::service::caller(Role::Auditor, COMMUNITY), true),
        (testkit::service::caller(Role::Auditor, ELSEWHERE), false),
        (
            testkit::service::caller(Role::PlatformAdmin, ELSEWHERE),
            false,
        ),
        (wang(), false),
        (social_worker, false),
        (staff_elsewhere(), false),
        (nobody(), false),
    ] {
        let list = data(
            house
                .run(&who, "{ orders { nodes { id } } }", json!({}))
                .await,
        );
        assert_eq!(
            list["orders"]["nodes"].as_array().unwrap().len() == 1,
            seen,
            "{}",
            who.actor.subject
        );
        let found = data(house.run(&who, one, json!({ "id": placed["id"] })).await);
        assert_eq!(!found["order"].is_null(), seen, "{}", who.actor.subject);
    }
    let refused = house
        .run(
            &staff(),
            "{ orders(first: 101) { nodes { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(reason(&refused), "PAGE_TOO_LARGE");
    let refused = house
        .run(
            &staff(),
            "{ orders(after: \"x\") { nodes { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(reason(&refused), "CURSOR_MALFORMED");
}
