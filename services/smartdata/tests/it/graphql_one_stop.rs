//! Services and cases through the real schema.

use chrono::TimeDelta;
use kit::auth::Channel;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    services::{CASE, ITEM, application, bring, bureau, card, meals, released, reviewer},
    sharing::{call, done},
    support::{
        House, REGISTER, neighbour, nobody, refused, registration, staff, staff_elsewhere,
        staff_for, themself,
    },
};

const SUBMIT: (&str, &str) = ("submitOneStopCase", CASE);

#[tokio::test]
async fn a_service_is_drafted_reviewed_where_it_is_open_and_released() {
    let house = House::open().await;
    let draft = ("draftServiceItem", ITEM);
    let mut bare = meals(Value::Null);
    bare["elements"] = json!([]);
    let answer = call(&house, &bureau(), draft, "bare", bare).await;
    assert_eq!(
        refused(&answer),
        ("SERVICE_ITEM_LIFE".into(), "input.elements".into())
    );
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = call(&house, &who, draft, "strange", card()).await;
        assert_eq!(reason(&answer), expected);
    }
    done(&house, &bureau(), draft, "one", meals(Value::Null)).await;
    let twice = call(&house, &bureau(), draft, "two", meals(Value::Null)).await;
    assert_eq!(
        refused(&twice),
        ("SERVICE_ITEM_EXISTS".into(), "input.code".into())
    );
    let one = json!({ "code": "MEALS" });
    let release = ("releaseServiceItem", ITEM);
    let gate = call(&house, &bureau(), release, "gate", one.clone()).await;
    assert_eq!(reason(&gate), "SERVICE_ITEM_GATE");
    let list = "{ serviceItems(first: 5) { nodes { code elements } } }";
    let all = "{ serviceItems(first: 5, all: true) { nodes { code } } }";
    let public = data(house.run(&nobody(), list, json!({})).await);
    assert_eq!(public["serviceItems"]["nodes"], json!([]));
    let hidden = data(
        house
            .run(
                &nobody(),
                "{ serviceItem(code: \"MEALS\") { code } }",
                json!({}),
            )
            .await,
    );
    assert_eq!(hidden["serviceItem"], Value::Null);
    let seen = data(house.run(&bureau(), all, json!({})).await);
    assert_eq!(seen["serviceItems"]["nodes"], json!([{ "code": "MEALS" }]));
    let none = data(house.run(&neighbour(), all, json!({})).await);
    assert_eq!(none["serviceItems"]["nodes"], json!([]));
    let fine = json!({ "code": "MEALS", "passed": true, "note": "符合要求" });
    let review = ("reviewServiceItem", ITEM);
    let own = call(&house, &bureau(), review, "own", fine.clone()).await;
    assert_eq!(reason(&own), "FORBIDDEN");
    done(&house, &reviewer(), review, "one", fine.clone()).await;
    let twice = call(&house, &reviewer(), review, "two", fine).await;
    assert_eq!(reason(&twice), "SERVICE_ITEM_REVIEWED");
    done(&house, &bureau(), release, "one", one.clone()).await;
    let public = data(house.run(&nobody(), list, json!({})).await);
    assert_eq!(
        public["serviceItems"]["nodes"],
        json!([{ "code": "MEALS", "elements": ["FOOD"] }])
    );
    let stop = json!({ "code": "MEALS", "reason": "设备检修" });
    let stopped = done(&house, &bureau(), ("suspendServiceItem", ITEM), "one", stop).await;
    assert_eq!(stopped["serviceItem"]["suspendedFor"], "设备检修");
    done(&house, &bureau(), release, "two", one.clone()).await;
    done(
        &house,
        &bureau(),
        ("retireServiceItem", ITEM),
        "one",
        one.clone(),
    )
    .await;
    let gone = call(&house, &bureau(), release, "three", one).await;
    assert_eq!(reason(&gone), "SERVICE_ITEM_STATE");
    let entity =
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on ServiceItem { name } } }";
    let found = data(
        house
            .run(
                &nobody(),
                entity,
                json!({ "r": [{ "__typename": "ServiceItem", "code": "MEALS" }] }),
            )
            .await,
    );
    assert_eq!(found["_entities"], json!([{ "name": "送餐上门" }]));
}

