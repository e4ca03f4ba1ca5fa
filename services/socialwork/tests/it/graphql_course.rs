//! Courses, enrolments and the hours they become, through the real schema, and
//! what the database refuses.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    casework::Desk,
    peers::{CHEN, ELDER, LI, WANG, ZHAO},
    support::{elder, li, nobody, resident_id, staff, staff_elsewhere, wang},
};

pub fn announcing(kind: &str) -> Value {
    json!({ "kind": kind, "content": "PRACTICE", "title": "危机干预", "place": "区社工站",
        "divisionCode": "230103001001", "startsAt": "2026-03-10T01:00:00Z", "minutes": 120, "capacity": 2 })
}

pub fn placing(course: &Value, who: Uuid) -> Value {
    json!({ "courseId": course["id"], "residentId": resident_id(who) })
}

pub async fn announced(desk: &Desk, kind: &str) -> Value {
    desk.done(
        &staff(),
        "announceCourse",
        announcing(kind),
        "course { id state }",
    )
    .await["course"]
        .clone()
}

#[tokio::test]
async fn who_came_has_the_hours_in_the_one_ledger() {
    let desk = Desk::open().await;
    let course = announced(&desk, "CONTINUING").await;
    for (who, of) in [(li(), LI), (wang(), WANG)] {
        desk.done(
            &who,
            "enrolInCourse",
            placing(&course, of),
            "enrolment { state }",
        )
        .await;
    }
    assert_eq!(
        desk.refused(&li(), "enrolInCourse", placing(&course, LI))
            .await,
        ("COURSE_FULL".into(), String::new())
    );
    desk.done(
        &wang(),
        "withdrawEnrolment",
        placing(&course, WANG),
        "enrolment { state }",
    )
    .await;
    assert_eq!(
        desk.refused(&wang(), "withdrawEnrolment", placing(&course, WANG))
            .await
            .0,
        "ENROLMENT_STATE"
    );
    assert_eq!(
        desk.refused(&li(), "enrolInCourse", placing(&course, LI))
            .await,
        ("ENROLMENT_EXISTS".into(), "input.residentId".into())
    );
    assert_eq!(
        desk.refused(&elder(), "enrolInCourse", placing(&course, ELDER))
            .await,
        ("COURSE_FOR_WORKERS".into(), "input.residentId".into())
    );
    assert_eq!(
        desk.refused(&elder(), "enrolInCourse", placing(&course, CHEN))
            .await
            .0,
        "FORBIDDEN"
    );
    desk.done(
        &wang(),
        "enrolInCourse",
        placing(&course, WANG),
        "enrolment { state }",
    )
    .await;

    let settle = json!({ "courseId": course["id"], "attendedIds": [resident_id(LI)] });
    assert_eq!(
        desk.refused(&staff(), "settleCourse", settle.clone())
            .await
            .0,
        "COURSE_NOT_OVER"
    );
    desk.house.service.clock.advance(TimeDelta::days(9));
    assert_eq!(
        desk.refused(&li(), "enrolInCourse", placing(&course, LI))
            .await
            .0,
        "COURSE_CLOSED"
    );
    assert_eq!(
        desk.refused(&staff_elsewhere(), "settleCourse", settle.clone())
            .await
            .0,
        "FORBIDDEN"
    );
    let strange = json!({ "courseId": course["id"], "attendedIds": [resident_id(ZHAO)] });
    assert_eq!(
        desk.refused(&staff(), "settleCourse", strange).await,
        ("ENROLMENT_UNKNOWN".into(), "input.attendedIds".into())
    );
    let done = desk
        .done(
            &staff(),
            "settleCourse",
            settle.clone(),
            "course { state enrolments { state } }",
        )
        .await;
    assert_eq!(done["course"]["state"], "SETTLED");
    assert_eq!(
        desk.refused(&staff(), "settleCourse", settle).await.0,
        "COURSE_STATE"
    );
    let ledger = format!(
        "{{ trainingLedger(residentId: \"{}\") {{ totalMinutes entries {{ nodes {{ course minutes on }} }} }} }}",
        resident_id(LI)
    );
    assert_eq!(
        desk.read(&li(), &ledger).await["trainingLedger"],
        json!({ "totalMinutes": 120,
        "entries": { "nodes": [{ "course": "危机干预", "minutes": 120, "on": "2026-03-10" }] } })
    );
    let mine = "{ myEnrolments { nodes { state course { title } } } }";
    assert_eq!(
        desk.read(&wang(), mine).await["myEnrolments"]["nodes"],
        json!([{ "state": "ABSENT", "course": { "title": "危机干预" } }])
    );
    let names = format!(
        "{{ course(id: {}) {{ enrolled enrolments {{ state }} }} }}",
        course["id"]
    );
    assert_eq!(
        desk.read(&nobody(), &names).await["course"],
        json!({ "enrolled": 1, "enrolments": null })
    );
    assert_eq!(
        desk.house
            .count("SELECT count(*) FROM kit.audit_log WHERE action = 'readEnrolments'")
            .await,
        2
    );
}

