//! Events through the real schema: seven steps, and what may happen beside them.

use chrono::TimeDelta;
use serde_json::{Value, json};
use smartdata::worker as workers;
use testkit::service::{data, reason};

use crate::{
    events::{bring, call, colleague, denied, device, done, report, reported, worker},
    support::{
        COMMUNITY, ELSEWHERE, House, neighbour, nobody, refused, staff, staff_elsewhere, themself,
    },
};

const NOTICES: &str =
    "{ eventNotices(unread: true, first: 20) { nodes { id kind event { id } } } }";

async fn told(house: &House, who: &kit::auth::Caller) -> Vec<String> {
    let answer = data(house.run(who, NOTICES, json!({})).await);
    let nodes = answer["eventNotices"]["nodes"].as_array().unwrap().clone();
    let mut kinds: Vec<String> = nodes
        .iter()
        .map(|it| it["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds
}

/// Time passes, and what falls due is done.
async fn pass(house: &House, hours: i64) {
    house.service.clock.advance(TimeDelta::hours(hours));
    let timers = workers::timers(&house.state);
    while timers.run_due_once().await.unwrap() > 0 {}
}

#[tokio::test]
async fn goes_from_the_report_to_the_evaluation() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let first = done(
        &house,
        &me,
        "reportEvent",
        "report-0001",
        report("RESIDENT", json!({})),
    )
    .await;
    assert_eq!(first["number"], "E20260302-000001");
    // 24 hours, as the parameter says; the first step within two.
    assert_eq!(first["dueAt"], "2026-03-03T01:00:00+00:00");
    assert_eq!(first["stepDueAt"], "2026-03-02T03:00:00+00:00");
    let again = done(
        &house,
        &me,
        "reportEvent",
        "report-0001",
        report("RESIDENT", json!({})),
    )
    .await;
    assert_eq!(first, again);
    let id = first["id"].as_str().unwrap().to_owned();
    bring(&house, &id, "CLOSED").await;
    let rated = done(
        &house,
        &me,
        "evaluateEvent",
        "evaluate-01",
        json!({ "eventId": id, "stars": 5, "note": "很快" }),
    )
    .await;
    assert_eq!(
        (&rated["state"], &rated["stars"]),
        (&json!("EVALUATED"), &json!(5))
    );
    assert_eq!(told(&house, &me).await, ["CLOSED", "REGISTERED"]);
    assert_eq!(told(&house, &worker("zhao")).await, ["DISPATCHED"]);

    let history = "query($id: ID!) { event(id: $id) { location reporter { name }
        steps { fromState toState note channel } } }";
    let seen = data(house.run(&me, history, json!({ "id": id })).await)["event"].clone();
    assert_eq!(seen["reporter"]["name"], "王秀兰");
    let steps: Vec<&str> = seen["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["toState"].as_str().unwrap())
        .collect();
    assert_eq!(
        steps,
        [
            "REPORTED",
            "REGISTERED",
            "DISPATCHED",
            "HANDLING",
            "FED_BACK",
            "CLOSED",
            "EVALUATED"
        ]
    );
    assert_eq!(
        house
            .count("kit.outbox WHERE subject = 'smartdata.event.changed'")
            .await,
        7
    );
}

