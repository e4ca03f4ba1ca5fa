//! Appeals through the real schema: other assessors look again, the outcome
//! follows, and the answer has its time.

use chrono::TimeDelta;
use kernel::keys::SocialWorkerId;
use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::{
    access::{Line, local, oversight},
    service::{data, reason},
};
use uuid::Uuid;

use crate::{
    graphql_assessment::{ASSESS, form},
    peers::{
        FOURTH_SOCIAL_WORKER, LI, SECOND_SOCIAL_WORKER, SOCIAL_WORKER, THIRD_SOCIAL_WORKER, WANG,
    },
    support::{
        House, contractor, id_of, li, nobody, officer, person, social_worker, staff,
        staff_elsewhere, wang,
    },
};

const APPEAL: &str = "appeal { id state dueAt overdue grounds reviewAssessmentId
    reviewTierDecisionId assessmentId tierDecisionId }";
const OTHERS: [Uuid; 2] = [THIRD_SOCIAL_WORKER, FOURTH_SOCIAL_WORKER];

async fn assess(house: &House, lost: i32, why: &str, by: [Uuid; 2], key: &str) -> Value {
    let mut input = form(key, lost);
    input["input"]["reason"] = json!(why);
    input["input"]["assessors"] = json!(by.map(id_of::<SocialWorkerId>));
    data(house.run(&social_worker(), ASSESS, input).await)["assessElder"]["assessment"].clone()
}

async fn first(house: &House) -> Value {
    let by = [SOCIAL_WORKER, SECOND_SOCIAL_WORKER];
    assess(house, 10, "FIRST", by, "assess-00001").await
}

async fn raise(house: &House, who: &Caller, input: Value, key: &str) -> Value {
    let mut input = input;
    input["grounds"] = json!("评估当天服了药,平时做不到");
    house.act(who, ("raiseAppeal", APPEAL), key, input).await
}

async fn raised(house: &House, assessment: &Value) -> Value {
    let input = json!({ "assessmentId": assessment["id"] });
    let made = raise(house, &li(), input, "appeal-00001").await;
    data(made)["raiseAppeal"]["appeal"].clone()
}

async fn decide(house: &House, who: &Caller, appeal: &Value, again: Value, key: &str) -> Value {
    let input =
        json!({ "appealId": appeal["id"], "reviewAssessmentId": again, "reasons": "已复评" });
    house.act(who, ("decideAppeal", APPEAL), key, input).await
}

#[tokio::test]
async fn what_others_find_decides() {
    for (lost, outcome) in [(10, "UPHELD"), (60, "CHANGED")] {
        let house = House::open().await;
        let assessed = first(&house).await;
        let appeal = raised(&house, &assessed).await;
        // The second of March and fifteen working days.
        assert_eq!(appeal["dueAt"], "2026-03-23T16:00:00+00:00");
        house.service.clock.advance(TimeDelta::days(2));
        let again = assess(&house, lost, "REVIEW", OTHERS, "assess-00002").await;
        let done = decide(
            &house,
            &officer(),
            &appeal,
            again["id"].clone(),
            "decide-00001",
        )
        .await;
        let done = data(done)["decideAppeal"]["appeal"].clone();
        assert_eq!(done["state"], outcome);
        assert_eq!(done["reviewAssessmentId"], again["id"]);
        let twice = decide(
            &house,
            &officer(),
            &appeal,
            again["id"].clone(),
            "decide-00002",
        )
        .await;
        assert_eq!(reason(&twice), "APPEAL_STATE");
        let query =
            "query($id: ID!) { elder(residentId: $id) { assessments { appeal { state } } } }";
        let seen = data(house.run(&li(), query, json!({ "id": person(LI) })).await);
        assert_eq!(
            seen["elder"]["assessments"],
            json!([{ "appeal": null }, { "appeal": { "state": outcome } }])
        );
        assert_eq!(house.told("eldercare.appeal.decided").await, 1);
    }
}

