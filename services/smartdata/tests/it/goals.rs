//! What tests of goals share: facts as other services tell them, targets, looks.

use kit::{
    auth::{Caller, Role},
    events::Event,
};
use serde_json::{Value, json};
use smartdata::worker;
use testkit::service::{caller, data};
use uuid::Uuid;

use crate::{
    sharing,
    support::{House, nobody},
};

pub const CITY: &str = "230100000000";
pub const COUNTY: &str = "230103000000";
pub const TOWNSHIP: &str = "230103001000";

/// Civil affairs of a division.
pub fn office(division: &str) -> Caller {
    caller(Role::CivilAffairs, division)
}

/// An event of another service, told at an instant.
pub fn told(n: u128, subject: &str, at: &str, data: Value) -> Event {
    Event {
        id: Uuid::from_u128(0xe000 + n),
        subject: subject.into(),
        aggregate: "thing".into(),
        aggregate_id: Uuid::from_u128(0xa000 + n),
        sequence: 1,
        version: 1,
        trace_id: None,
        at: at.parse().unwrap(),
        data,
    }
}

/// Delivers events as the relay does, and has them handled.
pub async fn deliver(house: &House, events: &[Event]) {
    for event in events {
        sqlx::query(
            "INSERT INTO kit.inbox (consumer, event_id, subject, aggregate, aggregate_id, event)
             VALUES ('smartdata', $1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(event.id)
        .bind(&event.subject)
        .bind(&event.aggregate)
        .bind(event.aggregate_id)
        .bind(serde_json::to_value(event).unwrap())
        .execute(&house.service.db.app)
        .await
        .unwrap();
    }
    let consumer = worker::consumer(&house.state);
    while consumer.run_due_once().await.unwrap() > 0 {}
}

/// One indicator of a division and a year, as everybody sees it.
pub async fn seen(house: &House, code: &str, division: &str, year: i32) -> Value {
    let query = format!(
        "{{ goals(divisionCode: \"{division}\", year: {year}) {{ code indicators {{
             code direction measure target {{ amount document demo effectiveFrom }}
             actual progress met suppressed closedAt asOf }} }} }}"
    );
    let goals = data(house.run(&nobody(), &query, json!({})).await)["goals"].clone();
    let all = goals.as_array().unwrap().iter();
    let mut all = all.flat_map(|goal| goal["indicators"].as_array().unwrap());
    all.find(|it| it["code"] == code).cloned().unwrap()
}

/// The actual number alone.
pub async fn actual(house: &House, code: &str, division: &str, year: i32) -> Value {
    seen(house, code, division, year).await["actual"].clone()
}

pub fn target(indicator: &str, division: &str, amount: Value) -> Value {
    json!({ "indicator": indicator, "divisionCode": division, "year": 2026, "amount": amount,
        "document": "市民〔2026〕3号" })
}

const SET: (&str, &str) = (
    "setGoalTarget",
    "goalTarget { id amount effectiveFrom effectiveUntil supersededBy { id } }",
);

/// Sets a target; the whole answer.
pub async fn set(house: &House, who: &Caller, key: &str, input: Value) -> Value {
    sharing::call(house, who, SET, key, input).await
}

/// Closes a year of the city; the whole answer.
pub async fn close(house: &House, who: &Caller, key: &str, division: &str, year: i32) -> Value {
    let what = (
        "closeGoalYear",
        "goalYear { year closedAt division { code } }",
    );
    let input = json!({ "divisionCode": division, "year": year });
    sharing::call(house, who, what, key, input).await
}
