//! Supervision through the real schema: sessions, hours, alarms, and what the
//! database refuses.

use chrono::TimeDelta;
use kit::auth::Caller;
use serde_json::{Value, json};
use socialwork::worker::timers;

use crate::{
    casework::{Desk, worker},
    peers::CHEN,
    support::{civil, elder, qualified, staff},
};

/// Chen, a social worker by the national examination, supervises Li.
pub async fn supervisor(desk: &Desk) -> Value {
    let mut input = qualified(CHEN, "-")["input"].clone();
    input["grade"] = json!("SOCIAL_WORKER");
    input["certificateNo"] = json!("hlj20230009999");
    desk.done(
        &civil(),
        "registerSocialWorker",
        input,
        "socialWorker { id }",
    )
    .await["socialWorker"]
        .clone()
}

pub fn assigning(supervisor: &Value, supervisee: &Value) -> Value {
    json!({ "supervisorId": supervisor["id"], "superviseeId": supervisee["id"],
        "from": "2026-03-01", "everyDays": 30, "topics": "个案概念化、界限与自我照顾" })
}

pub fn planning(supervision: &Value, at: &str) -> Value {
    json!({ "supervisionId": supervision["id"], "method": "INDIVIDUAL", "topic": "结案技巧", "at": at })
}

struct Pair {
    desk: Desk,
    chen: Value,
    supervision: Value,
}

impl Pair {
    async fn open() -> Self {
        let desk = Desk::open().await;
        let chen = supervisor(&desk).await;
        let supervision = desk
            .done(
                &staff(),
                "assignSupervisor",
                assigning(&chen, &desk.li),
                "supervision { id dueOn }",
            )
            .await["supervision"]
            .clone();
        Self {
            desk,
            chen,
            supervision,
        }
    }

    fn above(&self) -> Caller {
        worker(&self.chen)
    }

    async fn planned(&self, at: &str) -> Value {
        let input = planning(&self.supervision, at);
        self.desk
            .done(
                &self.above(),
                "planSupervisionSession",
                input,
                "session { id state }",
            )
            .await["session"]
            .clone()
    }

    async fn held(&self, session: &Value, from: &str, to: &str) {
        let input = json!({ "sessionId": session["id"], "from": from, "to": to });
        self.desk
            .done(
                &self.above(),
                "holdSupervisionSession",
                input,
                "session { state }",
            )
            .await;
    }

    async fn recorded(&self, session: &Value) {
        let input = json!({ "sessionId": session["id"], "text": "讨论了两例个案的结案准备" });
        self.desk
            .done(
                &self.above(),
                "recordSupervisionSession",
                input,
                "session { state }",
            )
            .await;
    }

    async fn hours(&self) -> Value {
        let query = format!(
            "{{ supervisionHours(socialWorkerId: {}, from: \"2026-01-01\", to: \"2026-12-31\") {{ received given }} }}",
            self.desk.li["id"]
        );
        self.desk.read(&staff(), &query).await["supervisionHours"].clone()
    }
}

#[tokio::test]
async fn hours_count_once_both_have_confirmed() {
    let pair = Pair::open().await;
    let desk = &pair.desk;
    let session = pair.planned("2026-03-02T01:00:00Z").await;
    let id = json!({ "sessionId": session["id"] });
    let li = desk.worker();
    assert_eq!(
        desk.refused(&li, "confirmSupervisionSession", id.clone())
            .await
            .0,
        "SESSION_STATE"
    );
    desk.house.service.clock.advance(TimeDelta::hours(3));
    let long = json!({ "sessionId": session["id"], "from": "2026-03-01T01:00:00Z", "to": "2026-03-02T01:00:00Z" });
    assert_eq!(
        desk.refused(&pair.above(), "holdSupervisionSession", long)
            .await,
        ("SESSION_DURATION".into(), "input.to".into())
    );
    pair.held(&session, "2026-03-02T01:00:00Z", "2026-03-02T02:30:00Z")
        .await;
    pair.recorded(&session).await;
    assert_eq!(pair.hours().await["received"], 0, "one word is not enough");
    assert_eq!(
        desk.refused(&pair.above(), "confirmSupervisionSession", id.clone())
            .await
            .0,
        "FORBIDDEN"
    );
    let back = json!({ "sessionId": session["id"], "reason": "遗漏第二例" });
    let back = desk
        .done(
            &li,
            "returnSupervisionSession",
            back,
            "session { state returnedReason supervisorConfirmedAt }",
        )
        .await;
    assert_eq!(
        back["session"],
        json!({ "state": "HELD", "returnedReason": "遗漏第二例", "supervisorConfirmedAt": null })
    );
    pair.recorded(&session).await;
    let done = desk
        .done(
            &li,
            "confirmSupervisionSession",
            id,
            "session { state minutes record }",
        )
        .await;
    assert_eq!(
        done["session"],
        json!({ "state": "COUNTED", "minutes": 90, "record": "讨论了两例个案的结案准备" })
    );
    assert_eq!(pair.hours().await, json!({ "received": 90, "given": 0 }));
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'socialwork.supervision.counted'";
    assert_eq!(desk.house.count(told).await, 1);
    // Staff see that it was held, not what was said.
    let query = format!(
        "{{ supervision(id: {}) {{ dueOn sessions {{ state record }} }} }}",
        pair.supervision["id"]
    );
    let seen = desk.read(&staff(), &query).await["supervision"].clone();
    assert_eq!(
        seen,
        json!({ "dueOn": "2026-04-01", "sessions": [{ "state": "COUNTED", "record": null }] })
    );
    assert_eq!(
        desk.read(&elder(), &query).await["supervision"],
        json!(null)
    );
}

