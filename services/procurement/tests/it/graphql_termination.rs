//! Contracts that end early: both sides heard, accepted work paid, the rest released.

use serde_json::{Value, json};

use crate::support::{
    House, elder, fund_manager, manager, nobody, officer, officer_elsewhere, uuid_of,
};

const WANT: &str = "termination { id state released agreed contract { state } }";

fn proposal(contract: &Value, ground: &str) -> Value {
    json!({ "contractId": contract, "ground": ground, "reason": "服务地点拆迁", "document": "协商纪要" })
}

async fn money(house: &House, fund: &Value) -> Value {
    let query = "query($f: ID!) { fund(id: $f) { available reserved committed paid } }";
    house.ask(&nobody(), query, json!({ "f": fund })).await["fund"].clone()
}

#[tokio::test]
async fn an_agreement_ends_the_contract_and_releases_what_is_left() {
    let house = House::open().await;
    let (contract, milestones, fund) = house.signed().await;
    let asked = proposal(&contract, "MUTUAL");
    let made = house
        .act(&manager(0), "proposeTermination", &asked, WANT)
        .await["termination"]
        .clone();
    assert_eq!(made["state"], "PROPOSED");
    let twice = house
        .refused_at(&officer(), "proposeTermination", &asked)
        .await;
    assert_eq!(
        twice,
        ("TERMINATION_EXISTS".into(), "input.contractId".into())
    );
    let yes = json!({ "terminationId": made["id"], "agrees": true, "statement": "同意" });
    let own = house.refused(&manager(0), "answerTermination", &yes).await;
    assert_eq!(own, "TERMINATION_OWN_SIDE");
    let stranger = house.refused(&manager(1), "answerTermination", &yes).await;
    assert_eq!(stranger, "FORBIDDEN");
    let elsewhere = house
        .refused(&officer_elsewhere(), "answerTermination", &yes)
        .await;
    assert_eq!(elsewhere, "FORBIDDEN");
    let after = house.act(&officer(), "answerTermination", &yes, WANT).await["termination"].clone();
    assert_eq!(
        (
            &after["state"],
            &after["released"],
            &after["contract"]["state"]
        ),
        (&json!("EFFECTIVE"), &json!(400_000), &json!("TERMINATED"))
    );
    assert_eq!(
        money(&house, &fund).await,
        json!({ "available": 1_000_000, "reserved": 0, "committed": 0, "paid": 0 })
    );
    let query = "query($id: ID!) { contract(id: $id) { milestones { state }
        terminations { reason } tender { need { state endedReason } } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": contract })).await["contract"].clone();
    assert_eq!(
        seen["milestones"],
        json!([{ "state": "CANCELLED" }, { "state": "CANCELLED" }])
    );
    assert_eq!(seen["terminations"], json!([{ "reason": "服务地点拆迁" }]));
    assert_eq!(seen["tender"]["need"]["state"], "TERMINATED");
    house.deliver(100, 3);
    let submit = json!({ "milestoneId": milestones[0] });
    assert_eq!(
        house.refused(&manager(0), "submitMilestone", &submit).await,
        "MILESTONE_STATE"
    );
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'procurement.contract.terminated'";
    assert_eq!(house.count(told).await, 1);
}

