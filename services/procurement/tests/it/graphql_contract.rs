//! Contracts, milestones and payments through the real schema.

use kit::auth::Role;
use serde_json::json;
use testkit::service::caller;

use crate::{
    peers::COMMUNITY_CODE,
    support::{
        House, elder, elder_uuid, expert, fund_manager, manager, nobody, officer, org_uuid,
        resident_id, staff, uuid_of,
    },
};

#[tokio::test]
async fn a_contract_waits_for_the_publicity_and_comes_within_thirty_days() {
    let house = House::open().await;
    let (tender, fund) = house.told().await;
    let input = json!({ "tenderId": tender, "fundId": fund });
    let early = house.refused(&officer(), "signContract", &input).await;
    assert_eq!(early, "CONTRACT_BEFORE_PUBLICITY");
    house.wait_days(32);
    let late = house.refused(&officer(), "signContract", &input).await;
    assert_eq!(late, "CONTRACT_TOO_LATE");
}

#[tokio::test]
async fn a_contract_is_paid_from_the_fund_that_holds_the_budget() {
    let house = House::open().await;
    let (tender, _) = house.told().await;
    house.wait_days(3);
    let other = json!({ "name": "另一项资金", "divisionCode": COMMUNITY_CODE });
    let other = house
        .act(&fund_manager(), "createFund", &other, "fund { id }")
        .await;
    let input = json!({ "tenderId": tender, "fundId": other["fund"]["id"] });
    let refused = house.refused_at(&officer(), "signContract", &input).await;
    assert_eq!(refused, ("FUND_NOT_RESERVED".into(), "input.fundId".into()));
}

#[tokio::test]
async fn signing_commits_the_price_and_gives_the_rest_back() {
    let house = House::open().await;
    let (contract, _, fund) = house.signed().await;
    let query = "query($c: ID!, $f: ID!) { contract(id: $c) { amount quantity unitPrice endsOn
        archivedUntil milestones { amount percent } } fund(id: $f) { available reserved committed } }";
    let seen = house
        .ask(&nobody(), query, json!({ "c": contract, "f": fund }))
        .await;
    assert_eq!(
        seen["contract"],
        json!({
            "amount": 400_000, "quantity": 300, "unitPrice": 1333, "endsOn": "2027-03-25",
            "archivedUntil": "2042-03-25",
            "milestones": [{ "amount": 160_000, "percent": 40 }, { "amount": 240_000, "percent": 60 }],
        })
    );
    assert_eq!(
        seen["fund"],
        json!({ "available": 600_000, "reserved": 0, "committed": 400_000 })
    );
}

#[tokio::test]
async fn a_milestone_needs_the_delivery_that_eldercare_confirms() {
    let house = House::open().await;
    let (_, milestones, _) = house.signed().await;
    house.deliver(99, 3);
    let input = json!({ "milestoneId": milestones[0] });
    let refused = house.refused(&manager(0), "submitMilestone", &input).await;
    assert_eq!(refused, "MILESTONE_NOT_DELIVERED");
    // The units of the second come on top of those of the first.
    house.deliver(200, 3);
    let second = json!({ "milestoneId": milestones[1] });
    let refused = house.refused(&manager(0), "submitMilestone", &second).await;
    assert_eq!(refused, "MILESTONE_NOT_DELIVERED");
    let others = house.refused(&manager(1), "submitMilestone", &input).await;
    assert_eq!(others, "FORBIDDEN");
    let want = "milestone { state deliveredUnits }";
    let after = house
        .act(&manager(0), "submitMilestone", &input, want)
        .await;
    assert_eq!(
        after["milestone"],
        json!({ "state": "SUBMITTED", "deliveredUnits": 200 })
    );
    let again = house.refused(&manager(0), "submitMilestone", &input).await;
    assert_eq!(again, "MILESTONE_STATE");
}