#[tokio::test]
async fn a_popular_course_is_for_everybody_and_may_be_cancelled() {
    let desk = Desk::open().await;
    for (field, value, refused) in [
        ("startsAt", json!("2026-03-01T01:00:00Z"), "COURSE_PAST"),
        ("minutes", json!(10), "COURSE_MINUTES"),
        ("capacity", json!(0), "COURSE_CAPACITY"),
        ("title", json!(" "), "TITLE_LENGTH"),
    ] {
        let mut input = announcing("POPULAR");
        input[field] = value;
        assert_eq!(
            desk.refused(&staff(), "announceCourse", input).await,
            (refused.into(), format!("input.{field}"))
        );
    }
    assert_eq!(
        desk.refused(&desk.worker(), "announceCourse", announcing("POPULAR"))
            .await
            .0,
        "FORBIDDEN"
    );
    let course = announced(&desk, "POPULAR").await;
    desk.done(
        &elder(),
        "enrolInCourse",
        placing(&course, ELDER),
        "enrolment { state }",
    )
    .await;
    let list = "{ courses(kind: POPULAR, upcoming: true) { nodes { enrolled capacity } } }";
    assert_eq!(
        desk.read(&nobody(), list).await["courses"]["nodes"],
        json!([{ "enrolled": 1, "capacity": 2 }])
    );
    let off = json!({ "courseId": course["id"], "reason": "讲师有事" });
    desk.done(
        &staff(),
        "cancelCourse",
        off.clone(),
        "course { state reason }",
    )
    .await;
    assert_eq!(
        desk.refused(&staff(), "cancelCourse", off).await.0,
        "COURSE_STATE"
    );
    assert_eq!(
        desk.refused(&elder(), "enrolInCourse", placing(&course, ELDER))
            .await
            .0,
        "COURSE_CLOSED"
    );
}

#[tokio::test]
async fn the_database_gives_no_hours_to_who_was_not_there() {
    let desk = Desk::open().await;
    let course = announced(&desk, "CONTINUING").await;
    desk.done(
        &li(),
        "enrolInCourse",
        placing(&course, LI),
        "enrolment { state }",
    )
    .await;
    let hours = |who: Uuid| {
        format!("INSERT INTO trainings (id, resident_id, division_code, course, minutes, held_on,
        recorded_by, recorded_at, course_id) SELECT gen_random_uuid(), '{who}', division_code, title, 60, '2026-03-10',
        'x', '2026-03-11', id FROM courses")
    };
    let enrol = |who: Uuid| {
        format!("INSERT INTO enrolments SELECT id, '{who}', division_code, 'ENROLLED', NULL, now(), now()
        FROM courses")
    };
    for (sql, refused) in [
        (hours(WANG), "TRAINING_NOT_ENROLLED"),
        (enrol(ELDER), "COURSE_FOR_WORKERS"),
        (
            "UPDATE enrolments SET state = 'ATTENDED'".into(),
            "ENROLMENT_HOURS_DIFFER",
        ),
        (
            "UPDATE enrolments SET resident_id = gen_random_uuid()".into(),
            "ENROLMENT_FIXED",
        ),
        ("UPDATE courses SET minutes = 600".into(), "COURSE_FIXED"),
        (
            "UPDATE courses SET state = 'SETTLED', updated_at = '2026-04-01'".into(),
            "COURSE_UNSETTLED",
        ),
    ] {
        assert_eq!(desk.by_hand(&sql).await, refused, "{sql}");
    }
    desk.hand(&enrol(WANG)).await;
    desk.house.dispatched(CHEN, "key-chen").await;
    assert_eq!(desk.by_hand(&enrol(CHEN)).await, "COURSE_FULL");
    desk.hand(&hours(LI)).await;
    let wrong = "UPDATE enrolments e SET state = 'ATTENDED', training_id = t.id FROM trainings t
        WHERE t.course_id = e.course_id AND t.resident_id = e.resident_id";
    assert_eq!(desk.by_hand(wrong).await, "ENROLMENT_HOURS_DIFFER");
    desk.hand("UPDATE enrolments SET state = 'ABSENT'").await;
    assert_eq!(
        desk.by_hand("UPDATE courses SET state = 'SETTLED', updated_at = '2026-03-01'")
            .await,
        "COURSE_IN_FUTURE"
    );
    desk.hand("UPDATE courses SET state = 'SETTLED', updated_at = '2026-04-01'")
        .await;
    assert_eq!(desk.by_hand(&enrol(CHEN)).await, "COURSE_CLOSED");
}