#[tokio::test]
async fn what_the_platform_knows_is_never_asked_again() {
    let house = House::open().await;
    let me = house.registered(1).await;
    released(&house, card()).await;
    let form = "query($of: ID) { oneStopForm(itemCode: \"OLD_AGE_CARD\", residentId: $of) {
        field { key } asked value } }";
    let mine = data(house.run(&themself(&me), form, json!({})).await)["oneStopForm"].clone();
    let line = |key: &str, asked: bool, value: Value| json!({ "field": { "key": key }, "asked": asked, "value": value });
    assert_eq!(mine[0], line("name", false, json!("王秀兰")));
    assert_eq!(mine[2], line("phone", false, json!("13800138000")));
    assert_eq!(mine[3], line("reason", true, Value::Null));
    let theirs = data(house.run(&staff(), form, json!({ "of": me })).await)["oneStopForm"].clone();
    assert_eq!(theirs[0], line("name", false, json!("王**")));
    let other = house.run(&neighbour(), form, json!({ "of": me })).await;
    assert_eq!(reason(&other), "RESIDENT_NOT_FOUND");

    let with = |answers: Value| json!({ "itemCode": "OLD_AGE_CARD", "answers": answers });
    for (answers, expected) in [
        (
            json!([{ "key": "reason", "value": "新办" }, { "key": "name", "value": "王秀兰" }]),
            "ANSWER_KNOWN",
        ),
        (json!([]), "ANSWER_MISSING"),
        (
            json!([{ "key": "colour", "value": "红" }]),
            "ANSWER_UNKNOWN",
        ),
        (
            json!([{ "key": "reason", "value": "a" }, { "key": "reason", "value": "b" }]),
            "ANSWER_TWICE",
        ),
        (json!([{ "key": "reason", "value": " " }]), "TEXT_LENGTH"),
    ] {
        let answer = call(&house, &themself(&me), SUBMIT, expected, with(answers)).await;
        assert_eq!(refused(&answer), (expected.into(), "input.answers".into()));
    }
    // Somebody whose phone number nobody knows is asked for it.
    let mut quiet = registration(2);
    quiet["input"].as_object_mut().unwrap().remove("phone");
    let quiet = data(house.run(&staff(), REGISTER, quiet).await);
    let quiet = quiet["registerResident"]["resident"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let asked = call(
        &house,
        &themself(&quiet),
        SUBMIT,
        "quiet",
        application("新办"),
    )
    .await;
    assert_eq!(reason(&asked), "ANSWER_MISSING");
}