#[tokio::test]
async fn only_those_served_sign_and_each_once() {
    let house = House::open().await;
    let (_, milestones, _) = house.submitted().await;
    let input = json!({ "milestoneId": milestones[0], "satisfied": true, "comment": "很好" });
    let stranger = house.refused(&elder(9), "signAcceptance", &input).await;
    assert_eq!(stranger, "NOT_A_RECIPIENT");
    house
        .act(&elder(0), "signAcceptance", &input, "milestone { id }")
        .await;
    let twice = house
        .try_act(&elder(0), "signAcceptance", &input, "__typename")
        .await;
    let error = &twice["errors"][0];
    assert_eq!(error["extensions"]["reason"], "ACCEPTANCE_ALREADY_SIGNED");
    assert_eq!(error["extensions"]["field"], "input.milestoneId");
    let said = error["message"].as_str().unwrap();
    assert!(said.contains("您已为此节点签字"), "{said}");
    // Nobody signs for a neighbour; staff enter what was signed on paper.
    let mut paper = input.clone();
    paper["residentId"] = resident_id(elder_uuid(1));
    assert_eq!(
        house.refused(&elder(0), "signAcceptance", &paper).await,
        "FORBIDDEN"
    );
    house
        .act(&staff(), "signAcceptance", &paper, "milestone { id }")
        .await;
    assert_eq!(
        house.refused_at(&staff(), "signAcceptance", &paper).await,
        (
            "ACCEPTANCE_ALREADY_SIGNED".into(),
            "input.residentId".into()
        )
    );
    assert_eq!(
        house.refused(&staff(), "signAcceptance", &input).await,
        "SIGNER_MISSING"
    );
    let early = json!({ "milestoneId": milestones[1], "satisfied": true });
    assert_eq!(
        house.refused(&elder(0), "signAcceptance", &early).await,
        "MILESTONE_STATE"
    );

    let query =
        "query($id: ID!) { _entities(representations: [{ __typename: \"Milestone\", id: $id }]) {
        ... on Milestone { signatureCount satisfiedCount signatures { comment onPaper } } } }";
    let (house, first) = (&house, &milestones[0]);
    let count =
        async |caller: kit::auth::Caller| house.ask(&caller, query, json!({ "id": first })).await;
    let public = count(nobody()).await["_entities"][0].clone();
    assert_eq!(
        public,
        json!({ "signatureCount": 2, "satisfiedCount": 2, "signatures": [] })
    );
    assert_eq!(
        count(elder(1)).await["_entities"][0]["signatures"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        count(staff()).await["_entities"][0]["signatures"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn acceptance_needs_satisfied_recipients_and_an_independent_evaluator() {
    let house = House::open().await;
    let (contract, milestones, _) = house.submitted().await;
    let accept = json!({ "milestoneId": milestones[0] });
    for (n, satisfied) in [(0, true), (1, false)] {
        let input = json!({ "milestoneId": milestones[0], "satisfied": satisfied });
        house
            .act(&elder(n), "signAcceptance", &input, "milestone { id }")
            .await;
    }
    let few = house.refused(&officer(), "acceptMilestone", &accept).await;
    assert_eq!(few, "ACCEPTANCE_SIGNATURES_MISSING");
    let input = json!({ "milestoneId": milestones[0], "satisfied": true });
    house
        .act(&elder(2), "signAcceptance", &input, "milestone { id }")
        .await;

    let mut theirs = officer();
    theirs.actor.organization_id = Some(org_uuid(0));
    let refused = house.refused(&theirs, "acceptMilestone", &accept).await;
    assert_eq!(refused, "EVALUATOR_OF_CONTRACTOR");
    let query =
        "query($c: ID!) { contract(id: $c) { tender { panel { members { expert { id } } } } } }";
    let seen = house.ask(&nobody(), query, json!({ "c": contract })).await;
    let seat = &seen["contract"]["tender"]["panel"]["members"][0]["expert"]["id"];
    let mut reviewer = officer();
    reviewer.actor.expert_id = expert(uuid_of(seat)).actor.expert_id;
    let refused = house.refused(&reviewer, "acceptMilestone", &accept).await;
    assert_eq!(refused, "EVALUATOR_WAS_REVIEWER");
    let after = house
        .act(
            &officer(),
            "acceptMilestone",
            &accept,
            "milestone { state }",
        )
        .await;
    assert_eq!(after["milestone"]["state"], "ACCEPTED");
}

#[tokio::test]
async fn money_leaves_for_accepted_milestones_only_and_once() {
    let house = House::open().await;
    let (_, milestones, fund) = house.submitted().await;
    let pay = json!({ "idempotencyKey": "pay-key-0001", "milestoneId": milestones[0] });
    let early = house.refused(&fund_manager(), "payMilestone", &pay).await;
    assert_eq!(early, "MILESTONE_NOT_ACCEPTED");
    for n in 0..2 {
        let input = json!({ "milestoneId": milestones[0], "satisfied": true });
        house
            .act(&elder(n), "signAcceptance", &input, "milestone { id }")
            .await;
    }
    let accept = json!({ "milestoneId": milestones[0] });
    house
        .act(&officer(), "acceptMilestone", &accept, "milestone { id }")
        .await;
    let other = caller(Role::FundManager, "230102000000");
    assert_eq!(
        house.refused(&other, "payMilestone", &pay).await,
        "FORBIDDEN"
    );
    let first = house
        .act(
            &fund_manager(),
            "payMilestone",
            &pay,
            "payment { id amount }",
        )
        .await;
    // The same key is answered the same; another key is told that it is done.
    let again = house
        .act(
            &fund_manager(),
            "payMilestone",
            &pay,
            "payment { id amount }",
        )
        .await;
    assert_eq!(first, again);
    let twice = json!({ "milestoneId": milestones[0] });
    let refused = house.refused(&fund_manager(), "payMilestone", &twice).await;
    assert_eq!(refused, "MILESTONE_ALREADY_PAID");
    let query = "query($f: ID!) { fund(id: $f) { committed paid } }";
    let seen = house.ask(&nobody(), query, json!({ "f": fund })).await;
    assert_eq!(
        seen["fund"],
        json!({ "committed": 240_000, "paid": 160_000 })
    );
}

#[tokio::test]
async fn a_payment_takes_the_need_before_the_fund() {
    let house = House::open().await;
    let (_, milestones, _) = house.submitted().await;
    let milestone = json!({ "milestoneId": milestones[0] });
    for n in 0..2 {
        let input = json!({ "milestoneId": milestones[0], "satisfied": true });
        house
            .act(&elder(n), "signAcceptance", &input, "milestone { id }")
            .await;
    }
    house
        .act(
            &officer(),
            "acceptMilestone",
            &milestone,
            "milestone { id }",
        )
        .await;
    // Somebody holds budget for the need: they have the need, and want the fund.
    let mut other = house.service.db.owner.begin().await.unwrap();
    let hold = "SELECT 1 FROM procurement_needs FOR UPDATE";
    sqlx::query(hold).execute(&mut *other).await.unwrap();
    let manager = fund_manager();
    let paying = house.act(&manager, "payMilestone", &milestone, "payment { id }");
    let holding = async {
        let waiting = "SELECT count(*) FROM pg_locks l
            WHERE NOT l.granted AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))";
        let mut waits = 0_i64;
        for _ in 0..10_000 {
            waits = sqlx::query_scalar(waiting)
                .fetch_one(&mut *other)
                .await
                .unwrap();
            if waits > 0 {
                break;
            }
        }
        assert!(waits > 0, "the payment does not wait for the need");
        let want = "SELECT 1 FROM funds FOR UPDATE NOWAIT";
        sqlx::query(want).execute(&mut *other).await.unwrap();
        other.commit().await.unwrap();
    };
    tokio::join!(paying, holding);
}

#[tokio::test]
async fn the_chain_is_found_by_its_trace() {
    let house = House::open().await;
    let (contract, milestones, fund) = house.submitted().await;
    let trace = kernel::keys::TraceId::from_uuid(crate::peers::TRACE);
    let query =
        "query($t: ID!) { _entities(representations: [{ __typename: \"Linkage\", traceId: $t }]) {
        ... on Linkage { traceId procurementNeed { state } tender { state } award { amount }
            contract { id } milestones { id } payments { id } fund { id } } } }";
    let seen = house
        .ask(&nobody(), query, json!({ "t": trace.to_global() }))
        .await["_entities"][0]
        .clone();
    assert_eq!(seen["procurementNeed"]["state"], "CONTRACTED");
    assert_eq!(seen["tender"]["state"], "CONTRACTED");
    assert_eq!(seen["award"]["amount"], 400_000);
    assert_eq!(
        (&seen["contract"]["id"], &seen["fund"]["id"]),
        (&contract, &fund)
    );
    assert_eq!(seen["milestones"][1]["id"], milestones[1]);
    assert_eq!(seen["payments"], json!([]));
    let unknown = kernel::keys::TraceId::from_uuid(uuid::Uuid::nil()).to_global();
    let seen = house.ask(&nobody(), query, json!({ "t": unknown })).await["_entities"][0].clone();
    assert_eq!(
        (&seen["tender"], &seen["fund"]),
        (&json!(null), &json!(null))
    );
}
