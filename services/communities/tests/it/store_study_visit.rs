//! What the database refuses of study visits, also by hand.

use communities::domain::{pilot::PilotState, study_visit::receives};
use serde_json::json;

use crate::{
    graphql_study_visit::{
        confirmation, host_staff, made, near, pilot_elsewhere, planned, reported,
    },
    ground::{done, drafted_pilot},
    peers::{COMMUNITY, ELSEWHERE},
    support::{House, raw},
};

/// A plan by hand, near or far.
struct Row<'a> {
    visitor: &'a str,
    pilot: &'a str,
    kind: &'a str,
    host_pilot: &'a str,
    host: &'a str,
    names: &'a str,
    days: &'a str,
}

const HOST: &str = "'00000000-0000-0000-0000-000000000099'";
const NEAR: Row<'_> = Row {
    visitor: COMMUNITY,
    pilot: "NULL",
    kind: "NEAR",
    host_pilot: HOST,
    host: ELSEWHERE,
    names: "NULL, NULL",
    days: "'2026-03-02', '2026-03-03'",
};
const FAR: Row<'_> = Row {
    kind: "FAR",
    host_pilot: "NULL",
    host: "440304000000",
    names: "'深圳', '民政局'",
    ..NEAR
};

impl Row<'_> {
    fn sql(&self) -> String {
        let Row {
            visitor,
            pilot,
            kind,
            host_pilot,
            host,
            names,
            days,
        } = self;
        format!(
            "INSERT INTO study_visits (id, division_code, pilot_id, kind, host_pilot_id, host_division_code, host_place, host_body,
                 subject, purpose, planned_by, created_at, starts_on, ends_on, state, updated_at)
             VALUES (gen_random_uuid(), '{visitor}', {pilot}, '{kind}', {host_pilot}, '{host}', {names},
                 'ELDER_CARE', 'x', 'x', '2026-03-02', {days}, 'PLANNED', '2026-03-02')"
        )
    }
}

/// The host, brought to a state by hand.
async fn stands(house: &House, state: PilotState) {
    house
        .sql(&format!(
            "ALTER TABLE pilots DISABLE TRIGGER USER;
             UPDATE pilots SET state = '{state}' WHERE id = {HOST};
             ALTER TABLE pilots ENABLE TRIGGER USER"
        ))
        .await;
}

async fn refused_each(house: &House, cases: &[(String, &str)]) {
    for (sql, reason) in cases {
        assert_eq!(house.refused_sql(sql).await, *reason, "{sql}");
    }
}