#[tokio::test]
async fn who_reports_what_for_whom() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let new = |source: &str, more: Value| report(source, more);
    for (who, source, more, expected) in [
        (nobody(), "RESIDENT", json!({}), "UNAUTHENTICATED"),
        (staff(), "RESIDENT", json!({}), "REPORTER_MISSING"),
        (neighbour(), "RESIDENT", json!({}), "RESIDENT_NOT_FOUND"),
        (
            neighbour(),
            "RESIDENT",
            json!({ "onBehalfOf": id }),
            "FORBIDDEN",
        ),
        (
            neighbour(),
            "HOTLINE_12345",
            json!({ "onBehalfOf": id }),
            "FORBIDDEN",
        ),
        (
            themself(&id),
            "DEPARTMENT",
            json!({ "onBehalfOf": id }),
            "FORBIDDEN",
        ),
        (staff_elsewhere(), "DEPARTMENT", json!({}), "FORBIDDEN"),
        (
            staff(),
            "DEPARTMENT",
            json!({ "classCode": "NOTHING" }),
            "EVENT_CLASS_UNKNOWN",
        ),
        (
            staff(),
            "DEPARTMENT",
            json!({ "location": " " }),
            "TEXT_LENGTH",
        ),
        (
            staff(),
            "DEPARTMENT",
            json!({ "gridCode": "230103001002001" }),
            "GRID_OF_OTHER_COMMUNITY",
        ),
        (
            staff(),
            "DEPARTMENT",
            json!({ "gridCode": "230103001001009" }),
            "GRID_NOT_FOUND",
        ),
    ] {
        let answer = call(
            &house,
            &who,
            "reportEvent",
            "report-0001",
            new(source, more),
        )
        .await;
        assert_eq!(reason(&answer), expected, "{source}");
    }
    let mut centre = staff().through(kit::auth::Channel::CallCentre);
    centre.assisted_by = Some("话务员 7".into());
    let input = new("RESIDENT", json!({ "onBehalfOf": id }));
    done(&house, &centre, "reportEvent", "report-0002", input).await;
    let list = "{ events(first: 5) { nodes { channel assistedBy source } } }";
    let mine = data(house.run(&themself(&id), list, json!({})).await);
    assert_eq!(
        mine["events"]["nodes"],
        json!([{ "channel": "call_centre", "assistedBy": "话务员 7", "source": "RESIDENT" }])
    );
    // The hotline and devices tell a thing once.
    let ticket = new("HOTLINE_12345", json!({ "externalReference": "T-1" }));
    done(
        &house,
        &staff(),
        "reportEvent",
        "report-0003",
        ticket.clone(),
    )
    .await;
    let twice = call(&house, &staff(), "reportEvent", "report-0004", ticket).await;
    assert_eq!(
        refused(&twice),
        ("EVENT_TOLD_BEFORE".into(), "input.externalReference".into())
    );
    let alarm = new("DEVICE", json!({ "externalReference": "T-1" }));
    let told = call(&house, &device(), "reportEvent", "report-0005", alarm).await;
    assert!(told.get("errors").is_none(), "{told:#}");
}

#[tokio::test]
async fn a_return_goes_to_another_handler_and_strangers_see_nothing() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let id = reported(&house, &me, "report-0001").await;
    let one = json!({ "eventId": id });
    for who in [staff_elsewhere(), neighbour(), worker("qian")] {
        let refused = denied(&house, &who, "registerEvent", "register-01", one.clone()).await;
        assert!(
            matches!(refused.as_str(), "EVENT_NOT_FOUND" | "FORBIDDEN"),
            "{refused}"
        );
    }
    let early = json!({ "eventId": id, "outcome": "已清理" });
    assert_eq!(
        denied(
            &house,
            &worker("zhao"),
            "feedBackEvent",
            "feed-000001",
            early
        )
        .await,
        "FORBIDDEN"
    );
    bring(&house, &id, "HANDLING").await;
    let back = json!({ "eventId": id, "reason": "不在本格" });
    let returned = done(&house, &worker("zhao"), "returnEvent", "return-0001", back).await;
    assert_eq!(returned["state"], "RETURNED");
    assert_eq!(told(&house, &staff()).await, ["RETURNED"]);
    let give = json!({ "eventId": id, "handlerSubject": "qian", "handlerName": "钱网格" });
    done(&house, &staff(), "dispatchEvent", "dispatch-2", give).await;
    assert_eq!(
        denied(
            &house,
            &worker("zhao"),
            "acceptEvent",
            "accept-0002",
            one.clone()
        )
        .await,
        "FORBIDDEN"
    );
    done(
        &house,
        &worker("qian"),
        "acceptEvent",
        "accept-0003",
        one.clone(),
    )
    .await;
    let list = "{ eventsToHandle(first: 5) { nodes { id mine } } }";
    let of = async |who| data(house.run(&who, list, json!({})).await)["eventsToHandle"].clone();
    assert_eq!(
        of(worker("qian")).await["nodes"],
        json!([{ "id": id, "mine": true }])
    );
    assert_eq!(of(worker("zhao")).await["nodes"], json!([]));
    let outside = "query($id: ID!) { event(id: $id) { id } }";
    for who in [neighbour(), staff_elsewhere(), nobody()] {
        let seen = data(house.run(&who, outside, json!({ "id": id })).await);
        assert_eq!(seen["event"], Value::Null);
    }
}