#[tokio::test]
async fn a_missed_session_is_made_up_by_one_that_counts() {
    let pair = Pair::open().await;
    let desk = &pair.desk;
    let missed = pair.planned("2026-03-02T01:00:00Z").await;
    let mut makeup = planning(&pair.supervision, "2026-03-03T01:00:00Z");
    makeup["makesUpId"] = missed["id"].clone();
    assert_eq!(
        desk.refused(&pair.above(), "planSupervisionSession", makeup.clone())
            .await,
        ("SESSION_NOT_MISSED".into(), "input.makesUpId".into())
    );
    let why = json!({ "sessionId": missed["id"], "reason": "督导临时出差" });
    desk.done(
        &desk.worker(),
        "missSupervisionSession",
        why,
        "session { state missedReason }",
    )
    .await;
    let second = desk
        .done(
            &pair.above(),
            "planSupervisionSession",
            makeup,
            "session { id }",
        )
        .await["session"]
        .clone();
    desk.house.service.clock.advance(TimeDelta::days(2));
    pair.held(&second, "2026-03-03T01:00:00Z", "2026-03-03T02:00:00Z")
        .await;
    pair.recorded(&second).await;
    desk.done(
        &desk.worker(),
        "confirmSupervisionSession",
        json!({ "sessionId": second["id"] }),
        "session { id }",
    )
    .await;
    let query = format!(
        "{{ supervision(id: {}) {{ sessions {{ state makesUpId }} }} }}",
        pair.supervision["id"]
    );
    let seen = desk.read(&pair.above(), &query).await;
    assert_eq!(
        seen["supervision"]["sessions"],
        json!([
        { "state": "COUNTED", "makesUpId": missed["id"] }, { "state": "MADE_UP", "makesUpId": null }])
    );
    let late = planning(&pair.supervision, "2026-02-01T01:00:00Z");
    assert_eq!(
        desk.refused(&pair.above(), "planSupervisionSession", late)
            .await,
        ("SUPERVISION_ENDED".into(), "input.at".into())
    );
}

#[tokio::test]
async fn a_term_without_a_session_raises_one_alarm_until_one_is_held() {
    let pair = Pair::open().await;
    let desk = &pair.desk;
    assert_eq!(pair.supervision["dueOn"], "2026-04-01");
    let clock = &desk.house.service.clock;
    let timers = timers(&desk.house.state);
    let overdue =
        "{ supervisions(overdue: true) { nodes { overdue alarms { dueOn clearedAt } } } }";
    let list = async || desk.read(&staff(), overdue).await["supervisions"]["nodes"].clone();
    clock.advance(TimeDelta::days(30));
    timers.run_due_once().await.unwrap();
    assert_eq!(list().await, json!([]), "the last day is a day to hold it");
    clock.advance(TimeDelta::days(1));
    timers.run_due_once().await.unwrap();
    timers.run_due_once().await.unwrap();
    assert_eq!(
        list().await,
        json!([{ "overdue": true, "alarms": [{ "dueOn": "2026-04-01", "clearedAt": null }] }])
    );
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'socialwork.supervision.overdue'";
    assert_eq!(desk.house.count(told).await, 1);
    let session = pair.planned("2026-04-02T01:00:00Z").await;
    clock.advance(TimeDelta::hours(3));
    pair.held(&session, "2026-04-02T01:00:00Z", "2026-04-02T02:00:00Z")
        .await;
    assert_eq!(list().await, json!([]));
    let cleared = "SELECT count(*) FROM supervision_alarms WHERE cleared_at IS NOT NULL";
    assert_eq!(desk.house.count(cleared).await, 1);
    // The next term has a timer of its own.
    clock.advance(TimeDelta::days(31));
    timers.run_due_once().await.unwrap();
    assert_eq!(desk.house.count(told).await, 2);
    let end = json!({ "supervisionId": pair.supervision["id"], "on": "2026-05-01" });
    desk.done(&staff(), "endSupervision", end, "supervision { to }")
        .await;
    assert_eq!(list().await, json!([]), "what has ended is not overdue");
}