#[tokio::test]
async fn a_case_goes_from_the_application_to_the_archive() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let me = themself(&id);
    released(&house, card()).await;
    let mut kiosk = me.clone().through(Channel::Kiosk);
    kiosk.assisted_by = Some("引导员".into());
    let first =
        done(&house, &kiosk, SUBMIT, "one", application("新办")).await["oneStopCase"].clone();
    assert_eq!(first["number"], "B20260302-000001");
    // One working day to accept: until the end of Tuesday in China.
    assert_eq!(first["dueAt"], "2026-03-03T16:00:00+00:00");
    assert_eq!(
        first["answers"],
        json!([{ "key": "reason", "value": "新办" }])
    );
    let again =
        done(&house, &kiosk, SUBMIT, "one", application("新办")).await["oneStopCase"].clone();
    assert_eq!(first, again);
    let twice = call(&house, &me, SUBMIT, "two", application("再办")).await;
    assert_eq!(
        refused(&twice),
        ("CASE_OPEN_ONE".into(), "input.itemCode".into())
    );
    let case = first["id"].clone();

    // The same record on every channel; what was written is for those who say why.
    let seen = "query($id: ID!) { oneStopCase(id: $id) { channel assistedBy applicant { name }
        answers { value } item { name } } }";
    let here = data(house.run(&staff(), seen, json!({ "id": case })).await)["oneStopCase"].clone();
    assert_eq!(
        (&here["channel"], &here["assistedBy"]),
        (&json!("kiosk"), &json!("引导员"))
    );
    assert_eq!(
        (&here["answers"], &here["applicant"]["name"]),
        (&Value::Null, &json!("王**"))
    );
    let why = staff_for("办理优待证");
    let open = data(house.run(&why, seen, json!({ "id": case })).await)["oneStopCase"].clone();
    assert_eq!(open["answers"], json!([{ "value": "新办" }]));
    let log = data(
        house
            .run(
                &me,
                "{ accessLog(first: 5) { nodes { fields purpose } } }",
                json!({}),
            )
            .await,
    );
    let fields: Vec<&Value> = log["accessLog"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["fields"])
        .collect();
    assert!(fields.contains(&&json!(["CASE_FORM"])), "{log}");
    for who in [neighbour(), staff_elsewhere(), nobody()] {
        let none = data(house.run(&who, seen, json!({ "id": case })).await);
        assert_eq!(none["oneStopCase"], Value::Null);
    }

    bring(&house, &case, "DELIVERED").await;
    let early = call(
        &house,
        &staff(),
        ("archiveOneStopCase", CASE),
        "early",
        json!({ "caseId": case }),
    )
    .await;
    assert_eq!(reason(&early), "CASE_RATING_OPEN");
    let stars = |stars: i32| json!({ "caseId": case, "stars": stars, "note": "很好" });
    let rate = ("rateOneStopCase", CASE);
    let six = call(&house, &me, rate, "six", stars(6)).await;
    assert_eq!(refused(&six), ("STARS_RANGE".into(), "input.stars".into()));
    let other = call(&house, &staff(), rate, "other", stars(5)).await;
    assert_eq!(reason(&other), "FORBIDDEN");
    done(&house, &me, rate, "one", stars(5)).await;
    let last = done(
        &house,
        &staff(),
        ("archiveOneStopCase", CASE),
        "one",
        json!({ "caseId": case }),
    )
    .await;
    assert_eq!(last["oneStopCase"]["state"], "ARCHIVED");
    let steps = "query($id: ID!) { oneStopCase(id: $id) { steps { toState channel } } }";
    let steps = data(house.run(&me, steps, json!({ "id": case })).await);
    assert_eq!(steps["oneStopCase"]["steps"].as_array().unwrap().len(), 7);
    assert_eq!(
        house
            .count("kit.outbox WHERE subject = 'smartdata.one_stop_case.changed'")
            .await,
        7
    );
}

#[tokio::test]
async fn a_supplement_is_asked_for_once() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    released(&house, card()).await;
    let case =
        done(&house, &me, SUBMIT, "one", application("办")).await["oneStopCase"]["id"].clone();
    let ask = ("requestCaseSupplement", CASE);
    let missing = json!({ "caseId": case, "note": "请写明用途" });
    done(&house, &staff(), ask, "one", missing.clone()).await;
    let hand_in = ("supplementOneStopCase", CASE);
    let more = json!({ "caseId": case, "answers": [{ "key": "reason", "value": "乘车优待" }] });
    let bad = json!({ "caseId": case, "answers": [{ "key": "name", "value": "王" }] });
    assert_eq!(
        reason(&call(&house, &me, hand_in, "bad", bad).await),
        "ANSWER_KNOWN"
    );
    house.service.clock.advance(TimeDelta::days(1));
    let back = done(&house, &me, hand_in, "one", more.clone()).await["oneStopCase"].clone();
    assert_eq!(
        back["answers"],
        json!([{ "key": "reason", "value": "乘车优待" }])
    );
    assert_eq!(
        (&back["state"], &back["dueAt"]),
        (&json!("SUBMITTED"), &json!("2026-03-04T16:00:00+00:00"))
    );
    assert_eq!(
        reason(&call(&house, &me, hand_in, "two", more).await),
        "CASE_STATE"
    );
    assert_eq!(
        reason(&call(&house, &staff(), ask, "two", missing).await),
        "CASE_SUPPLEMENT_ONCE"
    );
    let no = json!({ "caseId": case, "reason": "未满六十周岁" });
    let ended = done(&house, &staff(), ("refuseOneStopCase", CASE), "one", no).await;
    assert_eq!(ended["oneStopCase"]["refusalReason"], "未满六十周岁");
    // What ended can be applied for again.
    done(&house, &me, SUBMIT, "again", application("办")).await;
}