#[tokio::test]
async fn a_host_is_another_and_a_pilot_that_operates() {
    let house = House::open().await;
    pilot_elsewhere(&house, "APPROVED").await;
    for &state in PilotState::ALL.iter().filter(|state| !receives(**state)) {
        stands(&house, state).await;
        assert_eq!(
            house.refused_sql(&NEAR.sql()).await,
            "STUDY_VISIT_HOST",
            "{state}"
        );
    }
    stands(&house, PilotState::Operating).await;
    let own = drafted_pilot(&house).await;
    let own = format!("'{}'", raw(&own));
    let elsewhere = "'2026-03-02', '2026-04-02'";
    refused_each(
        &house,
        &[
            (
                Row {
                    visitor: ELSEWHERE,
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_SELF",
            ),
            (
                Row {
                    visitor: ELSEWHERE,
                    pilot: HOST,
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_SELF",
            ),
            (
                Row {
                    host: COMMUNITY,
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_HOST",
            ),
            (
                Row {
                    host_pilot: &own,
                    host: COMMUNITY,
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_HOST",
            ),
            (
                Row {
                    pilot: HOST,
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_PILOT",
            ),
            (
                Row {
                    host_pilot: "NULL",
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_HOST",
            ),
            (
                Row {
                    names: "'x', 'x'",
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_HOST_NAMED",
            ),
            (
                Row {
                    names: "'x', NULL",
                    ..FAR
                }
                .sql(),
                "STUDY_VISIT_HOST_NAMED",
            ),
            (
                Row {
                    host_pilot: HOST,
                    ..FAR
                }
                .sql(),
                "STUDY_VISIT_HOST_NAMED",
            ),
            (
                Row {
                    host: "230183000000",
                    ..FAR
                }
                .sql(),
                "STUDY_VISIT_NOT_FAR",
            ),
            (
                Row {
                    host: "440000000000",
                    ..FAR
                }
                .sql(),
                "STUDY_VISIT_NOT_FAR",
            ),
            (
                Row {
                    visitor: "230000000000",
                    host: "230200000000",
                    ..FAR
                }
                .sql(),
                "STUDY_VISIT_NOT_FAR",
            ),
            (
                Row {
                    days: elsewhere,
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_DAYS",
            ),
            (
                Row {
                    days: "'2026-03-02', '2026-03-01'",
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_DAYS",
            ),
            (
                Row {
                    days: "'2026-03-01', '2026-03-05'",
                    ..NEAR
                }
                .sql(),
                "STUDY_VISIT_PAST",
            ),
        ],
    )
    .await;
    for row in [&NEAR, &FAR] {
        house.sql(&row.sql()).await;
        assert_eq!(house.refused_sql(&row.sql()).await, "STUDY_VISIT_TWICE");
    }
    house
        .sql(&format!(
            "ALTER TABLE pilots DISABLE TRIGGER USER;
             UPDATE pilots SET state = 'EXITED', note = 'x' WHERE id = {own};
             ALTER TABLE pilots ENABLE TRIGGER USER"
        ))
        .await;
    let gone = Row {
        pilot: &own,
        days: "'2026-03-09', '2026-03-09'",
        ..NEAR
    };
    assert_eq!(house.refused_sql(&gone.sql()).await, "STUDY_VISIT_PILOT");
    assert_eq!(
        house.refused_sql_as_app("DELETE FROM study_visits").await,
        "DENIED"
    );
}

#[tokio::test]
async fn a_visit_keeps_to_its_way() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "OPERATING").await;
    let id = raw(&planned(&house, &near(&house, &host, 0)).await);
    let set = |change: &str| format!("UPDATE study_visits SET {change} WHERE id = '{id}'");
    let make = "state = 'MADE', made_on = '2026-03-02', report_by = '2026-03-17', updated_at = '2026-03-02T02:00:00Z'";
    refused_each(
        &house,
        &[
            (set(make), "STUDY_VISIT_NOT_CONFIRMED"),
            (set("state = 'CLOSED'"), "STUDY_VISIT_STATE"),
            (set("state = 'REPORTED'"), "STUDY_VISIT_NOT_REPORTED"),
            (set("state = 'CONFIRMED'"), "STUDY_VISIT_CONFIRMED"),
            (
                set("state = 'CONFIRMED', confirmed_by = planned_by"),
                "STUDY_VISIT_CONFIRMED_BY_ANOTHER",
            ),
            (set("state = 'CANCELLED'"), "STUDY_VISIT_NOTED"),
            (set("state = 'DECLINED'"), "STUDY_VISIT_NOTED"),
            (
                set("made_on = '2026-03-02', report_by = '2026-03-17'"),
                "STUDY_VISIT_MADE",
            ),
            (set("purpose = 'x'"), "STUDY_VISIT_ORIGIN"),
            (set("host_pilot_id = NULL"), "STUDY_VISIT_ORIGIN"),
            (set("starts_on = '2026-03-01'"), "STUDY_VISIT_PAST"),
            (
                set("state = 'CONFIRMED', confirmed_by = 'h', ends_on = '2026-03-05'"),
                "STUDY_VISIT_DATES",
            ),
        ],
    )
    .await;
    let global = json!(kit::graph::global(
        communities::domain::study_visit::StudyVisitId::from_uuid(id)
    ));
    // A pilot that was suspended meanwhile confirms nothing.
    stands(&house, PilotState::Suspended).await;
    let confirm = set("state = 'CONFIRMED', confirmed_by = 'h'");
    assert_eq!(house.refused_sql(&confirm).await, "STUDY_VISIT_HOST");
    stands(&house, PilotState::Operating).await;
    done(
        &house,
        &host_staff(),
        "confirmStudyVisit",
        &confirmation(&global),
        "visit { id }",
    )
    .await;
    refused_each(
        &house,
        &[
            (set(make), "STUDY_PEOPLE_NONE"),
            (
                set(&make.replace("made_on = '2026-03-02'", "made_on = '2026-03-03'")),
                "STUDY_VISIT_MADE_ON",
            ),
            (
                set(&make.replace("made_on = '2026-03-02'", "made_on = '2026-03-01'")),
                "STUDY_VISIT_MADE_ON",
            ),
            (
                set(&make.replace("03-17", "03-18")),
                "STUDY_VISIT_REPORT_BY",
            ),
            (set("starts_on = '2026-03-03'"), "STUDY_VISIT_DATES"),
        ],
    )
    .await;
    house
        .sql(&format!(
            "INSERT INTO study_people VALUES (gen_random_uuid(), '{id}', 'RESIDENT', 1, true)"
        ))
        .await;
    house.sql(&set(make)).await;
    refused_each(
        &house,
        &[
            (set("made_on = '2026-03-01'"), "STUDY_VISIT_ORIGIN"),
            (set("report_by = '2026-12-01'"), "STUDY_VISIT_ORIGIN"),
            (set("state = 'REPORTED'"), "STUDY_VISIT_NOT_REPORTED"),
            (set("state = 'CANCELLED', note = 'x'"), "STUDY_VISIT_STATE"),
            (set("state = 'PLANNED', made_on = NULL, report_by = NULL"), "STUDY_VISIT_ORIGIN"),
            (
                format!("INSERT INTO study_people VALUES (gen_random_uuid(), '{id}', 'VOLUNTEER', 1, true)"),
                "STUDY_PEOPLE_FIXED",
            ),
            ("UPDATE study_people SET people = 9".into(), "APPEND_ONLY"),
            ("DELETE FROM study_people".into(), "APPEND_ONLY"),
        ],
    )
    .await;
    // Far away nobody confirms.
    house.sql(&FAR.sql()).await;
    for change in [
        "state = 'CONFIRMED', confirmed_by = 'h'",
        "state = 'DECLINED', note = 'x'",
    ] {
        let sql = format!("UPDATE study_visits SET {change} WHERE kind = 'FAR'");
        assert_eq!(house.refused_sql(&sql).await, "STUDY_VISIT_FAR");
    }
}

#[tokio::test]
async fn a_report_is_the_visitors_once_after_the_visit() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "OPERATING").await;
    let report = |id, from: &str| {
        format!(
            "INSERT INTO study_reports VALUES (gen_random_uuid(), '{id}', 'x', NULL, '{from}', 'x', '2026-03-02')"
        )
    };
    let early = raw(&planned(&house, &near(&house, &host, 3)).await);
    assert_eq!(
        house.refused_sql(&report(early, COMMUNITY)).await,
        "STUDY_REPORT_BEFORE_VISIT"
    );
    let id = raw(&made(&house, &host).await);
    for other in [ELSEWHERE, "230103000000", "230100000000"] {
        assert_eq!(
            house.refused_sql(&report(id, other)).await,
            "STUDY_REPORT_VISITOR"
        );
    }
    house.sql(&report(id, COMMUNITY)).await;
    assert_eq!(
        house.refused_sql(&report(id, COMMUNITY)).await,
        "STUDY_REPORT_ONCE"
    );
    house
        .sql(&format!(
            "UPDATE study_visits SET state = 'REPORTED' WHERE id = '{id}'"
        ))
        .await;
    assert_eq!(
        house.refused_sql(&report(id, COMMUNITY)).await,
        "STUDY_REPORT_BEFORE_VISIT"
    );
    refused_each(
        &house,
        &[
            (
                "UPDATE study_reports SET findings = 'y'".into(),
                "APPEND_ONLY",
            ),
            ("DELETE FROM study_reports".into(), "APPEND_ONLY"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_measure_is_the_visitors_after_the_visit_and_decided_once() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "OPERATING").await;
    let measure = |id, of: &str, due: &str| {
        format!(
            "INSERT INTO study_measures (id, visit_id, division_code, title, owner, due_on, created_at, state, updated_at)
             VALUES (gen_random_uuid(), '{id}', '{of}', 'x', 'x', '{due}', '2026-03-02T01:00:00Z', 'OPEN', '2026-03-02')"
        )
    };
    let early = raw(&planned(&house, &near(&house, &host, 3)).await);
    assert_eq!(
        house
            .refused_sql(&measure(early, COMMUNITY, "2026-04-01"))
            .await,
        "STUDY_MEASURE_BEFORE_VISIT"
    );
    let (visit, measures) = reported(&house, &host).await;
    let (id, first) = (raw(&visit), raw(&measures[0]));
    let set = |change: &str| format!("UPDATE study_measures SET {change} WHERE id = '{first}'");
    let close = format!("UPDATE study_visits SET state = 'CLOSED' WHERE id = '{id}'");
    refused_each(
        &house,
        &[
            (
                measure(id, ELSEWHERE, "2026-04-01"),
                "STUDY_MEASURE_VISITOR",
            ),
            (measure(id, COMMUNITY, "2026-03-01"), "STUDY_MEASURE_TERM"),
            (measure(id, COMMUNITY, "2026-08-30"), "STUDY_MEASURE_TERM"),
            (set("state = 'ADOPTED'"), "STUDY_MEASURE_ADOPTED"),
            (set("state = 'GIVEN_UP'"), "STUDY_MEASURE_GIVEN_UP"),
            (
                set("state = 'ADOPTED', evidence = 'x', note = 'x'"),
                "STUDY_MEASURE_GIVEN_UP",
            ),
            (set("due_on = '2026-12-01'"), "STUDY_MEASURE_ORIGIN"),
            (close.clone(), "STUDY_MEASURES_OPEN"),
        ],
    )
    .await;
    house.sql(&measure(id, COMMUNITY, "2026-08-29")).await;
    house.sql(&set("state = 'ADOPTED', evidence = 'x'")).await;
    refused_each(
        &house,
        &[
            (set("evidence = 'y'"), "STUDY_MEASURE_DECIDED"),
            (
                set("state = 'OPEN', evidence = NULL"),
                "STUDY_MEASURE_DECIDED",
            ),
        ],
    )
    .await;
    house
        .sql("UPDATE study_measures SET state = 'GIVEN_UP', note = 'x' WHERE state = 'OPEN'")
        .await;
    house.sql(&close).await;
    let late = measure(id, COMMUNITY, "2026-04-01");
    assert_eq!(house.refused_sql(&late).await, "STUDY_MEASURE_BEFORE_VISIT");
    assert_eq!(
        house.refused_sql_as_app("DELETE FROM study_measures").await,
        "DENIED"
    );
    // The moves themselves, where nothing else stands in the way.
    let new = "INSERT INTO study_measures (id, visit_id, division_code, title, owner, due_on, created_at, state, note, updated_at)
        SELECT gen_random_uuid(), visit_id, division_code, title, owner, due_on, created_at, 'GIVEN_UP', 'x', updated_at
        FROM study_measures LIMIT 1";
    house
        .sql("ALTER TABLE study_measures DISABLE TRIGGER study_measures_guard")
        .await;
    assert_eq!(house.refused_sql(new).await, "STUDY_MEASURE_STATE");
    let back = set("state = 'GIVEN_UP', evidence = NULL, note = 'x'");
    assert_eq!(house.refused_sql(&back).await, "STUDY_MEASURE_STATE");
}
