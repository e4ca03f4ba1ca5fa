//! Care plans through the real schema: drafted, agreed, ordered from, reviewed.

use chrono::TimeDelta;
use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::{
    access::{Line, local},
    service::{data, reason, resident},
};

use crate::{
    graphql_assessment::{ASSESS, form},
    peers::{CHILD, COMMUNITY, LI, WANG},
    support::{
        House, PLACE, contractor, li, nobody, officer, order, person, social_worker, staff,
        staff_elsewhere, wang,
    },
};

const PLAN: &str = "carePlan { id number state agreedAs reviewOn goals
    items { menuItemCode goal times per } }";

pub async fn assessed(house: &House) {
    data(
        house
            .run(&social_worker(), ASSESS, form("assess-00001", 40))
            .await,
    );
}

fn draft(times: i32) -> Value {
    json!({ "residentId": person(LI), "goals": ["每天吃上热饭"],
        "items": [{ "menuItemCode": "MEAL-LUNCH", "goal": 1, "times": times, "per": "WEEK" }] })
}

async fn drafted(house: &House, times: i32, key: &str) -> Value {
    let made = house
        .done(&social_worker(), ("draftCarePlan", PLAN), key, draft(times))
        .await;
    made["carePlan"].clone()
}

async fn agree(house: &House, who: &Caller, plan: &Value, more: Value, key: &str) -> Value {
    let mut input = more;
    input["carePlanId"] = plan["id"].clone();
    house.act(who, ("agreeCarePlan", PLAN), key, input).await
}

async fn agreed(house: &House, times: i32, key: &str) -> Value {
    let plan = drafted(house, times, key).await;
    let done = agree(house, &li(), &plan, json!({}), key).await;
    data(done)["agreeCarePlan"]["carePlan"].clone()
}

fn planned(plan: &Value, key: &str) -> Value {
    let mut input = order(LI, key);
    input["input"]["carePlanId"] = plan["id"].clone();
    input
}

#[tokio::test]
async fn a_plan_is_drafted_on_an_assessment_and_agreed_by_the_elder() {
    let house = House::open().await;
    let tried = house
        .act(&staff(), ("draftCarePlan", PLAN), "draft-000001", draft(2))
        .await;
    assert_eq!(reason(&tried), "CARE_PLAN_NEEDS_ASSESSMENT");
    assessed(&house).await;
    let first = drafted(&house, 2, "draft-000002").await;
    assert_eq!(
        (&first["number"], &first["state"], &first["reviewOn"]),
        (&json!(1), &json!("DRAFT"), &json!("2026-09-02"))
    );
    // Another draft takes its place; nobody can agree to the first any more.
    let plan = drafted(&house, 3, "draft-000003").await;
    let late = agree(&house, &li(), &first, json!({}), "agree-000001").await;
    assert_eq!(reason(&late), "CARE_PLAN_STATE");
    for (who, why) in [
        (wang(), "CARE_PLAN_NOT_FOUND"),
        (staff_elsewhere(), "CARE_PLAN_NOT_FOUND"),
        (contractor(), "CARE_PLAN_NOT_FOUND"),
        (social_worker(), "FORBIDDEN"),
        (nobody(), "UNAUTHENTICATED"),
    ] {
        let tried = agree(&house, &who, &plan, json!({}), "agree-000002").await;
        assert_eq!(reason(&tried), why);
    }
    let done = data(agree(&house, &li(), &plan, json!({}), "agree-000003").await);
    assert_eq!(done["agreeCarePlan"]["carePlan"]["agreedAs"], "ELDER");
    assert_eq!(
        data(agree(&house, &li(), &plan, json!({}), "agree-000003").await),
        done
    );
    let next = agreed(&house, 4, "draft-000004").await;
    assert_eq!(
        (&next["number"], &next["state"]),
        (&json!(3), &json!("AGREED"))
    );
    let states = house.nodes(&li(), "carePlans", "", "number state").await;
    assert_eq!(
        states,
        json!([{ "number": 3, "state": "AGREED" }, { "number": 2, "state": "SUPERSEDED" },
            { "number": 1, "state": "WITHDRAWN" }])
    );
    assert_eq!(house.told("eldercare.care_plan.agreed").await, 2);
}

