//! Looking in on elders through the real schema: how often, what hastens it,
//! what is missed, and who is told.

use chrono::TimeDelta;
use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::{
    access::{Line, local},
    service::{caller, data, reason, resident},
};
use uuid::Uuid;

use crate::{
    peers::{CHILD, COMMUNITY, LI, WANG},
    support::{
        House, contractor, li, nobody, officer, person, social_worker, staff, staff_elsewhere, wang,
    },
};

const CONTACT: &str = "contact { id cause state dueAt attempts condition note change }";
const SCHEDULE: &str = "schedule { risk ruleCode isolated nextDueAt lastDoneAt }";

fn grid() -> Caller {
    caller(Role::GridWorker, COMMUNITY)
}

async fn start(house: &House, elder: Uuid) -> Value {
    let input = json!({ "residentId": person(elder) });
    let key = format!("start-{elder}");
    let made = house
        .done(&grid(), ("startContacts", SCHEDULE), &key, input)
        .await;
    made["schedule"].clone()
}

async fn due(house: &House, who: &Caller, more: &str) -> Vec<Value> {
    let select = "id dueAt overdue cause state attempts change";
    let found = house.nodes(who, "contacts", more, select).await;
    found.as_array().unwrap().clone()
}

async fn record(house: &House, who: &Caller, contact: &Value, more: Value, key: &str) -> Value {
    let mut input = more;
    input["contactId"] = contact["id"].clone();
    if input.get("method").is_none() {
        input["method"] = json!("PHONE");
    }
    house.act(who, ("recordContact", CONTACT), key, input).await
}

async fn schedule(house: &House, elder: Uuid) -> Value {
    let query = "query($id: ID!) { elder(residentId: $id) { contactSchedule {
        risk ruleCode isolated nextDueAt lastDoneAt } } }";
    let seen = data(
        house
            .run(&staff(), query, json!({ "id": person(elder) }))
            .await,
    );
    seen["elder"]["contactSchedule"].clone()
}

async fn alarms(house: &House, who: &Caller) -> Value {
    house
        .nodes(
            who,
            "alarms",
            "",
            "kind state rung note outcome contact { state }",
        )
        .await
}

#[tokio::test]
async fn the_class_of_risk_says_how_often_somebody_looks_in() {
    let house = House::open().await;
    // Both live alone: key, and monthly.
    let begun = start(&house, LI).await;
    assert_eq!(
        (&begun["risk"], &begun["ruleCode"], &begun["nextDueAt"]),
        (
            &json!("KEY"),
            &json!("ALONE"),
            &json!("2026-04-01T01:00:00+00:00")
        )
    );
    assert_eq!(start(&house, LI).await, begun, "the same key");
    for (looked_in_on, who) in [(true, LI), (false, WANG)] {
        let more = format!(", lookedInOn: {looked_in_on}");
        let found = house.nodes(&staff(), "elders", &more, "residentId").await;
        assert_eq!(found, json!([{ "residentId": person(who) }]));
    }
    let again = json!({ "residentId": person(LI) });
    let again = house
        .act(
            &staff(),
            ("startContacts", SCHEDULE),
            "start-again-1",
            again,
        )
        .await;
    assert_eq!(reason(&again), "CONTACT_SCHEDULE_EXISTS");
    // Few ties: high, and within a week.
    let screen = json!({ "residentId": person(LI), "family": [1, 1, 1], "friends": [2, 2, 2] });
    let select = "score threshold isolated";
    let found = house
        .done(
            &social_worker(),
            ("screenIsolation", select),
            "screen-00001",
            screen,
        )
        .await;
    assert_eq!(
        found,
        json!({ "score": 9, "threshold": 12, "isolated": true })
    );
    let now = schedule(&house, LI).await;
    assert_eq!(
        (&now["risk"], &now["ruleCode"], &now["nextDueAt"]),
        (
            &json!("HIGH"),
            &json!("ALONE_ISOLATED"),
            &json!("2026-03-09T01:00:00+00:00")
        )
    );
    // Moved in with the children: less often from the next time on, and not later now.
    let update = json!({ "residentId": person(LI), "category": "ORDINARY", "livesAlone": false, "version": 1 });
    house
        .done(
            &staff(),
            ("updateElder", "elder { version }"),
            "update-00001",
            update,
        )
        .await;
    let now = schedule(&house, LI).await;
    assert_eq!(
        (&now["risk"], &now["ruleCode"], &now["nextDueAt"]),
        (
            &json!("KEY"),
            &json!("ISOLATED"),
            &json!("2026-03-09T01:00:00+00:00")
        )
    );
    let odd = json!({ "residentId": person(LI), "family": [1, 1], "friends": [2, 2, 2] });
    let odd = house
        .act(&staff(), ("screenIsolation", select), "screen-00002", odd)
        .await;
    assert_eq!(reason(&odd), "ISOLATION_ANSWERS");
    assert_eq!(odd["errors"][0]["extensions"]["field"], "input.family");
}

