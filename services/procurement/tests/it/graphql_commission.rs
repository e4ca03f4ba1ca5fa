//! Specific commissions: one supplier, on show first, signed when nobody objects.

use kernel::keys::SocialWorkerId;
use kit::graph::global;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    peers::{EXPIRED, WORKER},
    steps::BUDGET,
    support::{
        House, elder, fund_manager, manager, nobody, officer, org_id, org_uuid, staff, uuid_of,
    },
};

fn worker(id: Uuid) -> Value {
    json!(global(SocialWorkerId::from_uuid(id)))
}

pub fn commission(need: &Value) -> Value {
    json!({
        "needId": need, "organizationId": org_id(0), "title": "花园社区助餐委托",
        "ground": "UNIQUE_SUPPLIER", "reasons": "辖区内仅此一家具备中央厨房",
        "amount": 400_000,
        "milestones": [
            { "title": "第一期", "units": 100, "percent": 40 },
            { "title": "第二期", "units": 200, "percent": 60 },
        ],
    })
}

impl House {
    /// A commission on show: its id, need and fund.
    pub async fn commissioned(&self) -> (Value, Value, Value) {
        let (need, fund) = self.reserved().await;
        let made = self
            .act(
                &officer(),
                "publishCommission",
                &commission(&need),
                "commission { id }",
            )
            .await;
        (made["commission"]["id"].clone(), need, fund)
    }
}

#[tokio::test]
async fn a_commission_is_signed_after_its_publicity_at_what_was_on_show() {
    let house = House::open().await;
    let (id, _, fund) = house.commissioned().await;
    let input = json!({ "commissionId": id });
    assert_eq!(
        house.refused(&officer(), "signCommission", &input).await,
        "OBJECTIONS_OPEN"
    );
    house.wait_days(8);
    let want = "contract { amount quantity organization { id } tender { id } commission { id }
        milestones { amount } }";
    let made = house.act(&officer(), "signCommission", &input, want).await["contract"].clone();
    assert_eq!(
        made,
        json!({
            "amount": 400_000, "quantity": 300, "organization": { "id": org_id(0) },
            "tender": null, "commission": { "id": id },
            "milestones": [{ "amount": 160_000 }, { "amount": 240_000 }],
        })
    );
    let query = "query($f: ID!) { fund(id: $f) { available reserved committed } }";
    let seen = house.ask(&nobody(), query, json!({ "f": fund })).await;
    assert_eq!(
        seen["fund"],
        json!({ "available": 600_000, "reserved": 0, "committed": 400_000 })
    );
    let again = house.refused(&officer(), "signCommission", &input).await;
    assert_eq!(again, "COMMISSION_STATE");
}

#[tokio::test]
async fn a_social_worker_may_be_commissioned_and_hands_in_their_own_work() {
    let house = House::open().await;
    let (need, _) = house.reserved().await;
    let mut input = commission(&need);
    input["organizationId"] = json!(null);
    assert_eq!(
        house
            .refused_at(&officer(), "publishCommission", &input)
            .await,
        ("COMMISSION_SUPPLIER".into(), "input.organizationId".into())
    );
    for (id, reason) in [
        (Uuid::nil(), "SOCIAL_WORKER_NOT_FOUND"),
        (EXPIRED, "REGISTRATION_EXPIRED"),
    ] {
        input["socialWorkerId"] = worker(id);
        let refused = house
            .refused_at(&officer(), "publishCommission", &input)
            .await;
        assert_eq!(refused, (reason.into(), "input.socialWorkerId".into()));
    }
    input["socialWorkerId"] = worker(WORKER);
    let made = house
        .act(&officer(), "publishCommission", &input, "commission { id }")
        .await["commission"]["id"]
        .clone();
    house.wait_days(8);
    let sign = json!({ "commissionId": made });
    let want = "contract { socialWorkerId organization { id } milestones { id } }";
    let contract = house.act(&officer(), "signCommission", &sign, want).await["contract"].clone();
    assert_eq!(
        (&contract["socialWorkerId"], &contract["organization"]),
        (&worker(WORKER), &json!(null))
    );
    // Who listens to contracts of organisations is not told of one without.
    for (subject, times) in [("signed", 0), ("signed_with_worker", 1)] {
        let told = format!(
            "SELECT count(*) FROM kit.outbox WHERE subject = 'procurement.contract.{subject}'"
        );
        assert_eq!(house.count(&told).await, times, "{subject}");
    }
    house.deliver(100, 3);
    let submit = json!({ "milestoneId": contract["milestones"][0]["id"] });
    assert_eq!(
        house.refused(&manager(0), "submitMilestone", &submit).await,
        "FORBIDDEN"
    );
    let mut own =
        testkit::service::caller(kit::auth::Role::SocialWorker, crate::peers::COMMUNITY_CODE);
    own.actor.social_worker_id = Some(WORKER);
    let want = "milestone { state }";
    let after = house.act(&own, "submitMilestone", &submit, want).await;
    assert_eq!(after["milestone"]["state"], "SUBMITTED");
}

