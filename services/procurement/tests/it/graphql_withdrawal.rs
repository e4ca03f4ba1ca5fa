//! The way out: needs withdrawn, tenders abandoned after the award; the money goes
//! back through the ledger, or not at all.

use serde_json::{Value, json};

use crate::{
    steps::{BUDGET, need_input, tender_input},
    support::{House, fund_manager, nobody, officer, staff, uuid_of},
};

const FUND: &str = "query($f: ID!) { fund(id: $f) { available reserved committed paid } }";

async fn money(house: &House, fund: &Value) -> Value {
    house.ask(&nobody(), FUND, json!({ "f": fund })).await["fund"].clone()
}

#[tokio::test]
async fn a_need_is_withdrawn_and_its_budget_goes_back_at_once() {
    let house = House::open().await;
    let (need, fund) = house.reserved().await;
    assert_eq!(money(&house, &fund).await["reserved"], BUDGET);
    let input = json!({ "needId": need, "reason": "居民已自行解决" });
    let silent = json!({ "needId": need, "reason": " " });
    assert_eq!(
        house.refused_at(&officer(), "withdrawNeed", &silent).await,
        ("TEXT_LENGTH".into(), "input.reason".into())
    );
    let want = "need { state endedReason endedAt }";
    let after = house.act(&officer(), "withdrawNeed", &input, want).await["need"].clone();
    assert_eq!(
        (&after["state"], &after["endedReason"]),
        (&json!("WITHDRAWN"), &json!("居民已自行解决"))
    );
    assert_eq!(
        money(&house, &fund).await,
        json!({ "available": 1_000_000, "reserved": 0, "committed": 0, "paid": 0 })
    );
    let again = house.refused(&officer(), "withdrawNeed", &input).await;
    assert_eq!(again, "PROCUREMENT_NEED_STATE");
    let late = json!({ "needId": need, "fundId": fund, "amount": 1 });
    let refused = house.refused(&fund_manager(), "reserveBudget", &late).await;
    assert_eq!(refused, "BUDGET_ALREADY_RESERVED");
    // Its proposal may be carried out by another need.
    let asked = need_input("SERVICE_UNIT");
    let other = house
        .act(&staff(), "raiseNeed", &asked, "need { id }")
        .await["need"]["id"]
        .clone();
    assert_ne!(other, need);
    let twice = house.refused(&staff(), "raiseNeed", &asked).await;
    assert!(twice == "NEED_OF_TRACE_EXISTS" || twice == "NEED_OF_PROPOSAL_EXISTS");
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'procurement.need.withdrawn'";
    assert_eq!(house.count(told).await, 1);
}

#[tokio::test]
async fn a_need_under_tender_is_not_withdrawn_until_it_is_abandoned() {
    let house = House::open().await;
    let (tender, fund) = house.draft().await;
    let query = "query($id: ID!) { tender(id: $id) { need { id } } }";
    let need =
        house.ask(&officer(), query, json!({ "id": tender })).await["tender"]["need"]["id"].clone();
    let input = json!({ "needId": need, "reason": "不再需要" });
    assert_eq!(
        house.refused_at(&officer(), "withdrawNeed", &input).await,
        ("NEED_UNDER_TENDER".into(), "input.needId".into())
    );
    let why = json!({ "tenderId": tender, "reason": "需求取消", "ground": "CANCELLED" });
    let want = "tender { state abandonedGround }";
    let after = house.act(&officer(), "abandonTender", &why, want).await["tender"].clone();
    assert_eq!(after["abandonedGround"], "CANCELLED");
    house
        .act(&officer(), "withdrawNeed", &input, "need { state }")
        .await;
    assert_eq!(money(&house, &fund).await["available"], 1_000_000);
}

#[tokio::test]
async fn the_database_lets_no_need_go_without_its_money_and_no_money_without_its_need() {
    let house = House::open().await;
    let (need, fund) = house.reserved().await;
    let (need, fund) = (uuid_of(&need), uuid_of(&fund));
    let withdraw = format!(
        "UPDATE procurement_needs SET state = 'WITHDRAWN', ended_reason = 'x', ended_at = now() WHERE id = '{need}'"
    );
    assert_eq!(house.refused_sql(&withdraw).await, "BUDGET_NOT_RELEASED");
    let silent = "UPDATE procurement_needs SET state = 'WITHDRAWN'";
    assert_ne!(house.refused_sql(silent).await, "INTERNAL");
    let entry = uuid::Uuid::from_u128(9);
    let release = format!(
        "INSERT INTO fund_entries (id, fund_id, kind, amount_fen, reference, actor, at)
         VALUES ('{entry}', '{fund}', 'RELEASE', {BUDGET}, '{need}', 'x', now());
         INSERT INTO fund_postings (entry_id, fund_id, account, amount_fen)
         VALUES ('{entry}', '{fund}', 'RESERVED', -{BUDGET}), ('{entry}', '{fund}', 'AVAILABLE', {BUDGET})"
    );
    assert_eq!(
        house.refused_sql(&release).await,
        "RELEASE_WITHOUT_WITHDRAWAL"
    );
    house
        .sql(&format!("BEGIN; {release}; {withdraw}; COMMIT"))
        .await;
    let twice = release.replace(&entry.to_string(), &uuid::Uuid::from_u128(10).to_string());
    assert_eq!(house.refused_sql(&twice).await, "FUND_RELEASE_ONCE");
}

#[tokio::test]
async fn after_the_award_a_tender_is_abandoned_only_on_a_ground_of_the_law() {
    let house = House::open().await;
    let (tender, fund) = house.told().await;
    let plain = json!({ "tenderId": tender, "reason": "不想买了" });
    let mut weak = plain.clone();
    weak["ground"] = json!("CANCELLED");
    for input in [&plain, &weak] {
        assert_eq!(
            house.refused_at(&officer(), "abandonTender", input).await,
            ("ABANDON_GROUND_MISSING".into(), "input.ground".into())
        );
    }
    let by_hand = "UPDATE tenders SET state = 'ABANDONED', abandoned_reason = 'x'";
    assert_eq!(house.refused_sql(by_hand).await, "ABANDON_GROUND_MISSING");
    // The time for signing has run out: there is a way on.
    house.wait_days(40);
    let sign = json!({ "tenderId": tender, "fundId": fund });
    assert_eq!(
        house.refused(&officer(), "signContract", &sign).await,
        "CONTRACT_TOO_LATE"
    );
    let declined =
        json!({ "tenderId": tender, "reason": "中标人拒绝签约", "ground": "WINNER_DECLINED" });
    let want = "tender { state need { id state budget } }";
    let after = house
        .act(&officer(), "abandonTender", &declined, want)
        .await["tender"]
        .clone();
    assert_eq!(after["need"]["state"], "RESERVED");
    let again = tender_input(&after["need"]["id"]);
    house
        .act(&officer(), "createTender", &again, "tender { id }")
        .await;
}

#[tokio::test]
async fn needs_are_listed_by_where_they_stand() {
    let house = House::open().await;
    let (need, _) = house.reserved().await;
    let query = "query($s: ProcurementNeedState) {
        procurementNeeds(first: 5, state: $s, divisionCode: \"230103000000\") { nodes { id state } } }";
    let seen = async |state: &str| {
        house.ask(&nobody(), query, json!({ "s": state })).await["procurementNeeds"]["nodes"]
            .clone()
    };
    assert_eq!(
        seen("RESERVED").await,
        json!([{ "id": need, "state": "RESERVED" }])
    );
    assert_eq!(seen("RAISED").await, json!([]));
}
