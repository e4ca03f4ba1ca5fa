//! Projects through the real schema, with procurement as a peer over gRPC.

use serde_json::{Value, json};
use testkit::service::reason;

use crate::{
    steps::{self, look, state},
    support::{House, raw, staff},
};

#[tokio::test]
async fn an_adopted_proposal_becomes_a_need_to_be_bought() {
    let house = House::open().await;
    let chain = steps::unopposed(&house).await;
    let want = "proposal { state route procurementNeed { id } }";
    let done = house
        .act(
            &staff(),
            "projectiseProposal",
            &chain.purchase("SERVICE_UNIT"),
            want,
        )
        .await["proposal"]
        .clone();
    assert_eq!(done["state"], "PROJECTISED");
    assert_eq!(done["route"], "PROCUREMENT");
    assert_eq!(
        raw(&done["procurementNeed"]["id"]),
        uuid::Uuid::from_u128(0xbeef)
    );
    let [asked] = &house.peers.purchases()[..] else {
        panic!("procurement was not asked once");
    };
    assert_eq!(asked.trace_id, raw(&chain.trace).to_string());
    assert_eq!(asked.proposal_id, raw(&chain.proposal).to_string());
    assert_eq!(asked.community_id, house.community.id.to_string());
    assert_eq!(
        asked.division_code,
        house.community.division_code.to_string()
    );
    assert_eq!(asked.title, "老人助餐服务");
    let line = &asked.lines[0];
    assert_eq!((line.quantity, line.unit_ceiling_fen), (100, 1500));
    assert_eq!(
        (line.kind.as_str(), line.unit.as_str()),
        ("SERVICE_UNIT", "次")
    );
}

#[tokio::test]
async fn passes_on_why_procurement_refuses_and_changes_nothing() {
    let house = House::open().await;
    let chain = steps::unopposed(&house).await;
    let before = look(&house, &chain, "state version").await;
    let people = chain.purchase("HEADCOUNT");
    let told = house
        .try_act(&staff(), "projectiseProposal", &people, "__typename")
        .await;
    assert_eq!(reason(&told), "LINE_BUYS_HEADCOUNT");
    assert_eq!(told["errors"][0]["message"], "买事不买人");
    let extensions = &told["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "FAILED_PRECONDITION");
    assert_eq!(extensions["field"], "lines.0.kind");
    assert_eq!(look(&house, &chain, "state version").await, before);
    // And what may be bought still may.
    let service = chain.purchase("SERVICE_UNIT");
    steps::step(&house, "projectiseProposal", &service, "PROJECTISED").await;
}

#[tokio::test]
async fn the_same_call_again_raises_no_second_need() {
    let house = House::open().await;
    let chain = steps::unopposed(&house).await;
    let mut purchase = chain.purchase("SERVICE_UNIT");
    // Two keys that begin alike must not be taken for one.
    purchase["idempotencyKey"] = json!(format!("{}{}", "k".repeat(90), "-first"));
    let want = "proposal { state version procurementNeed { id } }";
    let first = house
        .act(&staff(), "projectiseProposal", &purchase, want)
        .await;
    assert_eq!(
        house
            .act(&staff(), "projectiseProposal", &purchase, want)
            .await,
        first
    );
    assert_eq!(house.peers.purchases().len(), 1);
    purchase["title"] = json!("另一个项目");
    let other = house
        .refused(&staff(), "projectiseProposal", &purchase)
        .await;
    assert_eq!(other, "IDEMPOTENCY_KEY_REUSED");
    purchase["idempotencyKey"] = json!(format!("{}{}", "k".repeat(90), "-other"));
    let other = house
        .refused(&staff(), "projectiseProposal", &purchase)
        .await;
    assert_eq!(other, "PROPOSAL_STATE");
    assert_eq!(house.peers.purchases().len(), 1);
}

#[tokio::test]
async fn a_call_cut_off_after_procurement_answered_finishes_with_the_same_need() {
    let house = House::open().await;
    let chain = steps::unopposed(&house).await;
    let mut purchase = chain.purchase("SERVICE_UNIT");
    purchase["idempotencyKey"] = json!("cut-off-key");
    // This service fails after it asked.
    house
        .sql("ALTER TABLE proposals ADD CONSTRAINT broken CHECK (state <> 'PROJECTISED') NOT VALID")
        .await;
    house
        .refused(&staff(), "projectiseProposal", &purchase)
        .await;
    assert_eq!(state(&house, &chain).await, "PUBLISHED");
    house
        .sql("ALTER TABLE proposals DROP CONSTRAINT broken")
        .await;
    steps::step(&house, "projectiseProposal", &purchase, "PROJECTISED").await;
    assert_eq!(house.peers.purchases().len(), 1);
}

#[tokio::test]
async fn says_so_where_procurement_is_down() {
    let house = House::without_procurement().await;
    let chain = steps::unopposed(&house).await;
    let purchase = chain.purchase("SERVICE_UNIT");
    let told = house
        .try_act(&staff(), "projectiseProposal", &purchase, "__typename")
        .await;
    assert_eq!(reason(&told), "PEER_UNAVAILABLE");
    assert_eq!(told["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    assert_eq!(state(&house, &chain).await, "PUBLISHED");
    // Residents can do it themselves meanwhile.
    let own = json!({ "proposalId": chain.proposal, "route": "SELF_RUN", "title": "邻里互助送餐" });
    let want = "proposal { state route procurementNeed { id } }";
    let done = house.act(&staff(), "projectiseProposal", &own, want).await["proposal"].clone();
    assert_eq!(done["route"], "SELF_RUN");
    assert_eq!(done["procurementNeed"], Value::Null);
}

#[tokio::test]
async fn refuses_a_purchase_of_nothing_and_malformed_lines_by_field() {
    let house = House::open().await;
    let chain = steps::unopposed(&house).await;
    let good = chain.purchase("SERVICE_UNIT");
    let mut nothing = good.clone();
    nothing["lines"] = json!([]);
    let mut own = good.clone();
    own["route"] = json!("SELF_RUN");
    let mut untitled = good.clone();
    untitled["title"] = json!("");
    let mut negative = good.clone();
    negative["lines"][0]["unitCeiling"] = json!(-1);
    for (bad, field) in [
        (nothing, "input.lines"),
        (own, "input.lines"),
        (untitled, "input.title"),
        (negative, "input.lines.0.unitCeiling"),
    ] {
        let told = house
            .try_act(&staff(), "projectiseProposal", &bad, "__typename")
            .await;
        assert_eq!(told["errors"][0]["extensions"]["field"], field);
        assert_eq!(told["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
    let mut fraction = good;
    fraction["lines"][0]["quantity"] = json!(-3);
    let told = house
        .try_act(&staff(), "projectiseProposal", &fraction, "__typename")
        .await;
    let told = &told["errors"][0]["extensions"];
    assert_eq!(told["reason"], "INPUT_MALFORMED");
    assert_eq!(told["field"], "input.lines.0.quantity");
    assert!(house.peers.purchases().is_empty());
}