#[tokio::test]
async fn a_refusal_leaves_the_contract_as_it_is_and_only_the_proposer_takes_back() {
    let house = House::open().await;
    let (contract, _, fund) = house.signed().await;
    let mut asked = proposal(&contract, "BREACH");
    assert_eq!(
        house
            .refused_at(&manager(0), "proposeTermination", &asked)
            .await,
        ("TERMINATION_OF_BUYER".into(), "input.ground".into())
    );
    asked["ground"] = json!("UNLAWFUL");
    assert_eq!(
        house
            .refused_at(&officer(), "proposeTermination", &asked)
            .await,
        ("AWARD_NOT_FOUND_UNLAWFUL".into(), "input.ground".into())
    );
    asked["ground"] = json!("MUTUAL");
    let made = house
        .act(&officer(), "proposeTermination", &asked, WANT)
        .await["termination"]["id"]
        .clone();
    // Between the two sides until it takes effect.
    let query = "query($id: ID!) { contract(id: $id) { terminations { state } } }";
    let house = &house;
    let seen = async |who: kit::auth::Caller| {
        house.ask(&who, query, json!({ "id": contract })).await["contract"]["terminations"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((seen(nobody()).await, seen(manager(0)).await), (0, 1));
    let id = json!({ "terminationId": made });
    let other = house.refused(&manager(0), "withdrawTermination", &id).await;
    assert_eq!(other, "TERMINATION_OTHER_SIDE");
    let early = house.refused(&officer(), "executeTermination", &id).await;
    assert_eq!(early, "TERMINATION_NOT_AGREED");
    let no = json!({ "terminationId": made, "agrees": false });
    let after = house.act(&manager(0), "answerTermination", &no, WANT).await["termination"].clone();
    assert_eq!(
        (&after["state"], &after["contract"]["state"]),
        (&json!("REFUSED"), &json!("PERFORMING"))
    );
    let late = house.refused(&officer(), "withdrawTermination", &id).await;
    assert_eq!(late, "TERMINATION_STATE");
    assert_eq!(money(house, &fund).await["committed"], 400_000);
    // Another may be proposed, and taken back.
    let made = house
        .act(&officer(), "proposeTermination", &asked, WANT)
        .await["termination"]["id"]
        .clone();
    let id = json!({ "terminationId": made });
    let back = house
        .act(&officer(), "withdrawTermination", &id, WANT)
        .await;
    assert_eq!(back["termination"]["state"], "WITHDRAWN");
}

#[tokio::test]
async fn a_breach_waits_for_the_hearing_and_accepted_work_is_paid_first() {
    let house = House::open().await;
    let (contract, milestones, fund) = house.submitted().await;
    let signature = json!({ "milestoneId": milestones[0], "satisfied": true });
    for n in 0..2 {
        house
            .act(&elder(n), "signAcceptance", &signature, "milestone { id }")
            .await;
    }
    let milestone = json!({ "milestoneId": milestones[0] });
    house
        .act(
            &officer(),
            "acceptMilestone",
            &milestone,
            "milestone { id }",
        )
        .await;
    let made = house
        .act(
            &officer(),
            "proposeTermination",
            &proposal(&contract, "BREACH"),
            WANT,
        )
        .await["termination"]["id"]
        .clone();
    let id = json!({ "terminationId": made });
    let early = house.refused(&officer(), "executeTermination", &id).await;
    assert_eq!(early, "OTHER_SIDE_NOT_HEARD");
    house.wait_days(8);
    let unpaid = house.refused(&officer(), "executeTermination", &id).await;
    assert_eq!(unpaid, "MILESTONE_UNPAID");
    house
        .act(
            &fund_manager(),
            "payMilestone",
            &milestone,
            "payment { id }",
        )
        .await;
    let after = house.act(&officer(), "executeTermination", &id, WANT).await["termination"].clone();
    assert_eq!(
        (&after["released"], &after["contract"]["state"]),
        (&json!(240_000), &json!("TERMINATED"))
    );
    assert_eq!(
        money(&house, &fund).await,
        json!({ "available": 840_000, "reserved": 0, "committed": 0, "paid": 160_000 })
    );
    let again = house.refused(&officer(), "executeTermination", &id).await;
    assert_eq!(again, "TERMINATION_STATE");
    assert_eq!(
        house
            .refused(
                &officer(),
                "proposeTermination",
                &proposal(&contract, "MUTUAL")
            )
            .await,
        "CONTRACT_STATE"
    );
}

#[tokio::test]
async fn the_database_ends_no_contract_by_hand() {
    let house = House::open().await;
    let (contract, _, fund) = house.signed().await;
    let (contract, fund) = (uuid_of(&contract), uuid_of(&fund));
    for (sql, reason) in [
        (
            "UPDATE contracts SET state = 'TERMINATED'".to_owned(),
            "TERMINATION_MISSING",
        ),
        (
            "UPDATE milestones SET state = 'CANCELLED'".to_owned(),
            "TERMINATION_MISSING",
        ),
        (
            format!(
                "INSERT INTO fund_entries (id, fund_id, kind, amount_fen, reference, actor, at)
                 VALUES ('{contract}', '{fund}', 'UNCOMMIT', 1, '{contract}', 'x', now());
                 INSERT INTO fund_postings (entry_id, fund_id, account, amount_fen)
                 VALUES ('{contract}', '{fund}', 'COMMITTED', -1), ('{contract}', '{fund}', 'AVAILABLE', 1)"
            ),
            "RELEASE_WITHOUT_TERMINATION",
        ),
    ] {
        assert_eq!(house.refused_sql(&sql).await, reason, "{sql}");
    }
    let propose = |ground: &str, side: &str, state: &str| {
        format!(
            "INSERT INTO contract_terminations (id, contract_id, ground, reason, proposed_side, proposed_by,
                 proposed_at, answer_by, state, updated_at)
             VALUES ('{contract}', '{contract}', '{ground}', 'x', '{side}', 'x', now(), now() + interval '1 day',
                 '{state}', now())"
        )
    };
    for (ground, side, state, reason) in [
        ("BREACH", "CONTRACTOR", "PROPOSED", "TERMINATION_OF_BUYER"),
        ("MUTUAL", "BUYER", "EFFECTIVE", "TERMINATION_STATE"),
        ("UNLAWFUL", "BUYER", "PROPOSED", "AWARD_NOT_FOUND_UNLAWFUL"),
    ] {
        let sql = propose(ground, side, state);
        assert_eq!(house.refused_sql(&sql).await, reason, "{sql}");
    }
    let unheard = format!(
        "{}; UPDATE contract_terminations SET state = 'EFFECTIVE', ended_at = now(), released_fen = 0",
        propose("BREACH", "BUYER", "PROPOSED")
    );
    assert_eq!(house.refused_sql(&unheard).await, "OTHER_SIDE_NOT_HEARD");
    house.sql(&propose("MUTUAL", "BUYER", "PROPOSED")).await;
    let end = "UPDATE contract_terminations SET state = 'EFFECTIVE', released_fen = 0,
        ended_at = now() + interval '2 days'";
    assert_eq!(house.refused_sql(end).await, "TERMINATION_NOT_AGREED");
    let unheard = "UPDATE contract_terminations SET state = 'EFFECTIVE', released_fen = 0,
        ended_at = now(), ground = 'BREACH'";
    assert_eq!(house.refused_sql(unheard).await, "TERMINATION_FIXED");
    let other = "UPDATE contract_terminations SET reason = 'y'";
    assert_eq!(house.refused_sql(other).await, "TERMINATION_FIXED");
    let agreed = format!("{end}, agreed = true, answered_by = 'y', answered_at = now()");
    house.sql(&agreed).await;
    let left = "UPDATE contracts SET state = 'TERMINATED'";
    assert_eq!(house.refused_sql(left).await, "MILESTONE_UNPAID");
    let unreleased = format!("UPDATE milestones SET state = 'CANCELLED'; {left}");
    assert_eq!(house.refused_sql(&unreleased).await, "BUDGET_NOT_RELEASED");
}

#[tokio::test]
async fn contracts_are_listed_and_the_overdue_ones_found() {
    let house = House::open().await;
    let (contract, _, _) = house.signed().await;
    let query = "query($o: Boolean!) { contracts(first: 5, overdue: $o) { nodes { id } } }";
    let house = &house;
    let seen = async |overdue: bool| {
        house.ask(&nobody(), query, json!({ "o": overdue })).await["contracts"]["nodes"].clone()
    };
    assert_eq!(seen(false).await, json!([{ "id": contract }]));
    assert_eq!(seen(true).await, json!([]));
    house.wait_days(366);
    assert_eq!(seen(true).await, json!([{ "id": contract }]));
}
