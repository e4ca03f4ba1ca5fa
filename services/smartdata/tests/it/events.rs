//! What tests of events share: callers, calls, the way of an event.

use kit::auth::{Actor, Caller, Role};
use serde_json::{Value, json};
use testkit::service::{caller, data, reason};

use crate::support::{COMMUNITY, GRID, House, staff};

pub const FIELDS: &str = "id number state dueAt stepDueAt overdue stepOverdue handlerName mine \
    outcome reworks stars closedAt version";

/// A grid worker with an account of their own.
pub fn worker(subject: &str) -> Caller {
    let mut worker = caller(Role::GridWorker, COMMUNITY);
    worker.actor.subject = subject.into();
    worker.actor.name = Some("赵网格".into());
    worker
}

/// Another member of the community's staff.
pub fn colleague() -> Caller {
    let mut other = staff();
    other.actor.subject = "colleague".into();
    other
}

/// A service of the platform that passes on what devices tell.
pub fn device() -> Caller {
    Caller::of(Actor::new("devices", [Role::Service]))
}

pub fn report(source: &str, more: Value) -> Value {
    let mut input = json!({
        "classCode": "SAFETY_HAZARD", "source": source, "divisionCode": COMMUNITY,
        "gridCode": GRID, "location": "3 号楼 2 单元", "description": "楼道堆放杂物",
    });
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        input[name] = value;
    }
    input
}

/// Calls a mutation that answers an event.
pub async fn call(house: &House, who: &Caller, name: &str, key: &str, mut input: Value) -> Value {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query =
        format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ event {{ {FIELDS} }} }} }}");
    input["idempotencyKey"] = json!(key);
    house.run(who, &query, json!({ "input": input })).await
}

/// The event that a call answered.
pub async fn done(house: &House, who: &Caller, name: &str, key: &str, input: Value) -> Value {
    data(call(house, who, name, key, input).await)[name]["event"].clone()
}

/// The reason why a call was refused.
pub async fn denied(house: &House, who: &Caller, name: &str, key: &str, input: Value) -> String {
    reason(&call(house, who, name, key, input).await)
}

/// A resident's report; answers its id.
pub async fn reported(house: &House, who: &Caller, key: &str) -> String {
    let event = done(
        house,
        who,
        "reportEvent",
        key,
        report("RESIDENT", json!({})),
    )
    .await;
    event["id"].as_str().unwrap().to_owned()
}

/// An event on its way: taken up, given to `zhao`, handled, fed back, closed,
/// as far as `until` says.
pub async fn bring(house: &House, id: &str, until: &str) {
    let zhao = worker("zhao");
    let one = json!({ "eventId": id });
    for (name, who, more) in [
        ("registerEvent", staff(), json!({})),
        (
            "dispatchEvent",
            staff(),
            json!({ "handlerSubject": "zhao", "handlerName": "赵网格" }),
        ),
        ("acceptEvent", zhao.clone(), json!({})),
        ("feedBackEvent", zhao, json!({ "outcome": "已清理" })),
        ("verifyEvent", staff(), json!({ "done": true })),
    ] {
        let mut input = one.clone();
        for (field, value) in more.as_object().cloned().unwrap_or_default() {
            input[field] = value;
        }
        let last = done(house, &who, name, &format!("{name}-{id}"), input).await;
        if last["state"] == until {
            return;
        }
    }
    panic!("no step leads to {until}");
}
