//! Alarms through the real schema: who calls, who comes, what time does.

use chrono::TimeDelta;
use eldercare::worker;
use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::{caller, data, reason, resident};

use crate::{
    peers::{CHILD, COMMUNITY, LI, VOLUNTEER, WANG},
    support::{House, contractor, li, nobody, person, staff, staff_elsewhere, volunteer, wang},
};

const SEEN: &str = "id kind state rung repeats note outcome resident { id } visit { id }";

fn child() -> Caller {
    resident(CHILD, COMMUNITY)
}

async fn act(house: &House, who: &Caller, verb: &str, key: &str, more: Value) -> Value {
    let kind = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
    let query =
        format!("mutation($input: {kind}!) {{ {verb}(input: $input) {{ alarm {{ {SEEN} }} }} }}");
    let mut input = more;
    input["idempotencyKey"] = json!(key);
    house.run(who, &query, json!({ "input": input })).await
}

pub async fn call(house: &House, who: &Caller, key: &str) -> Value {
    let input = json!({ "residentId": person(LI), "note": "摔倒了" });
    let answer = act(house, who, "raiseAlarm", key, input).await;
    data(answer)["raiseAlarm"]["alarm"].clone()
}

async fn alarms(house: &House, who: &Caller) -> Vec<Value> {
    let query = format!("{{ alarms(first: 10) {{ nodes {{ {SEEN} }} }} }}");
    let answer = data(house.run(who, &query, json!({})).await);
    answer["alarms"]["nodes"].as_array().unwrap().clone()
}

/// Time passes, and what falls due is done.
async fn pass(house: &House, minutes: i64) {
    house.service.clock.advance(TimeDelta::minutes(minutes));
    let timers = worker::timers(&house.state);
    while timers.run_due_once().await.unwrap() > 0 {}
}

pub async fn related(house: &House) -> Value {
    let query = "mutation($input: RegisterRelationInput!) {
        registerRelation(input: $input) { relation { id } } }";
    let input = json!({ "input": { "idempotencyKey": "relation-0001",
        "residentId": person(CHILD), "relativeResidentId": person(LI),
        "relation": "PARENT", "evidence": "户口簿" } });
    let made = data(house.run(&staff(), query, input).await);
    made["registerRelation"]["relation"]["id"].clone()
}

#[tokio::test]
async fn a_call_is_answered_and_ends_with_what_was_found() {
    let house = House::open().await;
    let alarm = call(&house, &li(), "alarm-000001").await;
    assert_eq!(
        (&alarm["kind"], &alarm["state"], &alarm["rung"]),
        (&json!("SOS"), &json!("RAISED"), &json!("FAMILY"))
    );
    // The same press is the same alarm; a further one belongs to it.
    assert_eq!(call(&house, &li(), "alarm-000001").await, alarm);
    let again = call(&house, &li(), "alarm-000002").await;
    assert_eq!((&again["id"], &again["repeats"]), (&alarm["id"], &json!(1)));

    let id = json!({ "alarmId": alarm["id"] });
    let ending = |outcome: &str| json!({ "alarmId": alarm["id"], "outcome": outcome });
    let early = act(
        &house,
        &staff(),
        "resolveAlarm",
        "alarm-000003",
        ending("x"),
    )
    .await;
    assert_eq!(reason(&early), "ALARM_NOT_ANSWERED");
    let answered = act(&house, &staff(), "answerAlarm", "alarm-000004", id.clone()).await;
    assert_eq!(data(answered)["answerAlarm"]["alarm"]["state"], "ANSWERED");
    let twice = act(&house, &staff(), "answerAlarm", "alarm-000005", id.clone()).await;
    assert_eq!(reason(&twice), "ALARM_ALREADY_ANSWERED");
    let empty = act(
        &house,
        &staff(),
        "resolveAlarm",
        "alarm-000006",
        ending(" "),
    )
    .await;
    assert_eq!(reason(&empty), "TEXT_LENGTH");
    let done = ending("已送医,家属陪同");
    let ended = act(&house, &staff(), "resolveAlarm", "alarm-000007", done).await;
    let ended = data(ended)["resolveAlarm"]["alarm"].clone();
    assert_eq!(ended["outcome"], "已送医,家属陪同");
    let late = act(&house, &staff(), "answerAlarm", "alarm-000008", id).await;
    assert_eq!(reason(&late), "ALARM_RESOLVED");
    // Another day, another alarm.
    let next = call(&house, &li(), "alarm-000009").await;
    assert_ne!(next["id"], alarm["id"]);

    let written: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM kit.audit_log
         WHERE action IN ('raiseAlarm', 'answerAlarm', 'resolveAlarm')",
    )
    .fetch_one(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!(written, 5);
}

