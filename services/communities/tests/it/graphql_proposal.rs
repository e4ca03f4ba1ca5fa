//! Proposals through the real schema, up to the end of the publicity period.

use std::sync::atomic::Ordering;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{DEAD, MINOR, MOVED, UNVERIFIED, adult},
    steps::{self, look, need_state, objection_until, state},
    support::{House, nobody, person, resident_id, staff, staff_elsewhere, stranger, voter, wang},
};

#[tokio::test]
async fn a_resident_raises_a_proposal_on_their_own_need() {
    let house = House::open().await;
    let chain = steps::verified(&house).await;
    let want = "proposal { id state raisedBy { id } traceId version need { id } community { id } }";
    let made = house
        .act(&wang(), "raiseProposal", &steps::raise(&chain), want)
        .await["proposal"]
        .clone();
    assert_eq!(made["state"], "RAISED");
    assert_eq!(made["traceId"], chain.trace);
    assert_eq!(made["need"]["id"], chain.need);
    assert_eq!(made["raisedBy"]["id"], resident_id(crate::peers::WANG));
    assert_eq!(need_state(&house, &chain).await, "PROPOSED");
}

#[tokio::test]
async fn names_no_resident_where_staff_raised_it() {
    let house = House::open().await;
    let chain = steps::verified(&house).await;
    // Staff live somewhere too; they act for the community all the same.
    let mut clerk = staff();
    clerk.actor.resident_id = Some(adult(0));
    let made = house
        .act(
            &clerk,
            "raiseProposal",
            &steps::raise(&chain),
            "proposal { raisedBy { id } }",
        )
        .await;
    assert_eq!(made["proposal"]["raisedBy"], Value::Null);
}

#[tokio::test]
async fn refuses_a_proposal_on_a_need_nobody_verified() {
    let house = House::open().await;
    let chain = steps::reported(&house).await;
    let raise = steps::raise(&chain);
    assert_eq!(
        house.refused(&staff(), "raiseProposal", &raise).await,
        "NEED_STATE"
    );
}

#[tokio::test]
async fn a_need_has_one_living_proposal() {
    let house = House::open().await;
    let chain = steps::raised(&house).await;
    let raise = steps::raise(&chain);
    assert_eq!(
        house.refused(&staff(), "raiseProposal", &raise).await,
        "NEED_STATE"
    );
}