#[tokio::test]
async fn is_verified_by_another_and_done_again_where_it_is_not_done() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let id = reported(&house, &me, "report-0001").await;
    bring(&house, &id, "REGISTERED").await;
    // Staff who handle an event themselves do not verify it.
    let give =
        json!({ "eventId": id, "handlerSubject": staff().actor.subject, "handlerName": "李" });
    done(&house, &staff(), "dispatchEvent", "dispatch-1", give).await;
    let one = json!({ "eventId": id });
    done(&house, &staff(), "acceptEvent", "accept-0001", one).await;
    let said = json!({ "eventId": id, "outcome": "已清理" });
    done(
        &house,
        &staff(),
        "feedBackEvent",
        "feed-000001",
        said.clone(),
    )
    .await;
    let good = json!({ "eventId": id, "done": true });
    assert_eq!(
        denied(&house, &staff(), "verifyEvent", "verify-0001", good.clone()).await,
        "EVENT_VERIFIED_BY_ANOTHER"
    );
    let bad = json!({ "eventId": id, "done": false });
    assert_eq!(
        denied(&house, &colleague(), "verifyEvent", "verify-0002", bad).await,
        "NOTE_REQUIRED"
    );
    let bad = json!({ "eventId": id, "done": false, "note": "仍有杂物" });
    let rework = done(
        &house,
        &colleague(),
        "verifyEvent",
        "verify-0003",
        bad.clone(),
    )
    .await;
    assert_eq!(
        (&rework["state"], &rework["reworks"]),
        (&json!("REWORK"), &json!(1))
    );
    assert_eq!(
        denied(&house, &colleague(), "verifyEvent", "verify-0004", bad).await,
        "EVENT_STATE"
    );
    done(&house, &staff(), "feedBackEvent", "feed-000002", said).await;
    let closed = done(&house, &colleague(), "verifyEvent", "verify-0005", good).await;
    assert_eq!(closed["state"], "CLOSED");
}

#[tokio::test]
async fn a_resident_reopens_in_time_and_the_handler_is_told() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let id = reported(&house, &me, "report-0001").await;
    let why = json!({ "eventId": id, "reason": "又堆上了" });
    assert_eq!(
        denied(&house, &me, "reopenEvent", "reopen-0001", why.clone()).await,
        "EVENT_STATE"
    );
    bring(&house, &id, "CLOSED").await;
    assert_eq!(
        denied(&house, &staff(), "reopenEvent", "reopen-0002", why.clone()).await,
        "FORBIDDEN"
    );
    let open = done(&house, &me, "reopenEvent", "reopen-0003", why.clone()).await;
    assert_eq!(
        (&open["state"], &open["reworks"]),
        (&json!("REWORK"), &json!(1))
    );
    let notices = told(&house, &worker("zhao")).await;
    assert_eq!(notices, ["DISPATCHED", "REOPENED"]);

    // The notice is the handler's to read, and nobody else's.
    let nodes = data(house.run(&worker("zhao"), NOTICES, json!({})).await);
    let notice = nodes["eventNotices"]["nodes"][0]["id"].clone();
    let read = "mutation($input: ReadEventNoticeInput!) {
        readEventNotice(input: $input) { eventNotice { kind readAt } } }";
    let input = json!({ "input": { "idempotencyKey": "read-000001", "noticeId": notice } });
    let other = house.run(&worker("qian"), read, input.clone()).await;
    assert_eq!(reason(&other), "EVENT_NOTICE_NOT_FOUND");
    let seen = data(house.run(&worker("zhao"), read, input).await);
    assert_eq!(seen["readEventNotice"]["eventNotice"]["kind"], "REOPENED");
    assert_eq!(told(&house, &worker("zhao")).await, ["DISPATCHED"]);

    let said = json!({ "eventId": id, "outcome": "再次清理" });
    done(
        &house,
        &worker("zhao"),
        "feedBackEvent",
        "feed-000002",
        said,
    )
    .await;
    let good = json!({ "eventId": id, "done": true });
    done(&house, &staff(), "verifyEvent", "verify-0002", good).await;
    house.service.clock.advance(TimeDelta::days(6));
    assert_eq!(
        denied(&house, &me, "reopenEvent", "reopen-0004", why).await,
        "EVENT_REOPEN_ENDED"
    );
}

