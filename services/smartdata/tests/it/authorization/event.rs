//! Events and patrols: who may, beside the rest of the table.

use kit::auth::Role;
use serde_json::json;
use testkit::{
    access::{Everybody, Line, oversight},
    service::{caller, data},
};

use super::{COMMUNITY, ELSEWHERE, GRID, owner, staff, workers};
use crate::{
    events::{done, report, reported},
    sharing,
    support::{self, House, themself},
};

/// Two events of the owner, one of them with the handler, and a patrol.
pub async fn lines(house: &House, everybody: &mut Everybody, id: &str) -> Vec<Line> {
    let mut handler = caller(Role::Resident, ELSEWHERE);
    handler.actor.subject = "handler".into();
    everybody.insert("handler".into(), handler);
    let handler = || vec!["handler".to_owned()];
    let me = themself(id);
    let event = reported(house, &me, "auth-report-1").await;
    let other = reported(house, &me, "auth-report-2").await;
    let one = json!({ "eventId": event });
    done(
        house,
        &support::staff(),
        "registerEvent",
        "auth-register",
        one.clone(),
    )
    .await;
    let give = json!({ "eventId": event, "handlerSubject": "handler", "handlerName": "办理人" });
    done(
        house,
        &support::staff(),
        "dispatchEvent",
        "auth-dispatch",
        give.clone(),
    )
    .await;
    let plan = json!({ "gridCode": GRID, "title": "巡查", "dueAt": "2026-03-09T01:00:00Z",
        "worker": { "subject": "handler", "name": "办理人" } });
    let what = ("planPatrol", "patrolTask { id }");
    let planned = sharing::done(house, &support::staff(), what, "auth", plan.clone()).await;
    let patrol = planned["patrolTask"]["id"].clone();
    let told = "{ eventNotices(first: 1) { nodes { id } } }";
    let told = data(house.run(&me, told, json!({})).await);
    let notice = told["eventNotices"]["nodes"][0]["id"].clone();
    let with = |id: &str, more: serde_json::Value| {
        let mut input = json!({ "eventId": id });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            input[name] = value;
        }
        input
    };
    let list = "(first: 5) { nodes { id } }";
    vec![
        Line::public("eventClasses", " { limit }"),
        Line::public("eventClock", "(number: \"E20260302-000001\") { state }"),
        Line::public(
            "eventClocks",
            &format!("(divisionCode: \"{COMMUNITY}\", first: 5) {{ nodes {{ state }} }}"),
        ),
        Line::read("events", list, &[owner(), workers(), oversight()]),
        Line::read(
            "event",
            &format!("(id: \"{event}\") {{ id }}"),
            &[owner(), handler(), workers(), oversight()],
        )
        .asks(&["readEvent"]),
        Line::read("eventsToHandle", list, &[handler()]),
        Line::read("eventsToDispatch", list, &[staff()]),
        Line::read("eventNotices", list, &[owner(), handler()]),
        Line::read("patrolTasks", list, &[handler()]),
        Line::read(
            "patrolTasks",
            "(mine: false, first: 5) { nodes { id } }",
            &[staff(), oversight()],
        )
        .asks(&["readPatrol"]),
        Line::act("readEventNotice", json!({ "noticeId": notice }), &[owner()]).asks(&[]),
        Line::act(
            "reportEvent",
            report("RESIDENT", json!({ "onBehalfOf": id })),
            &[owner(), workers()],
        ),
        Line::act("registerEvent", with(&other, json!({})), &[staff()]),
        Line::act("acceptEvent", one, &[handler()]),
        Line::act(
            "requestEventDeferral",
            with(
                &event,
                json!({ "reason": "等配件", "until": "2026-03-20T01:00:00Z" }),
            ),
            &[handler()],
        ),
        Line::act(
            "decideEventDeferral",
            with(&event, json!({ "approve": true })),
            &[staff()],
        ),
        Line::act(
            "feedBackEvent",
            with(&event, json!({ "outcome": "已办" })),
            &[handler()],
        ),
        Line::act(
            "verifyEvent",
            with(&event, json!({ "done": true })),
            &[staff()],
        ),
        Line::act(
            "reopenEvent",
            with(&event, json!({ "reason": "未办" })),
            &[owner()],
        ),
        Line::act(
            "returnEvent",
            with(&event, json!({ "reason": "不在本格" })),
            &[handler()],
        ),
        Line::act("dispatchEvent", give, &[staff()]),
        Line::act(
            "evaluateEvent",
            with(&event, json!({ "stars": 5 })),
            &[owner()],
        ),
        Line::act(
            "mergeEvent",
            with(&other, json!({ "intoEventId": event })),
            &[staff()],
        ),
        Line::act(
            "invalidateEvent",
            with(&other, json!({ "reason": "无此事" })),
            &[staff()],
        ),
        Line::act("planPatrol", plan, &[staff()]),
        Line::act(
            "finishPatrol",
            json!({ "patrolTaskId": patrol, "finding": "正常" }),
            &[handler()],
        ),
        Line::act(
            "cancelPatrol",
            json!({ "patrolTaskId": patrol, "reason": "暴雪" }),
            &[staff()],
        ),
    ]
}
