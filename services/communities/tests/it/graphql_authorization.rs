//! The mutations of the way from a need to its rating refuse those who may not,
//! each with its reason. That no mutation lacks a line, `graphql_access` asks.

use kit::auth::Role;
use serde_json::{Value, json};
use testkit::service::caller;

use crate::{
    peers::{ELSEWHERE, WANG},
    steps,
    support::{House, nobody, resident_id, staff_elsewhere, stranger},
};

#[tokio::test]
async fn every_mutation_refuses_nobody_and_people_of_elsewhere() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;
    let with = |more: Value| {
        let mut input = chain.input();
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let report = json!({ "communityId": kit::graph::global(house.community.id), "category": "MEALS",
        "description": "想吃热饭", "onBehalfOf": resident_id(WANG) });
    let register = json!({ "divisionCode": "230103001009", "name": "河畔社区", "kind": "RESIDENTS",
        "households": 1, "population": 1, "serviceAreaM2": 1 });
    let cases = [
        ("registerCommunity", register),
        ("reportNeed", report),
        (
            "verifyNeed",
            json!({ "needId": chain.need, "accept": true }),
        ),
        ("raiseProposal", steps::raise(&chain)),
        ("screenProposal", with(json!({ "inScope": true }))),
        ("secondProposal", chain.input()),
        ("placeOnAgenda", chain.input()),
        ("openBallot", steps::ballot(&house, &chain, 5)),
        ("castBallot", chain.vote("FOR")),
        ("castBallot", chain.paper("FOR", resident_id(WANG), "P-1")),
        ("closeBallot", json!({ "ballotId": chain.ballot })),
        ("publishDecision", chain.input()),
        ("objectDecision", with(json!({ "text": "不同意" }))),
        (
            "resolveObjection",
            with(json!({ "upheld": true, "note": "属实" })),
        ),
        ("projectiseProposal", chain.purchase("SERVICE_UNIT")),
        ("rateResult", json!({ "needId": chain.need, "stars": 5 })),
    ];
    let elsewhere = [
        staff_elsewhere(),
        stranger(),
        caller(Role::CivilAffairs, ELSEWHERE),
        caller(Role::OrgManager, "230103001001"),
    ];
    for (verb, input) in &cases {
        let refused = house.refused(&nobody(), verb, input).await;
        assert_eq!(refused, "UNAUTHENTICATED", "{verb}");
        for who in &elsewhere {
            let refused = house.refused(who, verb, input).await;
            // A need is not for everybody to know of.
            let expected = match *verb {
                "verifyNeed" => "NEED_NOT_FOUND",
                _ => "FORBIDDEN",
            };
            assert_eq!(refused, expected, "{verb} by {}", who.actor.subject);
        }
    }
}

#[tokio::test]
async fn every_mutation_refuses_a_malformed_idempotency_key() {
    let house = House::open().await;
    let chain = steps::raised(&house).await;
    for key in ["", "short", "含有中文的幂等键", &"k".repeat(101)] {
        let mut input = chain.input();
        input["idempotencyKey"] = json!(key);
        let told = house
            .try_act(&staff_elsewhere(), "placeOnAgenda", &input, "__typename")
            .await;
        assert_eq!(
            told["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{key}"
        );
    }
}