#[tokio::test]
async fn a_double_is_merged_once_and_never_in_a_circle() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let first = reported(&house, &me, "report-0001").await;
    let second = reported(&house, &me, "report-0002").await;
    let third = reported(&house, &me, "report-0003").await;
    let similar = "query($id: ID!) { event(id: $id) { similar { id } } }";
    let found = data(house.run(&staff(), similar, json!({ "id": first })).await);
    assert_eq!(found["event"]["similar"].as_array().unwrap().len(), 2);
    let merge = |from: &str, into: &str| json!({ "eventId": from, "intoEventId": into });
    assert_eq!(
        denied(
            &house,
            &staff(),
            "mergeEvent",
            "merge-00001",
            merge(&second, &second)
        )
        .await,
        "EVENT_MERGE_CHAIN"
    );
    let merged = done(
        &house,
        &staff(),
        "mergeEvent",
        "merge-00002",
        merge(&second, &first),
    )
    .await;
    assert_eq!(merged["state"], "MERGED");
    for (key, from, into) in [
        ("merge-00003", &first, &second),
        ("merge-00004", &first, &third),
    ] {
        assert_eq!(
            denied(&house, &staff(), "mergeEvent", key, merge(from, into)).await,
            "EVENT_MERGE_CHAIN"
        );
    }
    assert_eq!(told(&house, &me).await, ["MERGED"]);
    let where_to = "query($id: ID!) { event(id: $id) { mergedInto { id } } }";
    let seen = data(house.run(&me, where_to, json!({ "id": second })).await);
    assert_eq!(seen["event"]["mergedInto"]["id"], first);
    let why = json!({ "eventId": third, "reason": "属私人纠纷" });
    done(&house, &staff(), "invalidateEvent", "invalid-001", why).await;
    assert_eq!(told(&house, &me).await, ["INVALID", "MERGED"]);
    // Somebody else whose report was merged hears of the end as well.
    let other = themself(&house.registered(2).await);
    let theirs = reported(&house, &other, "report-0004").await;
    let into = merge(&theirs, &first);
    done(&house, &staff(), "mergeEvent", "merge-00005", into).await;
    bring(&house, &first, "CLOSED").await;
    assert_eq!(told(&house, &other).await, ["CLOSED", "MERGED"]);
}

#[tokio::test]
async fn only_an_approved_deferral_moves_the_limit() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let id = reported(&house, &me, "report-0001").await;
    bring(&house, &id, "DISPATCHED").await;
    let zhao = worker("zhao");
    let ask = |until: &str| json!({ "eventId": id, "reason": "等配件", "until": until });
    assert_eq!(
        denied(
            &house,
            &zhao,
            "requestEventDeferral",
            "ask-0000001",
            ask("2026-03-09T01:00:00Z")
        )
        .await,
        "EVENT_STATE"
    );
    done(
        &house,
        &zhao,
        "acceptEvent",
        "accept-0001",
        json!({ "eventId": id }),
    )
    .await;
    let early = call(
        &house,
        &zhao,
        "requestEventDeferral",
        "ask-0000002",
        ask("2026-03-02T02:00:00Z"),
    )
    .await;
    assert_eq!(
        refused(&early),
        ("DEFERRAL_SHORTENS".into(), "input.until".into())
    );
    done(
        &house,
        &zhao,
        "requestEventDeferral",
        "ask-0000003",
        ask("2026-03-09T01:00:00Z"),
    )
    .await;
    assert_eq!(
        denied(
            &house,
            &zhao,
            "requestEventDeferral",
            "ask-0000004",
            ask("2026-03-10T01:00:00Z")
        )
        .await,
        "DEFERRAL_OPEN_ONE"
    );
    let waits = "{ eventsToDispatch(first: 5) { nodes { id deferrals { reason approved } } } }";
    let list = data(house.run(&staff(), waits, json!({})).await);
    assert_eq!(
        list["eventsToDispatch"]["nodes"][0]["deferrals"][0]["reason"],
        "等配件"
    );
    let no = json!({ "eventId": id, "approve": false, "note": "配件在库" });
    let kept = done(&house, &staff(), "decideEventDeferral", "decide-0001", no).await;
    assert_eq!(kept["dueAt"], "2026-03-03T01:00:00+00:00");
    let yes = json!({ "eventId": id, "approve": true });
    assert_eq!(
        denied(
            &house,
            &staff(),
            "decideEventDeferral",
            "decide-0002",
            yes.clone()
        )
        .await,
        "DEFERRAL_NONE_OPEN"
    );
    done(
        &house,
        &zhao,
        "requestEventDeferral",
        "ask-0000005",
        ask("2026-03-09T01:00:00Z"),
    )
    .await;
    let moved = done(&house, &staff(), "decideEventDeferral", "decide-0003", yes).await;
    assert_eq!(moved["dueAt"], "2026-03-09T01:00:00+00:00");
    let notices = told(&house, &zhao).await;
    assert_eq!(
        notices,
        ["DEFERRAL_APPROVED", "DEFERRAL_DENIED", "DISPATCHED"]
    );

    // The first limit passes in silence, the deferred one does not.
    pass(&house, 48).await;
    assert_eq!(told(&house, &zhao).await, notices);
    pass(&house, 24 * 6).await;
    assert!(told(&house, &zhao).await.contains(&"OVERDUE".to_owned()));
    assert_eq!(
        house
            .count("kit.outbox WHERE subject = 'smartdata.event.overdue'")
            .await,
        1
    );
    let late = "{ events(filter: { overdue: true }, first: 5) { nodes { id overdue } } }";
    let found = data(house.run(&staff(), late, json!({})).await);
    assert_eq!(
        found["events"]["nodes"],
        json!([{ "id": id, "overdue": true }])
    );
}