#[tokio::test]
async fn what_nobody_answers_climbs_until_somebody_does() {
    let house = House::open().await;
    let order = house.ordered(LI, "order-000001").await;
    house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let alarm = call(&house, &li(), "alarm-000001").await;
    let rung = async |who: &Caller| {
        let seen = alarms(&house, who).await;
        seen.first().map(|one| one["rung"].clone())
    };
    pass(&house, 4).await;
    assert_eq!(rung(&staff()).await, Some(json!("FAMILY")));
    pass(&house, 1).await;
    assert_eq!(rung(&staff()).await, Some(json!("GRID")));
    // The provider is called, and sees it, only when the ladder has come to it.
    assert_eq!(rung(&contractor()).await, None);
    let id = json!({ "alarmId": alarm["id"] });
    let early = act(
        &house,
        &contractor(),
        "answerAlarm",
        "alarm-000002",
        id.clone(),
    )
    .await;
    assert_eq!(reason(&early), "ALARM_NOT_FOUND");
    pass(&house, 5).await;
    assert_eq!(rung(&contractor()).await, Some(json!("PROVIDER")));
    let answered = act(&house, &contractor(), "answerAlarm", "alarm-000003", id).await;
    data(answered);
    pass(&house, 60).await;
    assert_eq!(rung(&staff()).await, Some(json!("PROVIDER")));
    let escalated: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM kit.outbox WHERE subject = 'eldercare.alarm.escalated'",
    )
    .fetch_one(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!(escalated, 2);
}

#[tokio::test]
async fn an_alarm_is_for_the_family_and_the_community_and_for_nobody_else() {
    let house = House::open().await;
    related(&house).await;
    // A relative calls for their parent, and staff who take a call.
    let alarm = call(&house, &child(), "alarm-000001").await;
    call(&house, &staff(), "alarm-000002").await;
    let id = json!({ "alarmId": alarm["id"] });
    for (who, refused) in [
        (nobody(), "UNAUTHENTICATED"),
        (wang(), "ELDER_NOT_FOUND"),
        (staff_elsewhere(), "ELDER_NOT_FOUND"),
    ] {
        let input = json!({ "residentId": person(LI) });
        let tried = act(&house, &who, "raiseAlarm", "alarm-000003", input).await;
        assert_eq!(reason(&tried), refused);
    }
    for who in [
        wang(),
        staff_elsewhere(),
        caller(Role::Volunteer, COMMUNITY),
    ] {
        assert!(alarms(&house, &who).await.is_empty());
        let tried = act(&house, &who, "answerAlarm", "alarm-000004", id.clone()).await;
        assert_eq!(reason(&tried), "ALARM_NOT_FOUND");
    }
    for who in [li(), child(), staff()] {
        assert_eq!(alarms(&house, &who).await.len(), 1);
    }
    // The elder themself does not end the search for them.
    let own = act(&house, &li(), "answerAlarm", "alarm-000005", id.clone()).await;
    assert_eq!(reason(&own), "FORBIDDEN");
    data(act(&house, &child(), "answerAlarm", "alarm-000006", id).await);
}

#[tokio::test]
async fn whoever_is_a_relative_no_longer_sees_and_does_nothing_any_more() {
    let house = House::open().await;
    let tie = related(&house).await;
    let alarm = call(&house, &li(), "alarm-000001").await;
    let end = async |who: &Caller, key: &str, reason: &str| {
        let query = "mutation($input: EndRelationInput!) {
            endRelation(input: $input) { relationId } }";
        let input = json!({ "input": { "idempotencyKey": key, "relationId": tie,
            "reason": reason } });
        house.run(who, query, input).await
    };
    for (who, refused) in [
        (nobody(), "UNAUTHENTICATED"),
        (child(), "RELATION_NOT_FOUND"),
        (wang(), "RELATION_NOT_FOUND"),
        (staff_elsewhere(), "RELATION_NOT_FOUND"),
    ] {
        let tried = end(&who, "end-00000001", "不再往来").await;
        assert_eq!(reason(&tried), refused);
    }
    assert_eq!(
        reason(&end(&li(), "end-00000002", " ").await),
        "REASON_LENGTH"
    );
    assert_eq!(alarms(&house, &child()).await.len(), 1);
    let ended = data(end(&li(), "end-00000003", "不再往来").await);
    assert_eq!(ended["endRelation"]["relationId"], tie);
    assert_eq!(data(end(&li(), "end-00000003", "不再往来").await), ended);
    let again = end(&li(), "end-00000004", "不再往来").await;
    assert_eq!(reason(&again), "RELATION_ENDED");

    assert!(alarms(&house, &child()).await.is_empty());
    let id = json!({ "alarmId": alarm["id"] });
    let tried = act(&house, &child(), "answerAlarm", "alarm-000002", id).await;
    assert_eq!(reason(&tried), "ALARM_NOT_FOUND");
    // It only ends: the evidence and the people stay as they were.
    let altered = sqlx::query("UPDATE relations SET evidence = 'x'")
        .execute(&house.service.db.owner)
        .await;
    let altered = kit::Error::from(altered.unwrap_err());
    assert_eq!(altered.reason(), "RELATION_FIXED");
}