#[tokio::test]
async fn an_upheld_objection_takes_the_commission_back() {
    let house = House::open().await;
    let (id, need, _) = house.commissioned().await;
    let object = json!({ "commissionId": id, "text": "另有两家可以承接" });
    assert_eq!(
        house
            .refused(&nobody(), "objectToCommission", &object)
            .await,
        "UNAUTHENTICATED"
    );
    let made = house
        .act(&elder(0), "objectToCommission", &object, "objection { id }")
        .await["objection"]["id"]
        .clone();
    house.wait_days(8);
    assert_eq!(
        house
            .refused_at(&elder(1), "objectToCommission", &object)
            .await,
        ("OBJECTION_CLOSED".into(), "input.commissionId".into())
    );
    let sign = json!({ "commissionId": id });
    assert_eq!(
        house.refused(&officer(), "signCommission", &sign).await,
        "OBJECTIONS_OPEN"
    );
    let answer = json!({ "objectionId": made, "upheld": true, "answer": "异议成立,改为公开招标" });
    house
        .act(
            &officer(),
            "answerCommissionObjection",
            &answer,
            "objection { id }",
        )
        .await;
    assert_eq!(
        house
            .refused(&officer(), "answerCommissionObjection", &answer)
            .await,
        "OBJECTION_ANSWERED"
    );
    let query = "query($id: ID!) { commission(id: $id) { state endedReason need { state }
        objections { text upheld answer } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": id })).await["commission"].clone();
    assert_eq!(
        (&seen["state"], &seen["need"]["state"]),
        (&json!("CANCELLED"), &json!("RESERVED"))
    );
    assert_eq!(seen["objections"][0]["upheld"], true);
    // Another commission, given up by the officer.
    let again = house
        .act(
            &officer(),
            "publishCommission",
            &commission(&need),
            "commission { id }",
        )
        .await["commission"]["id"]
        .clone();
    let cancel = json!({ "commissionId": again, "reason": "改为招标" });
    house
        .act(
            &officer(),
            "cancelCommission",
            &cancel,
            "commission { state }",
        )
        .await;
}

#[tokio::test]
async fn what_is_commissioned_fits_its_budget_and_its_supplier() {
    let house = House::open().await;
    let need = house.need().await;
    let house = &house;
    let refused = async |input: &Value| {
        house
            .refused_at(&officer(), "publishCommission", input)
            .await
    };
    let sound = commission(&need);
    assert_eq!(refused(&sound).await.0, "BUDGET_NOT_RESERVED");
    let fund = house.fund(1_000_000).await;
    let held = json!({ "needId": need, "fundId": fund, "amount": BUDGET });
    house
        .act(&fund_manager(), "reserveBudget", &held, "need { id }")
        .await;
    for (field, value, reason, at) in [
        (
            "amount",
            json!(450_001),
            "COMMISSION_ABOVE_BUDGET",
            "input.amount",
        ),
        ("reasons", json!(" "), "TEXT_LENGTH", "input.reasons"),
        (
            "milestones",
            json!([{ "title": "全部", "units": 1, "percent": 99 }]),
            "MILESTONE_PERCENTS",
            "input.milestones",
        ),
        (
            "ground",
            json!("CONTINUITY"),
            "CONTINUITY_CONTRACT_MISSING",
            "input.continuesId",
        ),
    ] {
        let mut input = sound.clone();
        input[field] = value;
        assert_eq!(refused(&input).await, (reason.into(), at.into()));
    }
    house
        .peers
        .world()
        .orgs
        .entry(org_uuid(0))
        .and_modify(|one| one.may_bid = false);
    assert_eq!(
        refused(&sound).await,
        ("SUPPLIER_MAY_NOT_BID".into(), "input.organizationId".into())
    );
    assert_eq!(
        house.refused(&staff(), "publishCommission", &sound).await,
        "FORBIDDEN"
    );
}