#[tokio::test]
async fn the_family_agrees_or_a_colleague_enters_the_signature() {
    let house = House::open().await;
    assessed(&house).await;
    crate::graphql_alarm::related(&house).await;
    let made = house
        .done(&staff(), ("draftCarePlan", PLAN), "draft-000001", draft(2))
        .await;
    let plan = made["carePlan"].clone();
    let paper = json!({ "evidence": "社区档案柜 3 号" });
    let own = agree(&house, &staff(), &plan, paper.clone(), "agree-000001").await;
    assert_eq!(reason(&own), "CARE_PLAN_SELF_AGREED");
    let nothing = agree(&house, &officer(), &plan, json!({}), "agree-000002").await;
    assert_eq!(reason(&nothing), "TEXT_LENGTH");
    assert_eq!(
        nothing["errors"][0]["extensions"]["field"],
        "input.evidence"
    );
    let done = data(agree(&house, &officer(), &plan, paper, "agree-000003").await);
    assert_eq!(done["agreeCarePlan"]["carePlan"]["agreedAs"], "PAPER");
    let next = drafted(&house, 3, "draft-000002").await;
    let child = resident(CHILD, COMMUNITY);
    let done = data(agree(&house, &child, &next, json!({}), "agree-000004").await);
    assert_eq!(done["agreeCarePlan"]["carePlan"]["agreedAs"], "FAMILY");
    let id = json!({ "carePlanId": next["id"], "reason": "转入机构养老" });
    let tried = house
        .act(&child, ("endCarePlan", PLAN), "end-00000001", id.clone())
        .await;
    assert_eq!(reason(&tried), "FORBIDDEN");
    let ended = house
        .done(&li(), ("endCarePlan", PLAN), "end-00000002", id)
        .await;
    assert_eq!(ended["carePlan"]["state"], "ENDED");
}

#[tokio::test]
async fn refuses_a_plan_that_cannot_be_kept() {
    let house = House::open().await;
    assessed(&house).await;
    let tries: [(&str, Value, &str, &str); 5] = [
        ("goals", json!([]), "LIST_LENGTH", "input.goals"),
        ("items", json!([]), "CARE_PLAN_EMPTY", "input.items"),
        (
            "items",
            json!([{ "menuItemCode": "MEAL-LUNCH", "goal": 2, "times": 1, "per": "WEEK" }]),
            "CARE_PLAN_GOAL",
            "input.items",
        ),
        (
            "items",
            json!([{ "menuItemCode": "NOWHERE", "goal": 1, "times": 1, "per": "WEEK" }]),
            "MENU_ITEM_NOT_FOUND",
            "input.items",
        ),
        (
            "reviewOn",
            json!("2026-09-03"),
            "REVIEW_DAY",
            "input.reviewOn",
        ),
    ];
    for (n, (field, value, why, at)) in tries.into_iter().enumerate() {
        let mut input = draft(1);
        input[field] = value;
        let key = format!("draft-00000{n}");
        let tried = house
            .act(&staff(), ("draftCarePlan", PLAN), &key, input)
            .await;
        assert_eq!(reason(&tried), why);
        assert_eq!(tried["errors"][0]["extensions"]["field"], at);
    }
}

#[tokio::test]
async fn orders_come_from_the_plan_as_often_as_it_says() {
    let house = House::open().await;
    assessed(&house).await;
    let plan = drafted(&house, 2, "draft-000001").await;
    let early = house
        .run(&li(), PLACE, planned(&plan, "order-000001"))
        .await;
    assert_eq!(reason(&early), "ORDER_NOT_PLANNED", "nobody has agreed yet");
    data(agree(&house, &li(), &plan, json!({}), "agree-000001").await);
    for n in 2..4 {
        data(
            house
                .run(&li(), PLACE, planned(&plan, &format!("order-00000{n}")))
                .await,
        );
    }
    let third = house
        .run(&li(), PLACE, planned(&plan, "order-000004"))
        .await;
    assert_eq!(reason(&third), "CARE_PLAN_USED_UP");
    assert_eq!(
        third["errors"][0]["extensions"]["field"],
        "input.carePlanId"
    );
    // One that is not wanted gives its place back; so does another week.
    let orders = house.nodes(&li(), "orders", "", "id carePlanId").await;
    assert_eq!(orders[0]["carePlanId"], plan["id"]);
    let cancel = json!({ "orderId": orders[0]["id"], "reason": "外出" });
    house
        .done(
            &li(),
            ("cancelOrder", "order { state }"),
            "cancel-00001",
            cancel,
        )
        .await;
    data(
        house
            .run(&li(), PLACE, planned(&plan, "order-000005"))
            .await,
    );
    house.service.clock.advance(TimeDelta::days(7));
    data(
        house
            .run(&li(), PLACE, planned(&plan, "order-000006"))
            .await,
    );
    // Nobody orders from another's plan.
    let mut other = planned(&plan, "order-000007");
    other["input"]["elderResidentId"] = json!(person(WANG));
    assert_eq!(
        reason(&house.run(&wang(), PLACE, other).await),
        "ORDER_NOT_PLANNED"
    );
}

