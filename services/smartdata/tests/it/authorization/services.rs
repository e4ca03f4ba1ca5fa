//! Services, cases and orders: who may, beside the rest of the table.

use serde_json::{Value, json};
use testkit::access::{Line, local, oversight};

use super::{COMMUNITY, owner, staff, workers};
use crate::{
    services::{CASE, application, card, meals, released},
    sharing::done,
    support::{House, themself},
};

/// Two services that are open, a case and an order of the owner.
pub async fn lines(house: &House, id: &str) -> Vec<Line> {
    let authority = || {
        let mut names = local(&["platform_admin"]);
        names.push("platform_admin of nowhere".into());
        names
    };
    let civil = || local(&["civil_affairs"]);
    released(house, card()).await;
    released(house, meals(Value::Null)).await;
    let me = themself(id);
    let what = ("submitOneStopCase", CASE);
    let case = done(house, &me, what, "auth", application("办")).await["oneStopCase"]["id"].clone();
    let place = json!({ "itemCode": "MEALS", "onBehalfOf": id, "wish": "午餐",
        "wantedAt": "2026-03-02T04:00:00Z" });
    let what = ("placeConvenienceOrder", "convenienceOrder { id }");
    let placed = done(house, &me, what, "auth", place.clone()).await;
    let order = placed["convenienceOrder"]["id"].clone();
    let mut behalf = application("办");
    behalf["onBehalfOf"] = json!(id);
    let mut draft = card();
    draft["code"] = json!("AUTH_ITEM");
    draft["divisionCode"] = json!(COMMUNITY);
    let item = |more: Value| {
        let mut input = json!({ "code": "AUTH_ITEM" });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            input[name] = value;
        }
        input
    };
    let of = |field: &'static str, id: &Value, more: Value| {
        let mut input = json!({ field: id });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            input[name] = value;
        }
        input
    };
    let on_case = |more: Value| of("caseId", &case, more);
    let on_order = |more: Value| of("orderId", &order, more);
    let list = "(first: 5) { nodes { id } }";
    let seen = || [owner(), workers(), oversight()];
    vec![
        Line::public("serviceItem", "(code: \"MEALS\") { code }"),
        Line::public("serviceItems", "(first: 5) { nodes { code } }"),
        Line::read(
            "oneStopForm",
            &format!("(itemCode: \"OLD_AGE_CARD\", residentId: \"{id}\") {{ asked }}"),
            &[owner(), workers()],
        ),
        Line::read("oneStopCase", &format!("(id: {case}) {{ id }}"), &seen())
            .asks(&["readOneStopCase"]),
        Line::read("oneStopCases", list, &seen()),
        Line::read("oneStopCasesToHandle", list, &[staff()]),
        Line::read(
            "convenienceOrder",
            &format!("(id: {order}) {{ id }}"),
            &seen(),
        )
        .asks(&["readConvenienceOrder"]),
        Line::read("convenienceOrders", list, &seen()),
        Line::act("draftServiceItem", draft, &[staff()]),
        Line::act(
            "reviewServiceItem",
            item(json!({ "passed": true, "note": "可" })),
            &[authority()],
        ),
        Line::act("releaseServiceItem", item(json!({})), &[civil()]),
        Line::act(
            "suspendServiceItem",
            item(json!({ "reason": "检修" })),
            &[civil(), authority()],
        ),
        Line::act("retireServiceItem", item(json!({})), &[civil()]),
        Line::act("submitOneStopCase", behalf, &[owner(), workers()]),
        Line::act(
            "requestCaseSupplement",
            on_case(json!({ "note": "缺照片" })),
            &[staff()],
        ),
        Line::act(
            "supplementOneStopCase",
            on_case(json!({ "answers": [] })),
            &[owner(), workers()],
        ),
        Line::act("acceptOneStopCase", on_case(json!({})), &[staff()]),
        Line::act(
            "refuseOneStopCase",
            on_case(json!({ "reason": "不符" })),
            &[staff()],
        ),
        Line::act("processOneStopCase", on_case(json!({})), &[staff()]),
        Line::act(
            "decideOneStopCase",
            on_case(json!({ "granted": true, "decision": "准" })),
            &[staff()],
        ),
        Line::act("deliverOneStopCase", on_case(json!({})), &[workers()]),
        Line::act(
            "rateOneStopCase",
            on_case(json!({ "stars": 5 })),
            &[owner()],
        ),
        Line::act("archiveOneStopCase", on_case(json!({})), &[staff()]),
        Line::act("placeConvenienceOrder", place, &[owner(), workers()]),
        Line::act("acceptConvenienceOrder", on_order(json!({})), &[staff()]),
        Line::act(
            "refuseConvenienceOrder",
            on_order(json!({ "reason": "停电" })),
            &[staff()],
        ),
        Line::act(
            "finishConvenienceOrder",
            on_order(json!({ "outcome": "送达" })),
            &[staff()],
        ),
        Line::act(
            "cancelConvenienceOrder",
            on_order(json!({ "reason": "住院" })),
            &[owner(), workers()],
        ),
        Line::act(
            "rateConvenienceOrder",
            on_order(json!({ "stars": 5 })),
            &[owner()],
        ),
    ]
}