#[tokio::test]
async fn what_is_added_to_a_contract_is_a_small_share_from_the_same_contractor() {
    let house = House::open().await;
    let (first, _, fund) = house.signed().await;
    let mut asked = crate::steps::need_input("SERVICE_UNIT");
    asked["proposalId"] = json!(null);
    asked["consultation"] = json!({ "method": "MEETING", "participants": 30, "summary": "同意" });
    let need = house
        .act(&staff(), "raiseNeed", &asked, "need { id }")
        .await["need"]["id"]
        .clone();
    let held = json!({ "needId": need, "fundId": fund, "amount": 100_000 });
    house
        .act(&fund_manager(), "reserveBudget", &held, "need { id }")
        .await;
    let mut input = commission(&need);
    input["continuesId"] = first;
    input["amount"] = json!(40_000);
    let house = &house;
    let refused = async |input: &Value| {
        house
            .refused_at(&officer(), "publishCommission", input)
            .await
    };
    assert_eq!(
        refused(&input).await,
        (
            "CONTINUITY_CONTRACT_UNASKED".into(),
            "input.continuesId".into()
        )
    );
    input["ground"] = json!("CONTINUITY");
    let mut other = input.clone();
    other["organizationId"] = org_id(1);
    assert_eq!(
        refused(&other).await,
        (
            "CONTINUITY_OTHER_SUPPLIER".into(),
            "input.continuesId".into()
        )
    );
    let mut more = input.clone();
    more["amount"] = json!(40_001);
    assert_eq!(
        refused(&more).await,
        ("CONTINUITY_ABOVE_SHARE".into(), "input.amount".into())
    );
    house
        .act(&officer(), "publishCommission", &input, "commission { id }")
        .await;
}

#[tokio::test]
async fn the_database_signs_no_commission_by_hand() {
    let house = House::open().await;
    let (id, _, _) = house.commissioned().await;
    let id = uuid_of(&id);
    let copy = |until: &str, amount: &str| {
        format!(
            "INSERT INTO commissions (id, trace_id, need_id, community_id, division_code, fund_id, organization_id, title,
                 ground, reasons, amount_fen, state, published_by, published_at, objections_until, updated_at)
             SELECT gen_random_uuid(), trace_id, need_id, community_id, division_code, fund_id, organization_id, title,
                 ground, reasons, {amount}, 'PUBLISHED', published_by, published_at, {until}, updated_at FROM commissions"
        )
    };
    let sign = |amount: &str, at: &str| {
        format!(
            "INSERT INTO contracts (id, trace_id, commission_id, need_id, fund_id, organization_id, community_id,
                 division_code, amount_fen, quantity, state, signed_at, ends_on, archived_until, updated_at)
             SELECT id, trace_id, id, need_id, fund_id, organization_id, community_id, division_code, {amount}, 1,
                 'PERFORMING', {at}, '2027-01-01', '2042-01-01', updated_at FROM commissions"
        )
    };
    let late = "objections_until + interval '1 day'";
    for (sql, reason) in [
        (copy("published_at + interval '6 days'", "1"), "COMMISSION_PUBLICITY_TOO_SHORT"),
        (copy("objections_until", "900000"), "COMMISSION_ABOVE_BUDGET"),
        (copy("objections_until", "1"), "COMMISSION_EXISTS"),
        ("UPDATE commissions SET amount_fen = 1".into(), "COMMISSION_FIXED"),
        ("UPDATE commissions SET state = 'SIGNED'".into(), "CONTRACT_MISSING"),
        (sign("amount_fen", "objections_until"), "OBJECTIONS_OPEN"),
        (sign("1", late), "CONTRACT_DIFFERS_FROM_COMMISSION"),
        (
            format!(
                "INSERT INTO commission_objections (id, commission_id, text, raised_by, raised_at, upheld, answer, answered_by, answered_at)
                 SELECT id, id, 'x', 'x', published_at, true, 'x', 'x', published_at FROM commissions WHERE id = '{id}';
                 {}",
                sign("amount_fen", late)
            ),
            "OBJECTION_UPHELD",
        ),
    ] {
        assert_eq!(house.refused_sql(&sql).await, reason, "{sql}");
    }
}