#[tokio::test]
async fn due_reviews_are_listed_and_a_look_is_recorded() {
    let house = House::open().await;
    assessed(&house).await;
    let plan = agreed(&house, 2, "draft-000001").await;
    let due = async |who: &Caller, day: &str| {
        let by = format!(", reviewBy: \"{day}\"");
        house.nodes(who, "carePlans", &by, "id reviewDue").await
    };
    assert_eq!(due(&staff(), "2026-09-01").await, json!([]));
    let listed = json!([{ "id": plan["id"], "reviewDue": false }]);
    assert_eq!(due(&staff(), "2026-09-02").await, listed);
    house.service.clock.advance(TimeDelta::days(184));
    assert_eq!(due(&staff(), "2026-09-02").await[0]["reviewDue"], true);
    for who in [staff_elsewhere(), wang(), contractor(), nobody()] {
        assert_eq!(due(&who, "2026-12-31").await, json!([]));
    }
    let query = "query($id: ID!) { elder(residentId: $id) { carePlan { number } } }";
    let seen = data(house.run(&li(), query, json!({ "id": person(LI) })).await);
    assert_eq!(seen["elder"]["carePlan"]["number"], 1);
    let looks: i64 =
        sqlx::query_scalar("SELECT count(*) FROM kit.audit_log WHERE action = 'readCarePlan'")
            .fetch_one(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(looks, 2, "those of staff, and not the elder's own");
}

#[tokio::test]
async fn a_plan_is_guarded_also_by_hand() {
    let house = House::open().await;
    assessed(&house).await;
    agreed(&house, 2, "draft-000001").await;
    let copy = "INSERT INTO care_plans SELECT (jsonb_populate_record(p, jsonb_build_object(
        'id', gen_random_uuid(), 'number', 9, 'state', 'DRAFT', 'agreed_as', NULL, 'agreed_by', NULL,
        'agreed_at', NULL))).* FROM care_plans p";
    for (sql, why) in [
        ("UPDATE care_plans SET goals = '{x}'", "CARE_PLAN_FIXED"),
        ("UPDATE care_plans SET agreed_by = 'x'", "CARE_PLAN_FIXED"),
        ("UPDATE care_plans SET state = 'DRAFT'", "CARE_PLAN_STATE"),
        ("UPDATE care_plans SET state = 'ENDED'", "CARE_PLAN_ENDED"),
        ("UPDATE care_plan_items SET times = 9", "APPEND_ONLY"),
        (
            "INSERT INTO care_plan_items SELECT plan_id, 2, item_code, goal, times, per, note
             FROM care_plan_items",
            "CARE_PLAN_FIXED",
        ),
        (copy, "CARE_PLAN_EMPTY"),
        (
            "INSERT INTO care_plans SELECT (jsonb_populate_record(p, jsonb_build_object(
                 'id', gen_random_uuid(), 'number', 9))).* FROM care_plans p",
            "CARE_PLAN_STATE",
        ),
    ] {
        assert_eq!(house.refused(sql).await, why, "{sql}");
    }
    let strange = format!(
        "INSERT INTO care_plans SELECT (jsonb_populate_record(p, jsonb_build_object(
             'id', gen_random_uuid(), 'elder_id', '{WANG}', 'state', 'DRAFT', 'agreed_as', NULL,
             'agreed_by', NULL, 'agreed_at', NULL))).* FROM care_plans p"
    );
    assert_eq!(house.refused(&strange).await, "CARE_PLAN_ASSESSMENT");
}

/// Who may do what with plans.
pub async fn lines(house: &House) -> Vec<Line> {
    assessed(house).await;
    let plan = drafted(house, 2, "draft-000001").await;
    let assessors = || local(&["social_worker", "community_staff", "civil_affairs"]);
    let (owner, staff) = (
        || vec!["owner".to_owned()],
        || local(&["community_staff", "civil_affairs"]),
    );
    vec![
        Line::read(
            "carePlan",
            &format!("(id: {}) {{ id }}", plan["id"]),
            &[owner(), assessors()],
        )
        .asks(&["readCarePlan"]),
        Line::read(
            "carePlans",
            "(first: 5) { nodes { id } }",
            &[owner(), assessors()],
        ),
        Line::act(
            "agreeCarePlan",
            json!({ "carePlanId": plan["id"], "evidence": "档案柜" }),
            &[owner(), staff()],
        ),
        Line::act(
            "endCarePlan",
            json!({ "carePlanId": plan["id"], "reason": "不再需要" }),
            &[owner(), assessors()],
        ),
        Line::act("draftCarePlan", draft(2), &[assessors()]),
    ]
}
