//! Who may do what: every operation tried by everybody.

use kit::auth::Policies;
use serde_json::{Value, json};
use testkit::access::{self, Line, everywhere, local, oversight};

use crate::{
    graphql_assessment::form,
    peers::{CHILD, COMMUNITY, ELSEWHERE, LI, SOCIAL_WORKER, VOLUNTEER, WANG},
    support::{House, contractor, li, lunch, order, person, register, volunteer, wang},
};

const ABOVE: &str = "230103000000";

#[tokio::test]
async fn exactly_those_may_whom_the_table_names() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    let audits = crate::graphql_visit_audit::lines(&house).await;
    let placed = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&placed, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;

    let tie = crate::graphql_alarm::related(&house).await;
    let alarm = crate::graphql_alarm::call(&house, &li(), "alarm-000001").await;

    let mut everybody = access::everybody(COMMUNITY, ABOVE, ELSEWHERE);
    everybody.insert("owner".into(), li());
    everybody.insert("neighbour".into(), wang());
    everybody.insert("contractor".into(), contractor());
    everybody.insert("who was sent".into(), volunteer());
    let name = |name: &str| vec![name.to_owned()];
    let (owner, sent, bound) = (
        || name("owner"),
        || name("who was sent"),
        || name("contractor"),
    );
    let people = || {
        vec![
            "owner".to_owned(),
            "neighbour".into(),
            "who was sent".into(),
        ]
    };
    let desk = || local(&["grid_worker", "community_staff", "civil_affairs"]);
    let staff = || local(&["community_staff", "civil_affairs"]);
    let assessors = || local(&["social_worker", "community_staff", "civil_affairs"]);

    let bare = |wrapped: Value| wrapped["input"].clone();
    let at = |more: Value| {
        let mut input = more;
        input["visitId"] = visit["id"].clone();
        input
    };
    let of = |id: &Value| format!("(id: \"{}\") {{ id }}", id.as_str().unwrap());
    let elder = person(LI);
    let whose = |rest: &str| format!("(residentId: \"{}\") {{ {rest} }}", elder.as_str());
    let update =
        json!({ "residentId": elder, "category": "ORDINARY", "livesAlone": true, "version": 1 });
    let relation = json!({ "residentId": person(CHILD), "relativeResidentId": elder,
        "relation": "PARENT", "evidence": "户口簿" });
    let give = json!({ "toResidentId": person(WANG), "relation": "PARENT", "minutes": 1 });
    let grant = json!({ "residentId": elder, "minutes": 1 });
    let mut lines = vec![
        Line::act(
            "registerElder",
            bare(register(LI, "ORDINARY")),
            &[owner(), desk()],
        ),
        Line::act("updateElder", update, &[desk()]),
        Line::act(
            "decideTier",
            json!({ "residentId": elder, "line": "MEALS" }),
            &[desk()],
        ),
        Line::act("registerRelation", relation, &[desk()]),
        Line::act(
            "endRelation",
            json!({ "relationId": tie, "reason": "不再往来" }),
            &[owner(), desk()],
        ),
        Line::act("assessElder", bare(form("-", 20)), &[assessors()]),
        Line::act(
            "publishMenuItem",
            bare(lunch("-")),
            &[everywhere("civil_affairs"), everywhere("platform_admin")],
        ),
        Line::act("placeOrder", bare(order(LI, "-")), &[owner(), desk()]),
        Line::act(
            "assignVisit",
            bare(house.assign(&placed, "SOCIAL_WORKER", SOCIAL_WORKER, "-")),
            &[staff(), bound()],
        ),
        Line::act("acceptVisit", at(json!({})), &[sent()]).asks(&["performVisit"]),
        Line::act("startTravel", at(json!({})), &[sent()]).asks(&["performVisit"]),
        Line::act("checkIn", at(json!({ "method": "TOKEN" })), &[sent()]).asks(&["performVisit"]),
        Line::act("checkOut", at(json!({ "tasks": ["送餐"] })), &[sent()]).asks(&["performVisit"]),
        Line::act(
            "confirmVisit",
            at(json!({ "method": "CARD" })),
            &[owner(), staff()],
        ),
        Line::act(
            "recordNoShow",
            at(json!({ "reason": "无人应门" })),
            &[desk(), bound(), sent()],
        ),
        Line::act(
            "refuseVisit",
            at(json!({ "reason": "住院" })),
            &[owner(), desk(), sent()],
        ),
        Line::act(
            "cancelOrder",
            json!({ "orderId": placed["id"], "reason": "住院" }),
            &[owner(), desk()],
        ),
        Line::act("grantCredits", grant, &[local(&["civil_affairs"])]),
        Line::act("donateCredits", json!({ "minutes": 1 }), &[people()]),
        Line::act("transferCredits", give, &[people()]),
        Line::act(
            "raiseAlarm",
            json!({ "residentId": elder }),
            &[
                owner(),
                local(&["social_worker", "volunteer"]),
                sent(),
                desk(),
            ],
        ),
        Line::act("answerAlarm", json!({ "alarmId": alarm["id"] }), &[desk()]),
        Line::act(
            "resolveAlarm",
            json!({ "alarmId": alarm["id"], "outcome": "平安" }),
            &[desk()],
        ),
        Line::read("alarm", &of(&alarm["id"]), &[owner(), desk(), oversight()])
            .asks(&["readAlarm"]),
        Line::read(
            "alarms",
            "(first: 5) { nodes { id } }",
            &[owner(), desk(), oversight()],
        ),
        Line::public("assessmentItems", " { code }"),
        Line::public("creditPool", " { balance }"),
        Line::public("menuItem", "(code: \"MEAL-LUNCH\") { code }"),
        Line::public("menuItems", "(first: 5) { nodes { code } }"),
        Line::public("tierRules", " { id }"),
        Line::read(
            "creditAccount",
            &whose("balance"),
            &[owner(), staff(), oversight()],
        )
        .asks(&["readCredits"]),
        Line::read(
            "elder",
            &whose("residentId"),
            &[owner(), desk(), assessors(), oversight()],
        )
        .asks(&["readElder"]),
        Line::read(
            "elder",
            &whose("assessments { id }"),
            &[owner(), assessors()],
        )
        .asks(&["readAssessment"]),
        Line::read(
            "elders",
            "(first: 5) { nodes { residentId } }",
            &[owner(), name("neighbour"), desk(), oversight()],
        ),
        Line::read(
            "order",
            &of(&placed["id"]),
            &[owner(), desk(), bound(), oversight()],
        )
        .asks(&["readOrder"]),
        Line::read(
            "orders",
            "(first: 5) { nodes { id } }",
            &[owner(), desk(), bound(), oversight()],
        ),
        Line::read(
            "visit",
            &of(&visit["id"]),
            &[owner(), desk(), bound(), sent(), oversight()],
        )
        .asks(&["readVisit"]),
        Line::read(
            "visits",
            "(first: 5) { nodes { id } }",
            &[owner(), desk(), bound(), sent(), oversight()],
        ),
    ];
    lines.extend(crate::graphql_provider::lines(&house).await);
    lines.extend(crate::graphql_credit_lot::lines(&house).await);
    lines.extend(crate::graphql_appeal::lines(&house).await);
    lines.extend(crate::graphql_contact::lines(&house).await);
    lines.extend(crate::graphql_booking::lines(&house).await);
    lines.extend(audits);
    lines.extend(crate::graphql_care_plan::lines(&house).await);
    let definition = &eldercare::serve::DEFINITION;
    let policies = Policies::load(definition.policy_schema, definition.policies).unwrap();
    let run = async |who: &_, query: &str, variables| house.run(who, query, variables).await;
    access::check(run, &policies, &everybody, lines, &["summarizeContract"]).await;
}