#[tokio::test]
async fn somebody_looks_in_and_the_next_time_is_planned() {
    let house = House::open().await;
    start(&house, LI).await;
    house.service.clock.advance(TimeDelta::days(28));
    assert!(
        due(&house, &grid(), ", dueBy: \"2026-03-31T00:00:00Z\"")
            .await
            .is_empty()
    );
    let list = due(&house, &grid(), ", dueBy: \"2026-04-02T00:00:00Z\"").await;
    assert_eq!(list.len(), 1);
    let missed = record(&house, &grid(), &list[0], json!({}), "record-00001").await;
    let tried = data(missed)["recordContact"]["contact"].clone();
    assert_eq!(
        (&tried["state"], &tried["attempts"]),
        (&json!("DUE"), &json!(1))
    );
    let wordless = json!({ "condition": "NEEDS_HELP" });
    let wordless = record(&house, &grid(), &list[0], wordless, "record-00002").await;
    assert_eq!(reason(&wordless), "CONTACT_NOTE_MISSING");
    let well = json!({ "condition": "WELL", "method": "VISIT" });
    let done = data(record(&house, &grid(), &list[0], well.clone(), "record-00003").await);
    assert_eq!(done["recordContact"]["contact"]["state"], "DONE");
    let twice = record(&house, &grid(), &list[0], well, "record-00004").await;
    assert_eq!(reason(&twice), "CONTACT_STATE");
    let now = schedule(&house, LI).await;
    assert_eq!(
        (&now["lastDoneAt"], &now["nextDueAt"]),
        (
            &json!("2026-03-30T01:00:00+00:00"),
            &json!("2026-04-29T01:00:00+00:00")
        )
    );
    start(&house, WANG).await;
    let cover = |division: &str| {
        format!(
            "{{ contactCoverage(divisionCode: \"{division}\", from: \"2026-03-01\", to: \"2026-03-31\")
                {{ risk elders seen }} }}"
        )
    };
    let seen = data(house.run(&officer(), &cover(COMMUNITY), json!({})).await);
    assert_eq!(
        seen["contactCoverage"],
        json!([{ "risk": "KEY", "elders": 2, "seen": 1 }])
    );
    let strange = data(
        house
            .run(&staff_elsewhere(), &cover(COMMUNITY), json!({}))
            .await,
    );
    assert_eq!(strange["contactCoverage"], json!([]));
    assert_eq!(house.told("eldercare.contact.done").await, 1);
}

#[tokio::test]
async fn what_is_missed_raises_an_alarm_that_ends_when_somebody_comes() {
    let house = House::open().await;
    start(&house, LI).await;
    house.pass(TimeDelta::days(30)).await;
    assert_eq!(
        due(&house, &staff(), ", dueBy: \"2026-04-01T01:00:00Z\"")
            .await
            .len(),
        1
    );
    house.pass(TimeDelta::hours(23)).await;
    assert_eq!(alarms(&house, &staff()).await, json!([]));
    house.pass(TimeDelta::hours(1)).await;
    let raised = alarms(&house, &staff()).await;
    assert_eq!(
        (
            &raised[0]["kind"],
            &raised[0]["rung"],
            &raised[0]["contact"]["state"]
        ),
        (&json!("CONTACT_MISSED"), &json!("FAMILY"), &json!("MISSED"))
    );
    assert_eq!(house.told("eldercare.contact.missed").await, 1);
    // Somebody is due within a day, and comes.
    let next = due(&house, &grid(), ", state: DUE").await;
    assert_eq!(
        (&next[0]["cause"], &next[0]["dueAt"]),
        (&json!("MISSED"), &json!("2026-04-03T01:00:00+00:00"))
    );
    data(
        record(
            &house,
            &grid(),
            &next[0],
            json!({ "condition": "WELL" }),
            "record-00001",
        )
        .await,
    );
    let ended = alarms(&house, &li()).await;
    assert_eq!(ended[0]["state"], "RESOLVED");
    assert!(ended[0]["outcome"].as_str().unwrap().contains("已探访"));
}

#[tokio::test]
async fn a_major_change_is_looked_into_within_a_day_and_what_is_urgent_is_an_alarm() {
    let house = House::open().await;
    crate::graphql_alarm::related(&house).await;
    let report = async |who: &Caller, key: &str| {
        let input = json!({ "residentId": person(LI), "change": "FALL", "note": "在家跌倒" });
        house
            .act(who, ("reportElderChange", CONTACT), key, input)
            .await
    };
    assert_eq!(
        reason(&report(&li(), "report-00001").await),
        "CONTACTS_NOT_STARTED"
    );
    start(&house, LI).await;
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (wang(), "ELDER_NOT_FOUND"),
        (contractor(), "ELDER_NOT_FOUND"),
        (staff_elsewhere(), "ELDER_NOT_FOUND"),
    ] {
        assert_eq!(reason(&report(&who, "report-00002").await), why);
    }
    let child = resident(CHILD, COMMUNITY);
    let hastened =
        data(report(&child, "report-00003").await)["reportElderChange"]["contact"].clone();
    assert_eq!(
        (&hastened["cause"], &hastened["change"], &hastened["dueAt"]),
        (
            &json!("CHANGE"),
            &json!("FALL"),
            &json!("2026-03-03T01:00:00+00:00")
        )
    );
    // Nobody comes: the clock was moved with it.
    house.pass(TimeDelta::hours(47)).await;
    assert_eq!(alarms(&house, &staff()).await, json!([]));
    let urgent = json!({ "condition": "URGENT", "note": "无法起身" });
    data(record(&house, &social_worker(), &hastened, urgent, "record-00001").await);
    let raised = alarms(&house, &child).await;
    assert_eq!(
        (&raised[0]["kind"], &raised[0]["note"]),
        (&json!("SOS"), &json!("无法起身"))
    );
    house.pass(TimeDelta::hours(2)).await;
    assert_eq!(
        alarms(&house, &staff()).await.as_array().unwrap().len(),
        1,
        "nothing was missed"
    );
}

