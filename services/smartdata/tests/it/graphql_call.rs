//! Calls through the real schema.

use kernel::GlobalId;
use kit::auth::{Caller, Channel};
use serde_json::{Value, json};
use smartdata::domain::call::AlarmId;
use testkit::service::{data, reason};

use crate::{
    events,
    sharing::{call, done},
    support::{COMMUNITY, House, neighbour, nobody, refused, staff, staff_elsewhere, themself},
};

const ANSWER: (&str, &str) = ("answerCall", "call { id number waitedSeconds }");
const END: (&str, &str) = (
    "endCall",
    "call { outcome endedAt event { number } alarmId transferredTo }",
);

fn operator(subject: &str) -> Caller {
    let mut one = staff().through(Channel::CallCentre);
    one.actor.subject = subject.into();
    one
}

fn ring(resident: Value) -> Value {
    json!({ "divisionCode": COMMUNITY, "residentId": resident, "rangAt": "2026-03-02T00:59:50Z" })
}

#[tokio::test]
async fn a_call_is_answered_once_and_ends_with_what_it_became() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let seven = operator("seven");
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = call(&house, &who, ANSWER, "strange", ring(Value::Null)).await;
        assert_eq!(reason(&answer), expected);
    }
    let mut early = ring(Value::Null);
    early["rangAt"] = json!("2026-03-02T01:00:01Z");
    let answer = call(&house, &seven, ANSWER, "early", early).await;
    assert_eq!(
        refused(&answer),
        ("CALL_TIMES".into(), "input.rangAt".into())
    );
    let one = done(&house, &seven, ANSWER, "one", ring(json!(id))).await["call"].clone();
    assert_eq!(
        (&one["number"], &one["waitedSeconds"]),
        (&json!("H20260302-000001"), &json!(10))
    );
    let twice = call(&house, &seven, ANSWER, "two", ring(Value::Null)).await;
    assert_eq!(reason(&twice), "CALL_OPEN_ONE");

    let event = events::reported(&house, &themself(&id), "report-0001").await;
    let end = |outcome: &str, more: Value| {
        let mut input = json!({ "callId": one["id"], "summary": "楼道堵塞", "outcome": outcome });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            input[name] = value;
        }
        input
    };
    for (outcome, more) in [
        ("EVENT", json!({})),
        ("ANSWERED", json!({ "eventId": event })),
        (
            "EVENT",
            json!({ "eventId": event, "transferredTo": "12345" }),
        ),
    ] {
        let answer = call(&house, &seven, END, outcome, end(outcome, more)).await;
        assert_eq!(
            refused(&answer),
            ("CALL_BECAME".into(), "input.outcome".into())
        );
    }
    let fine = end("EVENT", json!({ "eventId": event }));
    let other = call(&house, &operator("eight"), END, "other", fine.clone()).await;
    assert_eq!(reason(&other), "FORBIDDEN");
    let ended = done(&house, &seven, END, "one", fine.clone()).await["call"].clone();
    assert_eq!(ended["event"]["number"], "E20260302-000001");
    let again = call(&house, &seven, END, "again", fine).await;
    assert_eq!(reason(&again), "CALL_FIXED");

    // An alarm is elder care's: its id is kept, and another kind's is refused.
    let second =
        done(&house, &seven, ANSWER, "second", ring(Value::Null)).await["call"]["id"].clone();
    let alarm = GlobalId::of(AlarmId::from_uuid(uuid::Uuid::from_u128(9))).encode();
    let mut input = end("ALARM", json!({ "alarmId": event }));
    input["callId"] = second.clone();
    let wrong = call(&house, &seven, END, "kind", input.clone()).await;
    assert_eq!(refused(&wrong).1, "input.alarmId");
    input["alarmId"] = json!(alarm);
    input["residentId"] = json!(id);
    let ended = done(&house, &seven, END, "alarm", input).await["call"].clone();
    assert_eq!(ended["alarmId"], json!(alarm));
    let list = "{ calls(first: 5) { nodes { outcome } } }";
    for who in [staff(), themself(&id)] {
        let seen = data(house.run(&who, list, json!({})).await);
        assert_eq!(
            seen["calls"]["nodes"],
            json!([{ "outcome": "ALARM" }, { "outcome": "EVENT" }])
        );
    }
    let none = data(house.run(&staff_elsewhere(), list, json!({})).await);
    assert_eq!(none["calls"]["nodes"], json!([]));
    for (change, expected) in [
        ("summary = 'x'", "CALL_FIXED"),
        ("answered_by = 'x'", "CALL_FIXED"),
    ] {
        assert_eq!(
            house.refusal(&format!("UPDATE calls SET {change}")).await,
            expected
        );
    }
    done(&house, &seven, ANSWER, "third", ring(Value::Null)).await;
    let open = "{ calls(first: 5, open: true, mine: true) { nodes { outcome } } }";
    let seen = data(house.run(&seven, open, json!({})).await);
    assert_eq!(seen["calls"]["nodes"], json!([{ "outcome": null }]));
    for (change, expected) in [
        (
            "outcome = 'EVENT', summary = 'x', ended_at = now()",
            "CALL_BECAME",
        ),
        ("outcome = 'ANSWERED'", "CALL_ENDED"),
        (
            "ended_at = answered_at - interval '1 hour', outcome = 'DROPPED', summary = 'x'",
            "CALL_TIMES",
        ),
    ] {
        let sql = format!("UPDATE calls SET {change} WHERE ended_at IS NULL");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    assert!(house.app_may_not("DELETE FROM calls").await);
}
