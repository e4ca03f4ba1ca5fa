//! Procurement needs through the real schema.

use kernel::keys::ProposalId;
use kit::graph::global;
use serde_json::json;

use crate::{
    peers::{ELSEWHERE, UNDECIDED},
    steps::{line, need_input},
    support::{House, fund_manager, nobody, staff},
};

#[tokio::test]
async fn an_adopted_proposal_becomes_a_need_that_anybody_may_read() {
    let house = House::open().await;
    let need = house.need().await;
    let query = "query($id: ID!) { procurementNeed(id: $id) { state ceiling consultation { method }
        proposal { id } community { id } lines { unit quantity } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": need })).await["procurementNeed"].clone();
    assert_eq!(seen["state"], "RAISED");
    assert_eq!(seen["ceiling"], 450_000);
    assert_eq!(seen["consultation"]["method"], "BALLOT");
    assert_eq!(
        seen["proposal"]["id"],
        need_input("SERVICE_UNIT")["proposalId"]
    );
}

#[tokio::test]
async fn lines_that_buy_people_goods_works_or_money_are_refused_by_line() {
    let house = House::open().await;
    for kind in [
        "HEADCOUNT",
        "LABOUR_DISPATCH",
        "POST",
        "GOODS",
        "WORKS",
        "FINANCING",
    ] {
        let mut input = need_input("SERVICE_UNIT");
        input["lines"] = json!([line("SERVICE_UNIT"), line(kind)]);
        let refused = house.refused_at(&staff(), "raiseNeed", &input).await;
        assert_eq!(
            refused,
            (format!("LINE_BUYS_{kind}"), "input.lines.1.kind".into())
        );
    }
    assert_eq!(
        house.count("SELECT count(*) FROM procurement_needs").await,
        0
    );
}

#[tokio::test]
async fn a_service_unit_that_counts_heads_is_seen_through() {
    let house = House::open().await;
    for (name, value, reason) in [
        ("unit", "人月", "LINE_BUYS_HEADCOUNT"),
        ("unit", "岗位", "LINE_BUYS_POST"),
        ("description", "聘用三名护理员", "LINE_BUYS_HEADCOUNT"),
        (
            "description",
            "以劳务派遣方式上门",
            "LINE_BUYS_LABOUR_DISPATCH",
        ),
    ] {
        let mut input = need_input("SERVICE_UNIT");
        input["lines"][0][name] = json!(value);
        let refused = house.refused_at(&staff(), "raiseNeed", &input).await;
        assert_eq!(
            refused,
            (reason.to_owned(), format!("input.lines.0.{name}")),
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_need_comes_from_an_adopted_proposal_or_another_consultation() {
    let house = House::open().await;
    let mut input = need_input("SERVICE_UNIT");
    input["proposalId"] = json!(global(ProposalId::from_uuid(UNDECIDED)));
    assert_eq!(
        house.refused(&staff(), "raiseNeed", &input).await,
        "PROPOSAL_NOT_ADOPTED"
    );
    input["proposalId"] = json!(null);
    assert_eq!(
        house.refused(&staff(), "raiseNeed", &input).await,
        "CONSULTATION_MISSING"
    );
    input["consultation"] = json!({ "method": "BALLOT", "participants": 3, "summary": "同意" });
    let refused = house.refused(&staff(), "raiseNeed", &input).await;
    assert_eq!(refused, "CONSULTATION_BALLOT_WITHOUT_PROPOSAL");
    input["consultation"] = json!({ "method": "MEETING", "participants": 30, "summary": "同意" });
    house
        .act(&staff(), "raiseNeed", &input, "need { id }")
        .await;
}

#[tokio::test]
async fn one_proposal_is_bought_once_and_one_key_answers_once() {
    let house = House::open().await;
    let mut input = need_input("SERVICE_UNIT");
    input["idempotencyKey"] = json!("need-key-0001");
    let first = house
        .act(&staff(), "raiseNeed", &input, "need { id }")
        .await;
    assert_eq!(
        house
            .act(&staff(), "raiseNeed", &input, "need { id }")
            .await,
        first
    );
    input["title"] = json!("另一个名称");
    let reused = house.refused(&staff(), "raiseNeed", &input).await;
    assert_eq!(reused, "IDEMPOTENCY_KEY_REUSED");
    let twice = house
        .refused(&staff(), "raiseNeed", &need_input("SERVICE_UNIT"))
        .await;
    assert!(
        ["NEED_OF_TRACE_EXISTS", "NEED_OF_PROPOSAL_EXISTS"].contains(&twice.as_str()),
        "{twice}"
    );
}

#[tokio::test]
async fn refuses_a_community_that_lies_elsewhere() {
    let house = House::open().await;
    let mut input = need_input("SERVICE_UNIT");
    input["divisionCode"] = json!(ELSEWHERE);
    assert_eq!(
        house.refused(&staff(), "raiseNeed", &input).await,
        "FORBIDDEN"
    );
    let mut there = staff();
    there.actor.division = Some(kernel::DivisionCode::try_new("230102000000").unwrap());
    assert_eq!(
        house.refused(&there, "raiseNeed", &input).await,
        "COMMUNITY_ELSEWHERE"
    );
}

#[tokio::test]
async fn a_budget_is_held_once_and_only_out_of_what_is_there() {
    let house = House::open().await;
    let (need, fund) = (house.need().await, house.fund(1000).await);
    let mut input = json!({ "needId": need, "fundId": fund, "amount": 1001 });
    let refused = house
        .refused(&fund_manager(), "reserveBudget", &input)
        .await;
    assert_eq!(refused, "FUND_INSUFFICIENT");
    input["amount"] = json!(900);
    let want = "need { state budget fund { available reserved } }";
    let held = house
        .act(&fund_manager(), "reserveBudget", &input, want)
        .await["need"]
        .clone();
    assert_eq!(
        held,
        json!({ "state": "RESERVED", "budget": 900, "fund": { "available": 100, "reserved": 900 } })
    );
    let again = house
        .refused(&fund_manager(), "reserveBudget", &input)
        .await;
    assert_eq!(again, "BUDGET_ALREADY_RESERVED");
}

#[tokio::test]
async fn a_fund_of_another_division_holds_nothing_here() {
    let house = House::open().await;
    let need = house.need().await;
    let mut there = fund_manager();
    there.actor.division = Some(kernel::DivisionCode::try_new(ELSEWHERE).unwrap());
    let input = json!({ "name": "他区资金", "divisionCode": ELSEWHERE });
    let fund = house.act(&there, "createFund", &input, "fund { id }").await["fund"]["id"].clone();
    let input = json!({ "needId": need, "fundId": fund, "amount": 1 });
    let refused = house
        .refused(&fund_manager(), "reserveBudget", &input)
        .await;
    assert_eq!(refused, "FUND_OF_OTHER_DIVISION");
}