#[tokio::test]
async fn a_supervisor_has_a_grade_and_a_supervisee_one_supervisor() {
    let pair = Pair::open().await;
    let desk = &pair.desk;
    let refused = async |input: Value| desk.refused(&staff(), "assignSupervisor", input).await;
    assert_eq!(
        refused(assigning(&desk.wang, &desk.li)).await,
        ("SUPERVISOR_GRADE".into(), "input.supervisorId".into())
    );
    assert_eq!(
        refused(assigning(&pair.chen, &pair.chen)).await,
        ("SUPERVISION_OF_ONESELF".into(), "input.supervisorId".into())
    );
    assert_eq!(
        refused(assigning(&pair.chen, &desk.li)).await,
        ("SUPERVISION_OVERLAP".into(), "input.superviseeId".into())
    );
    let mut rare = assigning(&pair.chen, &desk.wang);
    rare["everyDays"] = json!(61);
    assert_eq!(
        refused(rare).await,
        ("SUPERVISION_TOO_RARE".into(), "input.everyDays".into())
    );
    let plan =
        json!({ "supervisionId": pair.supervision["id"], "everyDays": 14, "topics": "危机干预" });
    assert_eq!(
        desk.refused(&desk.worker(), "planSupervision", plan.clone())
            .await
            .0,
        "FORBIDDEN"
    );
    let planned = desk
        .done(
            &pair.above(),
            "planSupervision",
            plan,
            "supervision { everyDays dueOn }",
        )
        .await;
    assert_eq!(
        planned["supervision"],
        json!({ "everyDays": 14, "dueOn": "2026-03-16" })
    );
    let early = json!({ "supervisionId": pair.supervision["id"], "on": "2026-02-01" });
    assert_eq!(
        desk.refused(&staff(), "endSupervision", early).await.1,
        "input.on"
    );
}

#[tokio::test]
async fn the_database_counts_what_both_confirmed_and_nothing_else() {
    let pair = Pair::open().await;
    let desk = &pair.desk;
    let session = pair.planned("2026-03-02T01:00:00Z").await;
    desk.house.service.clock.advance(TimeDelta::hours(3));
    let count = "INSERT INTO supervision_hours SELECT x.id, s.supervisor_id, s.supervisee_id, s.division_code,
        '2026-03-02', 60, now() FROM supervision_sessions x JOIN supervisions s ON s.id = x.supervision_id";
    assert_eq!(desk.by_hand(count).await, "HOURS_NOT_CONFIRMED");
    let set = |rest: &str| format!("UPDATE supervision_sessions SET {rest}");
    assert_eq!(
        desk.by_hand(&set("state = 'COUNTED'")).await,
        "SESSION_STATE"
    );
    assert_eq!(desk.by_hand(&set("state = 'HELD'")).await, "SESSION_HELD");
    pair.held(&session, "2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z")
        .await;
    assert_eq!(
        desk.by_hand(&set("state = 'RECORDED'")).await,
        "SESSION_RECORDED"
    );
    pair.recorded(&session).await;
    assert_eq!(
        desk.by_hand(&set("state = 'CONFIRMED'")).await,
        "SESSION_CONFIRMED"
    );
    assert_eq!(desk.by_hand(count).await, "HOURS_NOT_CONFIRMED");
    desk.done(
        &desk.worker(),
        "confirmSupervisionSession",
        json!({ "sessionId": session["id"] }),
        "session { id }",
    )
    .await;
    assert_eq!(
        desk.by_hand(&set("held_to = held_to + interval '1 hour'"))
            .await,
        "SESSION_FIXED"
    );
    for table in ["supervision_hours", "supervision_plans"] {
        assert_eq!(
            desk.by_hand(&format!("DELETE FROM {table}")).await,
            "APPEND_ONLY"
        );
    }
    let again = "INSERT INTO supervision_sessions (id, supervision_id, supervisee_id, method, topic, state,
        planned_at, created_at, updated_at) SELECT gen_random_uuid(), supervision_id, supervisee_id, method,
        topic, 'PLANNED', planned_at, created_at, updated_at FROM supervision_sessions LIMIT 1";
    desk.hand(again).await;
    let overlap = set(
        "state = 'HELD', held_from = '2026-03-02T01:30Z', held_to = '2026-03-02T02:30Z' WHERE state = 'PLANNED'",
    );
    assert_eq!(desk.by_hand(&overlap).await, "SESSION_OVERLAP");
    for (sql, refused) in [
        ("UPDATE supervisions SET supervisor_id = supervisee_id", "SUPERVISION_FIXED"),
        ("UPDATE supervisions SET period = daterange('2026-01-01', NULL)", "SUPERVISION_FIXED"),
        ("INSERT INTO supervisions SELECT gen_random_uuid(), supervisor_id, supervisor_id, division_code, period,
          due_on, 'x', now(), 1 FROM supervisions", "SUPERVISION_OF_ONESELF"),
        ("INSERT INTO supervisions SELECT gen_random_uuid(), supervisor_id, supervisee_id, division_code, period,
          due_on, 'x', now(), 1 FROM supervisions", "SUPERVISION_OVERLAP"),
        ("INSERT INTO supervisions SELECT gen_random_uuid(), supervisee_id, supervisor_id, division_code, period,
          due_on, 'x', now(), 1 FROM supervisions", "SUPERVISOR_GRADE"),
        ("INSERT INTO supervision_plans SELECT gen_random_uuid(), id, 90, 'x', 'x', '2026-03-02' FROM supervisions",
         "SUPERVISION_TOO_RARE"),
    ] {
        assert_eq!(desk.by_hand(sql).await, refused);
    }
}
