//! Events refuse what must never be, also by hand-written SQL.

use std::collections::BTreeSet;

use serde_json::json;
use smartdata::domain::event::EventState;

use crate::{
    events::{bring, done, reported, worker},
    support::{House, themself},
};

#[tokio::test]
async fn the_database_and_the_domain_know_the_same_moves() {
    let house = House::open().await;
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT from_state, to_state FROM event_transitions")
            .fetch_all(&house.service.db.app)
            .await
            .unwrap();
    let stored: BTreeSet<(String, String)> = rows.into_iter().collect();
    let known: BTreeSet<(String, String)> = EventState::MOVES
        .iter()
        .map(|(from, to)| (from.to_string(), to.to_string()))
        .collect();
    assert_eq!(stored, known);
}

#[tokio::test]
async fn refuses_rewritten_reports_jumps_and_moves_without_a_record() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let id = reported(&house, &me, "report-0001").await;
    for (change, expected) in [
        ("description = '别的'", "EVENT_ORIGIN"),
        ("resident_id = NULL", "EVENT_ORIGIN"),
        ("state = 'EVALUATED', stars = 5", "EVENT_STATE"),
        ("due_at = due_at + interval '1 day'", "EVENT_DUE_FIXED"),
        ("reworks = 3", "EVENT_REWORKS"),
        (
            "state = 'REGISTERED', version = version + 1",
            "EVENT_STEP_MISSING",
        ),
    ] {
        let sql = format!("UPDATE events SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    bring(&house, &id, "FED_BACK").await;
    for (change, expected) in [
        (
            "state = 'CLOSED', closed_at = now(), verified_by = 'zhao'",
            "EVENT_VERIFIED_BY_ANOTHER",
        ),
        ("state = 'CLOSED'", "EVENT_CLOSED"),
        (
            "handler_subject = NULL, handler_name = NULL",
            "EVENT_HANDLED",
        ),
        ("outcome = NULL", "EVENT_OUTCOME"),
    ] {
        let sql = format!("UPDATE events SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    assert_eq!(
        house.refusal("UPDATE event_steps SET note = 'x'").await,
        "APPEND_ONLY"
    );
    assert_eq!(
        house.refusal("DELETE FROM event_steps").await,
        "APPEND_ONLY"
    );
    assert!(house.app_may_not("DELETE FROM events").await);
    assert!(house.app_may_not("DELETE FROM event_deferrals").await);
    assert!(
        house
            .app_may_not("UPDATE event_notices SET kind = 'CLOSED'")
            .await
    );
    assert!(
        house
            .app_may_not("INSERT INTO event_transitions VALUES ('CLOSED', 'REPORTED')")
            .await
    );
}

#[tokio::test]
async fn refuses_circles_of_merges_and_deferrals_by_the_same_hand() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let first = reported(&house, &me, "report-0001").await;
    let second = reported(&house, &me, "report-0002").await;
    let merge = |from: &str, into: &str| {
        format!(
            "UPDATE events SET state = 'MERGED', merged_into =
                 (SELECT id FROM events WHERE number = 'E20260302-00000{into}')
             WHERE number = 'E20260302-00000{from}'"
        )
    };
    assert_eq!(house.refusal(&merge("1", "1")).await, "EVENT_MERGED");
    let input = json!({ "eventId": second, "intoEventId": first });
    done(
        &house,
        &crate::support::staff(),
        "mergeEvent",
        "merge-00001",
        input,
    )
    .await;
    assert_eq!(house.refusal(&merge("1", "2")).await, "EVENT_MERGE_CHAIN");

    bring(&house, &first, "HANDLING").await;
    let ask = json!({ "eventId": first, "reason": "等配件", "until": "2026-03-09T01:00:00Z" });
    done(
        &house,
        &worker("zhao"),
        "requestEventDeferral",
        "ask-0000001",
        ask,
    )
    .await;
    for (change, expected) in [
        (
            "approved = true, decided_by = 'zhao', decided_at = now()",
            "DEFERRAL_DECIDED_BY_ANOTHER",
        ),
        ("approved = true", "DEFERRAL_DECIDED"),
        ("until = until + interval '1 day'", "DEFERRAL_SETTLED"),
    ] {
        let sql = format!("UPDATE event_deferrals SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    let shorter = "INSERT INTO event_deferrals (id, event_id, reason, until, asked_by, asked_at)
        SELECT gen_random_uuid(), id, '急', due_at, 'zhao', now() FROM events WHERE state = 'HANDLING'";
    assert_eq!(house.refusal(shorter).await, "DEFERRAL_SHORTENS");
}

#[tokio::test]
async fn a_class_that_ended_takes_no_more_reports() {
    let house = House::open().await;
    sqlx::raw_sql("UPDATE event_classes SET in_force = '[2018-01-01,2026-01-01)'")
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let sql = "INSERT INTO events (id, number, class_code, source, division_code, location,
            description, reported_by, channel, state, reported_at, due_at, updated_at)
        VALUES (gen_random_uuid(), 'E20260302-000009', 'DISPUTE', 'DEPARTMENT', '230103001001',
            '某处', '某事', 'u', 'app', 'REPORTED', '2026-03-02T01:00:00Z', '2026-03-03T01:00:00Z',
            '2026-03-02T01:00:00Z')";
    assert_eq!(house.refusal(sql).await, "EVENT_CLASS_ENDED");
}

#[tokio::test]
async fn refuses_reports_of_nobody_limits_of_no_length_and_marks_out_of_turn() {
    let house = House::open().await;
    let event = |source: &str, grid: &str, due: &str| {
        format!(
            "INSERT INTO events (id, number, class_code, source, division_code, grid_code, location,
                 description, reported_by, channel, state, reported_at, due_at, updated_at)
             VALUES (gen_random_uuid(), 'E20260302-000009', 'DISPUTE', '{source}', '230103001001',
                 {grid}, '某处', '某事', 'u', 'app', 'REPORTED', '2026-03-02T01:00:00Z', '{due}',
                 '2026-03-02T01:00:00Z')"
        )
    };
    let later = "2026-03-03T01:00:00Z";
    for (source, grid, due, expected) in [
        ("RESIDENT", "NULL", later, "EVENT_REPORTER"),
        ("DEPARTMENT", "'230103001002001'", later, "EVENT_PLACE"),
        ("DEPARTMENT", "NULL", "2026-03-02T01:00:00Z", "EVENT_DUE"),
    ] {
        assert_eq!(house.refusal(&event(source, grid, due)).await, expected);
    }
    let me = themself(&house.registered(1).await);
    reported(&house, &me, "report-0001").await;
    assert_eq!(
        house.refusal("UPDATE events SET stars = 5").await,
        "EVENT_EVALUATED"
    );
    let nobody = "INSERT INTO event_notices (id, event_id, kind, at)
        SELECT gen_random_uuid(), id, 'CLOSED', now() FROM events";
    assert_eq!(house.refusal(nobody).await, "EVENT_NOTICE_READER");
}
