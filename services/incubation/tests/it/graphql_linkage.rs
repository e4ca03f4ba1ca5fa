//! Entities and what this service adds to a chain, through the real schema.

use incubation::app::engagement::{ContractSigned, note};
use kernel::keys::{ContractId, TraceId};
use serde_json::{Value, json};
use testkit::service::{data, reason};
use uuid::Uuid;

use crate::support::{CODES, House, nobody, organization_id};

const ENTITIES: &str = "query($of: [_Any!]!) { _entities(representations: $of) {
    ... on Organization { id uscc engagements { amount contract { id } } }
    ... on Linkage { organizations { id } engagements { amount organization { id } } } } }";

async fn signed(house: &House, organization: &Value, contract: u128, trace: Uuid, amount: i64) {
    let signed = ContractSigned {
        contract_id: ContractId::from_uuid(Uuid::from_u128(contract)),
        organization_id: organization_id(organization),
        trace_id: TraceId::from_uuid(trace),
        community_id: None,
        amount_fen: kernel::Fen::new(amount),
    };
    let mut conn = house.service.db.app.acquire().await.unwrap();
    note(&mut conn, signed, house.service.core.clock.now())
        .await
        .unwrap();
}

#[tokio::test]
async fn answers_entities_by_either_key() {
    let house = House::open().await;
    let (one, two) = (house.registered(0).await, house.registered(1).await);
    let of = json!({ "of": [
        { "__typename": "Organization", "id": one["id"] },
        { "__typename": "Organization", "uscc": CODES[1] },
    ] });
    let answer = data(house.run(&nobody(), ENTITIES, of).await);
    assert_eq!(answer["_entities"][0]["id"], one["id"]);
    assert_eq!(answer["_entities"][1]["id"], two["id"]);
}

#[tokio::test]
async fn a_chain_holds_its_contracts_and_each_organisation_once() {
    let house = House::open().await;
    let (one, two) = (house.registered(0).await, house.registered(1).await);
    let (trace, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    signed(&house, &one, 1, trace, 100).await;
    signed(&house, &one, 2, trace, 200).await;
    signed(&house, &two, 3, other, 300).await;
    // Told again.
    signed(&house, &one, 2, trace, 200).await;
    let of = json!({ "of": [
        { "__typename": "Linkage", "traceId": kit::graph::global(TraceId::from_uuid(trace)) },
        { "__typename": "Linkage", "traceId": kit::graph::global(TraceId::from_uuid(Uuid::nil())) },
        { "__typename": "Organization", "id": two["id"] },
    ] });
    let answer = data(house.run(&nobody(), ENTITIES, of).await);
    let chain = &answer["_entities"][0];
    assert_eq!(chain["organizations"], json!([{ "id": one["id"] }]));
    let amounts: Vec<_> = chain["engagements"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&amounts[0]["amount"], &amounts[1]["amount"]),
        (&json!(100), &json!(200))
    );
    assert_eq!(answer["_entities"][1]["organizations"], json!([]));
    assert_eq!(answer["_entities"][2]["engagements"][0]["amount"], 300);
}

#[tokio::test]
async fn refuses_a_chain_that_is_none() {
    let house = House::open().await;
    let of = json!({ "of": [{ "__typename": "Linkage", "traceId": "nonsense" }] });
    assert_eq!(
        reason(&house.run(&nobody(), ENTITIES, of).await),
        "GLOBAL_ID_MALFORMED"
    );
}