#[tokio::test]
async fn refuses_a_review_that_is_none() {
    let house = House::open().await;
    let assessed = first(&house).await;
    let early = assess(&house, 60, "REVIEW", OTHERS, "assess-00002").await;
    house.service.clock.advance(TimeDelta::hours(1));
    let appeal = raised(&house, &assessed).await;
    let tried = async |again: Value, key: &str| {
        reason(&decide(&house, &officer(), &appeal, again, key).await)
    };
    assert_eq!(
        tried(Value::Null, "decide-00001").await,
        "APPEAL_REVIEW_MISSING"
    );
    assert_eq!(
        tried(early["id"].clone(), "decide-00002").await,
        "APPEAL_REVIEW"
    );
    house.service.clock.advance(TimeDelta::hours(1));
    let same = [SOCIAL_WORKER, THIRD_SOCIAL_WORKER];
    let same = assess(&house, 60, "REVIEW", same, "assess-00003").await;
    assert_eq!(
        tried(same["id"].clone(), "decide-00003").await,
        "APPEAL_SAME_ASSESSOR"
    );
    let routine = assess(&house, 60, "ROUTINE", OTHERS, "assess-00004").await;
    assert_eq!(
        tried(routine["id"].clone(), "decide-00004").await,
        "APPEAL_REVIEW"
    );
    for (sql, why) in [
        ("UPDATE appeals SET grounds = 'x'", "APPEAL_FIXED"),
        (
            "UPDATE appeals SET due_at = due_at + interval '1 day'",
            "APPEAL_FIXED",
        ),
        ("UPDATE appeals SET state = 'UPHELD'", "APPEAL_REVIEW"),
    ] {
        let found = house.refused(sql).await;
        assert!(found == why || found == "APPEAL_DECIDED", "{sql}: {found}");
    }
    let by_hand = |state: &str, by: &str, review: &str| {
        format!(
            "UPDATE appeals SET state = '{state}', reasons = 'x', decided_by = '{by}', decided_at = now(),
                 review_assessment_id = (SELECT id FROM assessments WHERE {review} LIMIT 1)"
        )
    };
    for (state, by, review, why) in [
        ("UPHELD", "x", "reason = 'ROUTINE'", "APPEAL_REVIEW"),
        (
            "CHANGED",
            "x",
            "reason = 'REVIEW' AND assessed_at > '2026-03-02T02:30:00Z'",
            "APPEAL_SAME_ASSESSOR",
        ),
    ] {
        let found = house.refused(&by_hand(state, by, review)).await;
        assert!(
            found == why || found == "APPEAL_REVIEW",
            "{review}: {found}"
        );
    }
    house.service.clock.advance(TimeDelta::hours(1));
    assess(&house, 10, "REVIEW", OTHERS, "assess-00005").await;
    let last = "id = (SELECT id FROM assessments ORDER BY assessed_at DESC LIMIT 1)";
    assert_eq!(
        house.refused(&by_hand("CHANGED", "x", last)).await,
        "APPEAL_OUTCOME"
    );
    let own = format!("resident-{LI}");
    assert_eq!(
        house.refused(&by_hand("UPHELD", &own, last)).await,
        "APPEAL_SELF_DECIDED"
    );
}

#[tokio::test]
async fn a_tier_is_decided_anew_on_the_facts_of_today() {
    let house = House::open().await;
    let select = "decision { id tier }";
    let input = json!({ "residentId": person(LI), "line": "MEALS" });
    let first = house
        .done(&staff(), ("decideTier", select), "tier-0000001", input)
        .await;
    assert_eq!(first["decision"]["tier"], "PAID");
    let made = raise(
        &house,
        &li(),
        json!({ "tierDecisionId": first["decision"]["id"] }),
        "appeal-00001",
    )
    .await;
    let appeal = data(made)["raiseAppeal"]["appeal"].clone();
    let mut own = officer();
    own.actor.subject = format!("resident-{LI}");
    let tried = decide(&house, &own, &appeal, Value::Null, "decide-00001").await;
    assert_eq!(reason(&tried), "APPEAL_SELF_DECIDED");
    // The papers were wrong: the low income was overlooked.
    let update = json!({ "residentId": person(LI), "category": "LOW_INCOME", "livesAlone": true, "version": 1 });
    house
        .done(
            &staff(),
            ("updateElder", "elder { version }"),
            "update-00001",
            update,
        )
        .await;
    let done = data(decide(&house, &officer(), &appeal, Value::Null, "decide-00002").await);
    assert_eq!(done["decideAppeal"]["appeal"]["state"], "CHANGED");
    let again = house
        .run(
            &li(),
            "query($id: ID!) { elder(residentId: $id) { tiers { tier } } }",
            json!({ "id": person(LI) }),
        )
        .await;
    assert_eq!(data(again)["elder"]["tiers"], json!([{ "tier": "LOW" }]));
}