#[tokio::test]
async fn limits_are_working_days_and_late_cases_are_seen() {
    let house = House::open().await;
    let id = house.registered(1).await;
    released(&house, card()).await;
    let mut input = application("代办");
    input["onBehalfOf"] = json!(id);
    let mut centre = staff().through(Channel::CallCentre);
    centre.assisted_by = Some("话务员".into());
    let case = done(&house, &centre, SUBMIT, "one", input).await["oneStopCase"]["id"].clone();
    let due = "{ oneStopCasesToHandle(first: 5) { nodes { id overdue } } }";
    let late = "{ oneStopCases(first: 5, overdue: true) { nodes { id late } } }";
    let list = async |query: &str, name: &str| {
        data(house.run(&staff(), query, json!({})).await)[name]["nodes"].clone()
    };
    assert_eq!(
        list(due, "oneStopCasesToHandle").await,
        json!([{ "id": case, "overdue": false }])
    );
    assert_eq!(list(late, "oneStopCases").await, json!([]));
    // Friday: five working days reach over the weekend.
    house
        .service
        .clock
        .set("2026-03-06T02:00:00Z".parse().unwrap());
    assert_eq!(
        list(due, "oneStopCasesToHandle").await,
        json!([{ "id": case, "overdue": true }])
    );
    bring(&house, &case, "PROCESSING").await;
    let one = "query($id: ID!) { oneStopCase(id: $id) { decideBy late overdue } }";
    let seen = data(house.run(&staff(), one, json!({ "id": case })).await);
    assert_eq!(
        seen["oneStopCase"],
        json!({ "decideBy": "2026-03-13T16:00:00+00:00", "late": false, "overdue": false })
    );
    house
        .service
        .clock
        .set("2026-03-13T16:00:00Z".parse().unwrap());
    assert_eq!(
        list(late, "oneStopCases").await,
        json!([{ "id": case, "late": true }])
    );
}

#[tokio::test]
async fn nothing_begins_for_the_dead_for_strangers_or_where_it_is_closed() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let me = themself(&id);
    let closed = call(&house, &me, SUBMIT, "none", application("办")).await;
    assert_eq!(
        refused(&closed),
        ("SERVICE_ITEM_NOT_FOUND".into(), "input.itemCode".into())
    );
    released(&house, card()).await;
    released(&house, meals(Value::Null)).await;
    let mut open = application("办");
    open["itemCode"] = json!("MEALS");
    assert_eq!(
        reason(&call(&house, &me, SUBMIT, "open", open).await),
        "SERVICE_ITEM_ORDERED"
    );
    let mut behalf = application("办");
    behalf["onBehalfOf"] = json!(id);
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "RESIDENT_NOT_FOUND"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = call(&house, &who, SUBMIT, "strange", behalf.clone()).await;
        assert_eq!(reason(&answer), expected);
    }
    let none = call(&house, &bureau(), SUBMIT, "nobody", application("办")).await;
    assert_eq!(
        refused(&none),
        ("APPLICANT_MISSING".into(), "input.onBehalfOf".into())
    );
    let stop = json!({ "code": "OLD_AGE_CARD", "reason": "系统升级" });
    done(&house, &bureau(), ("suspendServiceItem", ITEM), "one", stop).await;
    assert_eq!(
        reason(&call(&house, &me, SUBMIT, "stop", application("办")).await),
        "SERVICE_ITEM_CLOSED"
    );
    done(
        &house,
        &bureau(),
        ("releaseServiceItem", ITEM),
        "again",
        json!({ "code": "OLD_AGE_CARD" }),
    )
    .await;
    let death = json!({ "residentId": id, "diedOn": "2026-03-01" });
    done(
        &house,
        &staff(),
        ("recordDeath", "resident { id }"),
        "one",
        death,
    )
    .await;
    let dead = call(&house, &staff(), SUBMIT, "dead", behalf).await;
    assert_eq!(
        refused(&dead),
        ("RESIDENT_STATUS".into(), "input.onBehalfOf".into())
    );
}