#[tokio::test]
async fn answers_the_same_key_once_and_refuses_it_for_another_text() {
    let house = House::open().await;
    let chain = steps::verified(&house).await;
    let mut raise = steps::raise(&chain);
    raise["idempotencyKey"] = json!("the-same-key");
    let first = house
        .act(&staff(), "raiseProposal", &raise, "proposal { id }")
        .await;
    let again = house
        .act(&staff(), "raiseProposal", &raise, "proposal { id }")
        .await;
    assert_eq!(first, again);
    assert_eq!(house.count("SELECT count(*) FROM proposals").await, 1);
    raise["title"] = json!("另一个标题");
    let refused = house.refused(&staff(), "raiseProposal", &raise).await;
    assert_eq!(refused, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn refuses_malformed_text_and_ids_by_field() {
    let house = House::open().await;
    let chain = steps::verified(&house).await;
    for (field, bad) in [
        ("title", json!(" ")),
        ("title", json!("长".repeat(101))),
        ("text", json!("")),
        ("text", json!("长".repeat(5001))),
        ("needId", json!("not-an-id")),
        ("needId", json!(kit::graph::global(house.community.id))),
    ] {
        let mut raise = steps::raise(&chain);
        raise[field] = bad;
        let told = house
            .try_act(&staff(), "raiseProposal", &raise, "__typename")
            .await;
        let extensions = &told["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "BAD_USER_INPUT", "{field}");
        assert_eq!(extensions["field"], format!("input.{field}"));
    }
    let mut missing = steps::raise(&chain);
    missing["needId"] = json!(kit::graph::global(kernel::keys::NeedId::from_uuid(
        uuid::Uuid::nil()
    )));
    assert_eq!(
        house.refused(&staff(), "raiseProposal", &missing).await,
        "NEED_NOT_FOUND"
    );
}

#[tokio::test]
async fn out_of_scope_needs_a_reason_and_gives_the_need_back() {
    let house = House::open().await;
    let chain = steps::raised(&house).await;
    let mut screen = json!({ "proposalId": chain.proposal, "inScope": false, "note": " " });
    assert_eq!(
        house.refused(&staff(), "screenProposal", &screen).await,
        "NOTE_REQUIRED"
    );
    screen["note"] = json!("属政府职责");
    steps::step(&house, "screenProposal", &screen, "OUT_OF_SCOPE").await;
    assert_eq!(need_state(&house, &chain).await, "VERIFIED");
    // Another proposal may take the need up.
    house
        .act(
            &wang(),
            "raiseProposal",
            &steps::raise(&chain),
            "proposal { id }",
        )
        .await;
    let agenda = house
        .refused(&staff(), "placeOnAgenda", &chain.input())
        .await;
    assert_eq!(agenda, "PROPOSAL_STATE");
}

#[tokio::test]
async fn the_third_second_carries_a_proposal_on_and_a_fourth_comes_too_late() {
    let house = House::open().await;
    let chain = steps::screened(&house).await;
    for (n, expected) in [(0, "SCREENED"), (1, "SCREENED"), (2, "SECONDED")] {
        let done = house
            .act(
                &voter(n),
                "secondProposal",
                &chain.input(),
                "proposal { seconds state }",
            )
            .await;
        assert_eq!(done["proposal"]["state"], expected);
        assert_eq!(
            u128::from(done["proposal"]["seconds"].as_u64().unwrap()),
            n + 1
        );
    }
    let late = house
        .refused(&voter(3), "secondProposal", &chain.input())
        .await;
    assert_eq!(late, "PROPOSAL_STATE");
}

#[tokio::test]
async fn everybody_seconds_once() {
    let house = House::open().await;
    let chain = steps::screened(&house).await;
    let mut input = chain.input();
    input["idempotencyKey"] = json!("one-second");
    house
        .act(&voter(0), "secondProposal", &input, "__typename")
        .await;
    // The same call again is the same second; another call is refused.
    house
        .act(&voter(0), "secondProposal", &input, "__typename")
        .await;
    let again = house
        .refused(&voter(0), "secondProposal", &chain.input())
        .await;
    assert_eq!(again, "PROPOSAL_SECONDED_ALREADY");
    assert_eq!(look(&house, &chain, "seconds").await["seconds"], 1);
}

#[tokio::test]
async fn only_verified_living_adults_of_the_community_second() {
    let house = House::open().await;
    let chain = steps::screened(&house).await;
    for (who, expected) in [
        (person(MINOR), "RESIDENT_TOO_YOUNG"),
        (person(UNVERIFIED), "RESIDENT_NOT_VERIFIED"),
        (person(DEAD), "RESIDENT_NOT_LIVING_HERE"),
        (person(MOVED), "RESIDENT_NOT_LIVING_HERE"),
        // The token says here, the register says elsewhere.
        (
            person(crate::peers::STRANGER),
            "RESIDENT_OF_OTHER_COMMUNITY",
        ),
        (stranger(), "FORBIDDEN"),
        (staff(), "FORBIDDEN"),
        (nobody(), "UNAUTHENTICATED"),
    ] {
        let refused = house.refused(&who, "secondProposal", &chain.input()).await;
        assert_eq!(refused, expected, "{}", who.actor.subject);
    }
    assert_eq!(look(&house, &chain, "seconds").await["seconds"], 0);
}

#[tokio::test]
async fn seconds_given_at_once_are_all_counted_or_refused() {
    let house = House::open().await;
    let chain = steps::screened(&house).await;
    let input = chain.input();
    let callers: Vec<_> = (0..8).map(voter).collect();
    let calls = callers
        .iter()
        .map(|caller| house.try_act(caller, "secondProposal", &input, "__typename"));
    let answers = crate::support::join(calls).await;
    let taken = answers.iter().filter(|a| a.get("errors").is_none()).count();
    assert_eq!(taken, 3);
    for refused in answers.iter().filter(|a| a.get("errors").is_some()) {
        assert_eq!(reason(refused), "PROPOSAL_STATE");
    }
    assert_eq!(look(&house, &chain, "seconds").await["seconds"], 3);
}

#[tokio::test]
async fn a_repeated_call_is_answered_while_smartdata_is_down() {
    let house = House::open().await;
    let chain = steps::screened(&house).await;
    let mut input = chain.input();
    input["idempotencyKey"] = json!("one-second");
    let want = "proposal { seconds }";
    let first = house.act(&voter(0), "secondProposal", &input, want).await;
    house.peers.people_down.store(true, Ordering::SeqCst);
    let again = house.act(&voter(0), "secondProposal", &input, want).await;
    assert_eq!(first, again);
    let other = house
        .try_act(&voter(1), "secondProposal", &chain.input(), want)
        .await;
    assert_eq!(other["errors"][0]["extensions"]["code"], "UNAVAILABLE");
}

#[tokio::test]
async fn refuses_steps_out_of_order() {
    let house = House::open().await;
    let chain = steps::raised(&house).await;
    let mut screen = chain.input();
    screen["inScope"] = json!(true);
    let mut object = chain.input();
    object["text"] = json!("不同意");
    let mut resolve = chain.input();
    resolve["upheld"] = json!(false);
    resolve["note"] = json!("查无此事");
    let early = [
        ("secondProposal", voter(0), chain.input(), "PROPOSAL_STATE"),
        ("placeOnAgenda", staff(), chain.input(), "PROPOSAL_STATE"),
        (
            "openBallot",
            staff(),
            steps::ballot(&house, &chain, 5),
            "PROPOSAL_STATE",
        ),
        ("publishDecision", staff(), chain.input(), "PROPOSAL_STATE"),
        ("objectDecision", voter(0), object, "PROPOSAL_STATE"),
        ("resolveObjection", staff(), resolve, "OBJECTION_NOT_OPEN"),
        (
            "projectiseProposal",
            staff(),
            chain.purchase("SERVICE_UNIT"),
            "PROPOSAL_STATE",
        ),
    ];
    for (verb, caller, input, expected) in early {
        assert_eq!(
            house.refused(&caller, verb, &input).await,
            expected,
            "{verb}"
        );
    }
    steps::step(&house, "screenProposal", &screen, "SCREENED").await;
    assert_eq!(
        house.refused(&staff(), "screenProposal", &screen).await,
        "PROPOSAL_STATE"
    );
    assert_eq!(state(&house, &chain).await, "SCREENED");
}

#[tokio::test]
async fn a_decision_is_shown_for_five_working_days() {
    let house = House::open().await;
    let chain = steps::published(&house).await;
    // Adopted on Tuesday 3 March 2026 in China; the fifth working day after is
    // Tuesday the 10th, to its end.
    let until = objection_until(&house, &chain).await;
    let expected: chrono::DateTime<Utc> = "2026-03-10T16:00:00Z".parse().unwrap();
    assert_eq!(until, expected);
    let purchase = chain.purchase("SERVICE_UNIT");
    house.service.clock.set(until - TimeDelta::seconds(1));
    let early = house
        .refused(&staff(), "projectiseProposal", &purchase)
        .await;
    assert_eq!(early, "PUBLICITY_RUNNING");
    house.service.clock.set(until);
    steps::step(&house, "projectiseProposal", &purchase, "PROJECTISED").await;
}

fn object(chain: &steps::Chain) -> Value {
    json!({ "proposalId": chain.proposal, "text": "选址离学校太近" })
}

fn resolve(chain: &steps::Chain, upheld: bool) -> Value {
    json!({ "proposalId": chain.proposal, "upheld": upheld, "note": "已现场核实" })
}

#[tokio::test]
async fn an_open_objection_keeps_a_proposal_from_becoming_a_project() {
    let house = House::open().await;
    let chain = steps::published(&house).await;
    let until = objection_until(&house, &chain).await;
    house.service.clock.set(until - TimeDelta::hours(1));
    let done = house
        .act(
            &voter(0),
            "objectDecision",
            &object(&chain),
            "proposal { state }",
        )
        .await;
    assert_eq!(done["proposal"]["state"], "OBJECTED");
    let second = house
        .refused(&voter(1), "objectDecision", &object(&chain))
        .await;
    assert_eq!(second, "PROPOSAL_STATE");
    house.service.clock.set(until + TimeDelta::days(2));
    let purchase = chain.purchase("SERVICE_UNIT");
    let early = house
        .refused(&staff(), "projectiseProposal", &purchase)
        .await;
    assert_eq!(early, "PROPOSAL_STATE");

    // Dismissed: the hour that was left is left again, for everybody.
    steps::step(
        &house,
        "resolveObjection",
        &resolve(&chain, false),
        "PUBLISHED",
    )
    .await;
    let early = house
        .refused(&staff(), "projectiseProposal", &purchase)
        .await;
    assert_eq!(early, "PUBLICITY_RUNNING");
    house
        .act(&voter(1), "objectDecision", &object(&chain), "__typename")
        .await;
    steps::step(
        &house,
        "resolveObjection",
        &resolve(&chain, false),
        "PUBLISHED",
    )
    .await;
    house.service.clock.advance(TimeDelta::hours(1));
    let late = house
        .refused(&voter(2), "objectDecision", &object(&chain))
        .await;
    assert_eq!(late, "PUBLICITY_ENDED");
    steps::step(&house, "projectiseProposal", &purchase, "PROJECTISED").await;
}

#[tokio::test]
async fn an_upheld_objection_sends_a_proposal_back_to_the_agenda_and_a_new_vote() {
    let house = House::open().await;
    let mut chain = steps::published(&house).await;
    house
        .act(&voter(0), "objectDecision", &object(&chain), "__typename")
        .await;
    steps::step(
        &house,
        "resolveObjection",
        &resolve(&chain, true),
        "MORE_WORK",
    )
    .await;
    let shown = look(&house, &chain, "publishedAt objectionUntil").await;
    assert_eq!(
        shown,
        json!({ "publishedAt": null, "objectionUntil": null })
    );
    steps::step(&house, "placeOnAgenda", &chain.input(), "ON_AGENDA").await;
    let old = chain.ballot.clone();
    chain.ballot = steps::call(&house, &chain, 5).await;
    house.service.clock.advance(TimeDelta::hours(2));
    steps::cast_all(&house, &chain, 1, 3).await;
    house.service.clock.advance(TimeDelta::days(1));
    assert_eq!(steps::close(&house, &chain).await["decision"], "REJECTED");
    assert_eq!(need_state(&house, &chain).await, "VERIFIED");
    let newest = look(&house, &chain, "ballot { id }").await;
    assert_eq!(newest["ballot"]["id"], chain.ballot);
    assert_ne!(newest["ballot"]["id"], old);
}

#[tokio::test]
async fn only_electors_of_the_community_object() {
    let house = House::open().await;
    let chain = steps::published(&house).await;
    for (who, expected) in [
        (person(MINOR), "RESIDENT_TOO_YOUNG"),
        (person(UNVERIFIED), "RESIDENT_NOT_VERIFIED"),
        (stranger(), "FORBIDDEN"),
        (nobody(), "UNAUTHENTICATED"),
    ] {
        assert_eq!(
            house.refused(&who, "objectDecision", &object(&chain)).await,
            expected
        );
    }
    let mut empty = object(&chain);
    empty["text"] = json!("");
    let told = house
        .try_act(&voter(0), "objectDecision", &empty, "__typename")
        .await;
    assert_eq!(told["errors"][0]["extensions"]["field"], "input.text");
}

#[tokio::test]
async fn pages_through_the_proposals_of_a_community_newest_first() {
    let house = House::open().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(steps::raised(&house).await.proposal);
    }
    let list =
        "query($id: ID!, $after: String) { proposals(communityId: $id, first: 2, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }";
    let id = json!(kit::graph::global(house.community.id));
    let first = data(house.run(&nobody(), list, json!({ "id": id })).await)["proposals"].clone();
    assert_eq!(
        first["nodes"],
        json!([{ "id": made[2] }, { "id": made[1] }])
    );
    let after = first["pageInfo"]["endCursor"].clone();
    let next = house
        .run(&nobody(), list, json!({ "id": id, "after": after }))
        .await;
    assert_eq!(data(next)["proposals"]["nodes"], json!([{ "id": made[0] }]));
    let bad = house
        .run(&nobody(), list, json!({ "id": id, "after": "garbage" }))
        .await;
    assert_eq!(reason(&bad), "CURSOR_MALFORMED");
}

#[tokio::test]
async fn shows_the_need_behind_a_proposal_only_to_those_who_may_read_it() {
    let house = House::open().await;
    let chain = steps::raised(&house).await;
    let query = "query($id: ID!) { proposal(id: $id) { title need { description } } }";
    for (who, sees) in [
        (staff(), true),
        (wang(), true),
        (voter(0), false),
        (staff_elsewhere(), false),
    ] {
        let found = house
            .run(&who, query, json!({ "id": chain.proposal }))
            .await;
        let found = data(found)["proposal"].clone();
        assert_eq!(found["title"], "开办助餐点");
        assert_eq!(!found["need"].is_null(), sees, "{}", who.actor.subject);
    }
}

#[tokio::test]
async fn resolves_many_proposals_for_the_gateway_in_their_order() {
    let house = House::open().await;
    let (a, b) = (steps::raised(&house).await, steps::raised(&house).await);
    let missing = json!(kit::graph::global(kernel::keys::ProposalId::from_uuid(
        uuid::Uuid::nil()
    )));
    let representations: Vec<Value> = [&b.proposal, &missing, &a.proposal]
        .iter()
        .map(|id| json!({ "__typename": "Proposal", "id": id }))
        .collect();
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Proposal { id } } }";
    let found = house
        .run(&nobody(), query, json!({ "r": representations }))
        .await;
    assert_eq!(
        data(found)["_entities"],
        json!([{ "id": b.proposal }, null, { "id": a.proposal }])
    );
}