#[tokio::test]
async fn a_worker_who_does_not_come_raises_an_alarm_by_themself() {
    let house = House::open().await;
    let order = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    // Planned in an hour; half an hour of grace.
    pass(&house, 89).await;
    assert!(alarms(&house, &staff()).await.is_empty());
    pass(&house, 1).await;
    let seen = alarms(&house, &contractor()).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["kind"], "VISIT_MISSED");
    assert_eq!(seen[0]["visit"]["id"], visit["id"]);
    // Late is better than never: the alarm ends, with its reason.
    house
        .step(&volunteer(), "acceptVisit", &visit, json!({}))
        .await;
    house
        .step(
            &volunteer(),
            "checkIn",
            &visit,
            json!({ "method": "TOKEN" }),
        )
        .await;
    let seen = alarms(&house, &li()).await;
    assert_eq!(seen[0]["state"], "RESOLVED");
    assert!(seen[0]["outcome"].as_str().unwrap().contains("已签到"));
    // They are still in the home long after the visit should have ended.
    pass(&house, 59).await;
    assert_eq!(alarms(&house, &staff()).await.len(), 1);
    pass(&house, 60).await;
    let seen = alarms(&house, &staff()).await;
    assert_eq!((seen.len(), &seen[0]["kind"]), (2, &json!("VISIT_OVERRUN")));
    let input = json!({ "tasks": ["送餐"] });
    house.step(&volunteer(), "checkOut", &visit, input).await;
    assert_eq!(alarms(&house, &staff()).await[0]["state"], "RESOLVED");
}

#[tokio::test]
async fn a_visit_that_takes_place_or_is_called_off_raises_none() {
    let house = House::open().await;
    house.volunteer_earned("fine").await;
    let order = house.ordered(WANG, "order-000002").await;
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00002")
        .await;
    let input = json!({ "reason": "住院" });
    house.step(&wang(), "refuseVisit", &visit, input).await;
    pass(&house, 600).await;
    assert!(alarms(&house, &staff()).await.is_empty());
}

#[tokio::test]
async fn an_alarm_is_guarded_also_by_hand() {
    let house = House::open().await;
    call(&house, &li(), "alarm-000001").await;
    let refused = async |sql: &'static str| {
        let tried = sqlx::query(sql).execute(&house.service.db.owner).await;
        kit::Error::from(tried.expect_err("the database must refuse this"))
            .reason()
            .to_owned()
    };
    for (sql, why) in [
        (
            "UPDATE alarms SET elder_id = gen_random_uuid()",
            "ALARM_ORIGIN",
        ),
        (
            "UPDATE alarms SET state = 'RESOLVED', resolved_at = now(), resolved_by = 'x', outcome = 'x'",
            "ALARM_UNANSWERED",
        ),
        ("UPDATE alarms SET state = 'ANSWERED'", "ALARM_ANSWERED"),
        (
            "INSERT INTO alarms SELECT gen_random_uuid(), elder_id, division_code, kind, visit_id,
                 organization_id, note, channel, assisted_by, raised_by, 0, rung, state, outcome, 1,
                 raised_at, NULL, NULL, NULL, NULL, updated_at FROM alarms",
            "ALARM_OPEN_SOS",
        ),
    ] {
        assert_eq!(refused(sql).await, why, "{sql}");
    }
    house.sql("UPDATE alarms SET rung = 'PROVIDER'").await;
    let down = "UPDATE alarms SET rung = 'GRID'";
    assert_eq!(refused(down).await, "ALARM_RUNG");
}

#[tokio::test]
async fn whoever_watches_an_alarm_is_told_of_each_change() {
    let house = House::open().await;
    let alarm = call(&house, &li(), "alarm-000001").await;
    let query = "subscription($id: ID!) { alarmChanged(alarmId: $id) { state rung } }";
    let mut events = house.subscribe(&staff(), query, json!({ "id": alarm["id"] }));
    let now = |event: Option<Value>| event.unwrap()["data"]["alarmChanged"].clone();
    assert_eq!(
        now(events.next().await),
        json!({ "state": "RAISED", "rung": "FAMILY" })
    );
    pass(&house, 5).await;
    assert_eq!(now(events.next().await)["rung"], "GRID");
    let mut strange = house.subscribe(&wang(), query, json!({ "id": alarm["id"] }));
    assert_eq!(reason(&strange.next().await.unwrap()), "ALARM_NOT_FOUND");
}
