//! The same key is answered the same while the peers are down.

use serde_json::json;
use testkit::service::data;

use crate::{
    steps::need_input,
    support::{House, staff},
};

#[tokio::test]
async fn a_repeated_call_is_answered_while_peers_are_down() {
    let house = House::open().await;
    let raise = "mutation($input: RaiseNeedInput!) { raiseNeed(input: $input) { need { id } } }";
    let mut input = need_input("SERVICE_UNIT");
    input["idempotencyKey"] = json!("key-00000001");
    let first = data(house.run(&staff(), raise, json!({ "input": input })).await);
    let again = house
        .run_alone(&staff(), raise, json!({ "input": input }))
        .await;
    assert_eq!(again["data"], first, "{again:#}");
    input["idempotencyKey"] = json!("key-00000002");
    let other = house
        .run_alone(&staff(), raise, json!({ "input": input }))
        .await;
    assert_eq!(other["errors"][0]["extensions"]["code"], "UNAVAILABLE");
}