#[tokio::test]
async fn contacts_are_guarded_also_by_hand_and_end_with_a_life() {
    let house = House::open().await;
    start(&house, LI).await;
    let screen = json!({ "residentId": person(LI), "family": [1, 1, 1], "friends": [2, 2, 2] });
    house
        .done(
            &staff(),
            ("screenIsolation", "score"),
            "screen-00001",
            screen,
        )
        .await;
    for (sql, why) in [
        (
            "UPDATE contacts SET due_at = due_at + interval '1 day'",
            "CONTACT_LATER",
        ),
        ("UPDATE contacts SET state = 'DONE'", "CONTACT_DONE"),
        (
            "UPDATE contacts SET state = 'MISSED', missed_at = due_at - interval '1 hour'",
            "CONTACT_MISSED",
        ),
        ("UPDATE contacts SET change = 'FALL'", "CONTACT_CHANGE"),
        (
            "INSERT INTO contacts SELECT (jsonb_populate_record(c, jsonb_build_object(
                 'id', gen_random_uuid()))).* FROM contacts c",
            "CONTACT_DUE_ONCE",
        ),
        (
            "UPDATE contact_schedules SET risk = 'GENERAL'",
            "CONTACT_RISK_NOT_BY_RULE",
        ),
        ("UPDATE isolation_screenings SET score = 30", "APPEND_ONLY"),
        (
            "INSERT INTO isolation_screenings SELECT (jsonb_populate_record(s, jsonb_build_object(
                 'id', gen_random_uuid(), 'score', 10))).* FROM isolation_screenings s",
            "ISOLATION_SCORE",
        ),
        (
            "INSERT INTO isolation_screenings SELECT (jsonb_populate_record(s, jsonb_build_object(
                 'id', gen_random_uuid(), 'isolated', false))).* FROM isolation_screenings s",
            "ISOLATION_OUTCOME",
        ),
    ] {
        assert_eq!(house.refused(sql).await, why, "{sql}");
    }
    let mut conn = house.service.db.app.acquire().await.unwrap();
    eldercare::app::resident::changed(
        &mut conn,
        kernel::keys::ResidentId::from_uuid(LI),
        eldercare::domain::elder::ResidentStatus::Deceased,
        house.service.core.clock.now(),
    )
    .await
    .unwrap();
    assert_eq!(schedule(&house, LI).await, Value::Null);
    house.pass(TimeDelta::days(60)).await;
    assert_eq!(alarms(&house, &staff()).await, json!([]));
    assert_eq!(
        house.refused("UPDATE contacts SET note = 'x'").await,
        "CONTACT_STATE"
    );
}

/// Who may do what with contacts.
pub async fn lines(house: &House) -> Vec<Line> {
    start(house, LI).await;
    let contact = due(house, &staff(), "").await[0].clone();
    let desk = || local(&["grid_worker", "community_staff", "civil_affairs"]);
    let workers = || {
        local(&[
            "grid_worker",
            "community_staff",
            "civil_affairs",
            "social_worker",
        ])
    };
    let owner = || vec!["owner".to_owned()];
    let overseers = || {
        let mut names = desk();
        names.extend(testkit::access::oversight());
        names
    };
    let cover = format!(
        "(divisionCode: \"{COMMUNITY}\", from: \"2026-03-01\", to: \"2026-03-31\") {{ elders }}"
    );
    vec![
        Line::act(
            "startContacts",
            json!({ "residentId": person(LI) }),
            &[desk()],
        ),
        Line::act(
            "screenIsolation",
            json!({ "residentId": person(LI), "family": [5, 5, 5], "friends": [5, 5, 5] }),
            &[workers()],
        ),
        Line::act(
            "reportElderChange",
            json!({ "residentId": person(LI), "change": "OTHER" }),
            &[owner(), workers()],
        ),
        Line::act(
            "recordContact",
            json!({ "contactId": contact["id"], "method": "PHONE", "condition": "WELL" }),
            &[workers()],
        ),
        Line::read(
            "contact",
            &format!("(id: {}) {{ id }}", contact["id"]),
            &[owner(), workers()],
        )
        .asks(&["readContact"]),
        Line::read(
            "contacts",
            "(first: 5) { nodes { id } }",
            &[owner(), workers()],
        ),
        Line::read("contactCoverage", &cover, &[overseers()]),
    ]
}