#[tokio::test]
async fn everybody_sees_the_clock_and_nobody_the_words() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let id = reported(&house, &me, "report-0001").await;
    let clocks = format!(
        "{{ eventClocks(divisionCode: \"{COMMUNITY}\", first: 5) {{ nodes {{
            number state overdue class {{ name }} division {{ name }} }} }} }}"
    );
    let none = data(house.run(&nobody(), &clocks, json!({})).await);
    assert_eq!(none["eventClocks"]["nodes"], json!([]), "not taken up yet");
    bring(&house, &id, "DISPATCHED").await;
    let seen = data(house.run(&nobody(), &clocks, json!({})).await);
    assert_eq!(
        seen["eventClocks"]["nodes"],
        json!([{ "number": "E20260302-000001", "state": "DISPATCHED", "overdue": false,
                 "class": { "name": "安全隐患" }, "division": { "name": "向阳社区" } }])
    );
    house.service.clock.advance(TimeDelta::hours(24));
    let clock = "{ eventClock(number: \"E20260302-000001\") { dueAt overdue closedAt } }";
    let late = data(house.run(&nobody(), clock, json!({})).await);
    assert_eq!(late["eventClock"]["overdue"], true);
    let classes = "{ eventClasses { class { code kind } limit } }";
    let told = data(house.run(&nobody(), classes, json!({})).await);
    assert_eq!(
        told["eventClasses"][0],
        json!({ "class": { "code": "CITY_APPEARANCE", "kind": "INCIDENT" }, "limit": "2 个工作日" })
    );
    let elsewhere = format!(
        "{{ eventClocks(divisionCode: \"{ELSEWHERE}\", first: 5) {{ nodes {{ number }} }} }}"
    );
    let none = data(house.run(&nobody(), &elsewhere, json!({})).await);
    assert_eq!(none["eventClocks"]["nodes"], json!([]));
}

#[tokio::test]
async fn an_event_is_an_entity_and_lists_turn_their_pages() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    for n in 1..=3 {
        reported(&house, &me, &format!("report-000{n}")).await;
        house.service.clock.advance(TimeDelta::minutes(1));
    }
    let pages = "query($after: String) { eventsToDispatch(first: 2, after: $after) {
        nodes { number } pageInfo { hasNextPage endCursor } } }";
    let first = data(house.run(&staff(), pages, json!({})).await)["eventsToDispatch"].clone();
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    assert_eq!(first["nodes"][0]["number"], "E20260302-000001");
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    let last = data(house.run(&staff(), pages, after).await)["eventsToDispatch"].clone();
    assert_eq!(last["nodes"], json!([{ "number": "E20260302-000003" }]));
    let one = data(
        house
            .run(&me, "{ events(first: 1) { nodes { id } } }", json!({}))
            .await,
    );
    let entity =
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Event { number } } }";
    let asked = json!({ "r": [{ "__typename": "Event", "id": one["events"]["nodes"][0]["id"] }] });
    let found = data(house.run(&me, entity, asked).await);
    assert_eq!(
        found["_entities"],
        json!([{ "number": "E20260302-000003" }])
    );
}
