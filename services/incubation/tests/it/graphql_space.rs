//! Free rooms and their deposits, through the real schema.

use serde_json::{Value, json};

use crate::{
    steps::{colleague, done, held, no, no_at, opened, room, seen},
    support::{House, community_staff, keeper, manager, nobody, registrar},
};

const ACCOUNT: &str = "licence { deposit { state held entries { kind amount stageNo } } }";

fn stage(licence: &Value, number: i32) -> Value {
    json!({ "licenceId": licence, "stageNo": number, "evidence": "验收单" })
}

#[tokio::test]
async fn a_deposit_goes_back_stage_by_stage() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let licence = held(&house, &centre, &body).await;
    let refused = no_at(&house, &keeper(), "refundDepositStage", stage(&licence, 1)).await;
    assert_eq!(
        refused,
        ("STAGE_NOT_ACCEPTED".into(), "input.stageNo".into())
    );
    let staff = community_staff();
    done(
        &house,
        &staff,
        "acceptDepositStage",
        stage(&licence, 1),
        ACCOUNT,
    )
    .await;
    let refused = no(&house, &staff, "acceptDepositStage", stage(&licence, 1)).await;
    assert_eq!(refused, "STAGE_ACCEPTED");
    let made = done(
        &house,
        &keeper(),
        "refundDepositStage",
        stage(&licence, 1),
        ACCOUNT,
    )
    .await;
    let deposit = &made["licence"]["deposit"];
    assert_eq!(deposit["state"], "PARTIALLY_REFUNDED");
    assert_eq!(deposit["held"], 60_000);
    let refused = no(&house, &keeper(), "refundDepositStage", stage(&licence, 1)).await;
    assert_eq!(refused, "STAGE_REFUNDED_ONCE");
    done(
        &house,
        &staff,
        "acceptDepositStage",
        stage(&licence, 2),
        ACCOUNT,
    )
    .await;
    let made = done(
        &house,
        &keeper(),
        "refundDepositStage",
        stage(&licence, 2),
        ACCOUNT,
    )
    .await;
    let deposit = &made["licence"]["deposit"];
    assert_eq!(
        (&deposit["state"], &deposit["held"]),
        (&json!("REFUNDED"), &json!(0))
    );
    assert_eq!(
        deposit["entries"],
        json!([
            { "kind": "DEPOSIT_PAID", "amount": 100_000, "stageNo": null },
            { "kind": "DEPOSIT_REFUNDED", "amount": 40_000, "stageNo": 1 },
            { "kind": "DEPOSIT_REFUNDED", "amount": 60_000, "stageNo": 2 },
        ])
    );
    let sum: i64 = sqlx::query_scalar("SELECT sum(amount_fen)::bigint FROM money_postings")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(sum, 0);
}

#[tokio::test]
async fn what_is_deducted_does_not_go_back_and_no_more_than_is_held() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let licence = held(&house, &centre, &body).await;
    let staff = community_staff();
    let deduct = |amount: i64| {
        json!({ "licenceId": licence, "amount": amount, "reason": "设施损坏",
            "evidence": "维修单" })
    };
    let refused = no_at(&house, &staff, "deductDeposit", deduct(100_001)).await;
    assert_eq!(
        refused,
        ("MONEY_INSUFFICIENT".into(), "input.amount".into())
    );
    let refused = no_at(&house, &staff, "deductDeposit", deduct(0)).await;
    assert_eq!(refused, ("AMOUNT_POSITIVE".into(), "input.amount".into()));
    let made = done(&house, &staff, "deductDeposit", deduct(30_000), ACCOUNT).await;
    assert_eq!(made["licence"]["deposit"]["held"], 70_000);
    for number in [1, 2] {
        done(
            &house,
            &staff,
            "acceptDepositStage",
            stage(&licence, number),
            ACCOUNT,
        )
        .await;
        done(
            &house,
            &keeper(),
            "refundDepositStage",
            stage(&licence, number),
            ACCOUNT,
        )
        .await;
    }
    let query = format!("spaceLicence(id: {licence}) {{ deposit {{ state held }} }}");
    let found = seen(&house, &manager(&body), &query).await;
    assert_eq!(
        found["spaceLicence"]["deposit"],
        json!({ "state": "DEDUCTED", "held": 0 })
    );
}

#[tokio::test]
async fn the_bureau_keeps_all_that_is_left() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let licence = held(&house, &centre, &body).await;
    let forfeit = json!({ "licenceId": licence, "reason": "擅自转租", "evidence": "调查记录" });
    let refused = no(
        &house,
        &community_staff(),
        "forfeitDeposit",
        forfeit.clone(),
    )
    .await;
    assert_eq!(refused, "FORBIDDEN");
    let made = done(
        &house,
        &registrar(),
        "forfeitDeposit",
        forfeit.clone(),
        ACCOUNT,
    )
    .await;
    assert_eq!(made["licence"]["deposit"]["state"], "FORFEITED");
    let refused = no(&house, &registrar(), "forfeitDeposit", forfeit).await;
    assert_eq!(refused, "DEPOSIT_NOT_HELD");
}