#[tokio::test]
async fn an_appeal_is_raised_in_time_once_and_by_those_it_concerns() {
    let house = House::open().await;
    let assessed = first(&house).await;
    let input = json!({ "assessmentId": assessed["id"] });
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (wang(), "APPEAL_SUBJECT_NOT_FOUND"),
        (contractor(), "APPEAL_SUBJECT_NOT_FOUND"),
        (staff_elsewhere(), "APPEAL_SUBJECT_NOT_FOUND"),
    ] {
        assert_eq!(
            reason(&raise(&house, &who, input.clone(), "appeal-00009").await),
            why
        );
    }
    let nothing = raise(&house, &li(), json!({}), "appeal-00008").await;
    assert_eq!(reason(&nothing), "APPEAL_SUBJECT");
    let wordless = json!({ "assessmentId": assessed["id"], "grounds": " " });
    let wordless = house
        .act(&li(), ("raiseAppeal", APPEAL), "appeal-00007", wordless)
        .await;
    assert_eq!(reason(&wordless), "TEXT_LENGTH");
    let appeal = raised(&house, &assessed).await;
    let twice = raise(&house, &staff(), input.clone(), "appeal-00002").await;
    assert_eq!(reason(&twice), "APPEAL_OF_ASSESSMENT");
    // Taken back, and raised again.
    let back = json!({ "appealId": appeal["id"] });
    let taken = house
        .act(&staff(), ("withdrawAppeal", APPEAL), "withdraw-001", back)
        .await;
    assert_eq!(
        data(taken)["withdrawAppeal"]["appeal"]["state"],
        "WITHDRAWN"
    );
    data(raise(&house, &staff(), input, "appeal-00003").await);
    house.service.clock.advance(TimeDelta::days(61));
    let other = json!({ "residentId": person(WANG), "line": "MEALS" });
    let tier = house
        .done(
            &staff(),
            ("decideTier", "decision { id }"),
            "tier-0000001",
            other,
        )
        .await;
    house.service.clock.advance(TimeDelta::days(61));
    let late = raise(
        &house,
        &wang(),
        json!({ "tierDecisionId": tier["decision"]["id"] }),
        "appeal-00004",
    )
    .await;
    assert_eq!(reason(&late), "APPEAL_TOO_LATE");
}

#[tokio::test]
async fn a_late_answer_is_told_of_and_listed() {
    let house = House::open().await;
    let assessed = first(&house).await;
    let appeal = raised(&house, &assessed).await;
    let late = async |who: &Caller| house.nodes(who, "appeals", ", overdue: true", "id").await;
    house.pass(TimeDelta::days(21)).await;
    assert_eq!(late(&officer()).await, json!([]));
    assert_eq!(house.told("eldercare.appeal.overdue").await, 0);
    house.pass(TimeDelta::days(1)).await;
    assert_eq!(house.told("eldercare.appeal.overdue").await, 1);
    for who in [officer(), staff(), li()] {
        assert_eq!(late(&who).await, json!([{ "id": appeal["id"] }]));
    }
    for who in [wang(), contractor(), staff_elsewhere(), nobody()] {
        assert_eq!(late(&who).await, json!([]));
    }
}

/// Who may do what with appeals.
pub async fn lines(house: &House) -> Vec<Line> {
    let input = json!({ "residentId": person(LI), "line": "MEALS" });
    let tier = house
        .done(
            &staff(),
            ("decideTier", "decision { id }"),
            "tier-0000001",
            input,
        )
        .await;
    let against = json!({ "tierDecisionId": tier["decision"]["id"] });
    let made = raise(house, &li(), against.clone(), "appeal-00001").await;
    let appeal = data(made)["raiseAppeal"]["appeal"].clone();
    let (owner, staff) = (
        || vec!["owner".to_owned()],
        || local(&["community_staff", "civil_affairs"]),
    );
    let mut again = against;
    again["grounds"] = json!("再次提出");
    vec![
        Line::read(
            "appeal",
            &format!("(id: {}) {{ id }}", appeal["id"]),
            &[owner(), staff(), oversight()],
        )
        .asks(&["readAppeal"]),
        Line::read(
            "appeals",
            "(first: 5) { nodes { id } }",
            &[owner(), staff(), oversight()],
        ),
        Line::act("raiseAppeal", again, &[owner(), staff()]),
        Line::act(
            "decideAppeal",
            json!({ "appealId": appeal["id"], "reasons": "已复核" }),
            &[local(&["civil_affairs"])],
        ),
        Line::act(
            "withdrawAppeal",
            json!({ "appealId": appeal["id"] }),
            &[owner(), staff()],
        ),
    ]
}