#[tokio::test]
async fn who_says_it_was_paid_does_not_confirm_it_and_what_never_came_is_due_again() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let staff = community_staff();
    let new = room(&centre, &body, "201");
    let made = done(&house, &staff, "grantSpaceLicence", new, "licence { id }").await;
    let licence = made["licence"]["id"].clone();
    let came = |received: bool| json!({ "licenceId": licence, "received": received });
    let refused = no(&house, &keeper(), "confirmDeposit", came(true)).await;
    assert_eq!(refused, "STATE_MOVE");
    let slip = json!({ "licenceId": licence, "slip": "回单 1" });
    let mut both = keeper();
    both.actor.roles.extend(staff.actor.roles.clone());
    done(&house, &both, "reportDepositPaid", slip.clone(), ACCOUNT).await;
    let refused = no(&house, &both, "confirmDeposit", came(true)).await;
    assert_eq!(refused, "DEPOSIT_TWO_PEOPLE");
    let mut other = keeper();
    other.actor.subject = "another-keeper".into();
    let made = done(&house, &other, "confirmDeposit", came(false), ACCOUNT).await;
    assert_eq!(made["licence"]["deposit"]["state"], "DUE");
    let late = "spaceLicences(filter: { depositOverdue: true }) { nodes { id } }";
    let found = seen(&house, &staff, late).await;
    assert_eq!(found["spaceLicences"]["nodes"], json!([]));
    house.service.clock.advance(chrono::TimeDelta::days(30));
    let found = seen(&house, &staff, late).await;
    assert_eq!(found["spaceLicences"]["nodes"], json!([{ "id": licence }]));
}

#[tokio::test]
async fn a_room_is_used_by_one_at_a_time_and_no_more_than_there_is() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let (body, other) = (house.registered(0).await, house.registered(1).await);
    let staff = community_staff();
    let made = done(
        &house,
        &staff,
        "grantSpaceLicence",
        room(&centre, &body, "201"),
        "licence { id }",
    )
    .await;
    let refused = no_at(
        &house,
        &staff,
        "grantSpaceLicence",
        room(&centre, &other, "201"),
    )
    .await;
    assert_eq!(refused, ("SPACE_TAKEN".into(), "input.room".into()));
    let mut hall = room(&centre, &other, "大厅");
    hall["areaM2"] = json!(1161);
    let refused = no(&house, &staff, "grantSpaceLicence", hall.clone()).await;
    assert_eq!(refused, "SPACE_EXCEEDED");
    hall["areaM2"] = json!(1160);
    done(&house, &staff, "grantSpaceLicence", hall, "__typename").await;
    let end = json!({ "licenceId": made["licence"]["id"], "on": "2026-06-30",
        "reason": "提前完成任务" });
    let select = "licence { endedOn endReason }";
    done(&house, &staff, "endSpaceLicence", end.clone(), select).await;
    let refused = no(&house, &staff, "endSpaceLicence", end).await;
    assert_eq!(refused, "LICENCE_ENDED");
    let mut next = room(&centre, &other, "201");
    next["validFrom"] = json!("2026-07-01");
    done(&house, &staff, "grantSpaceLicence", next, "__typename").await;
}

#[tokio::test]
async fn refuses_stages_that_do_not_add_up_and_days_that_make_no_sense() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let staff = community_staff();
    let with = |pointer: &str, value: Value| {
        let mut new = room(&centre, &body, "201");
        *new.pointer_mut(pointer).unwrap() = value;
        new
    };
    for (new, expected) in [
        (
            with("/deposit/amount", json!(99_999)),
            ("STAGES_SUM", "input.deposit.stages"),
        ),
        (
            with("/deposit/stages/1/amount", json!(-1)),
            ("AMOUNT_POSITIVE", "input.deposit.stages.1.amount"),
        ),
        (
            with("/deposit/dueOn", json!("2026-03-01")),
            ("VALID_RANGE", "input.deposit.dueOn"),
        ),
        (
            with("/validTo", json!("2026-03-01")),
            ("VALID_RANGE", "input.validTo"),
        ),
        (with("/room", json!("")), ("TEXT_LENGTH", "input.room")),
    ] {
        let (reason, at) = no_at(&house, &staff, "grantSpaceLicence", new).await;
        assert_eq!((reason.as_str(), at.as_str()), expected);
    }
}

#[tokio::test]
async fn a_deposit_is_the_business_of_those_who_have_to_do_with_it() {
    let house = House::open().await;
    let (centre, operator) = opened(&house).await;
    let (body, other) = (house.registered(0).await, house.registered(1).await);
    let licence = held(&house, &centre, &body).await;
    let query = format!("spaceLicence(id: {licence}) {{ deposit {{ state }} }}");
    for (who, expected) in [
        (manager(&body), true),
        (manager(&operator), true),
        (keeper(), true),
        (colleague(), true),
        (manager(&other), false),
        (nobody(), false),
    ] {
        let found = seen(&house, &who, &query).await;
        assert_eq!(
            !found["spaceLicence"].is_null(),
            expected,
            "{:?}",
            who.actor
        );
    }
    let stage = stage(&licence, 1);
    let refused = no(&house, &manager(&body), "acceptDepositStage", stage.clone()).await;
    assert_eq!(refused, "FORBIDDEN");
    let refused = no(&house, &community_staff(), "refundDepositStage", stage).await;
    assert_eq!(refused, "FORBIDDEN");
}
