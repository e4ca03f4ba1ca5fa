//! The database refuses social workers without evidence, also by hand.

use sqlx::AssertSqlSafe;

use crate::{
    peers::{LI, WANG},
    support::{House, civil, qualified},
};

/// Runs SQL as the owner and answers the reason of its refusal.
async fn refused(house: &House, sql: String) -> String {
    let error = sqlx::query(AssertSqlSafe(sql))
        .execute(&house.service.db.owner)
        .await
        .unwrap_err();
    kit::Error::from(error).reason().to_owned()
}

/// A row by hand, with these columns on top of the plain ones.
fn insert(columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO social_workers (id, resident_id, division_code, active, demo, created_at,
             updated_at, {columns})
         VALUES ('{}', '{LI}', '230103001001', true, true, '2026-03-02T01:00Z',
             '2026-03-02T01:00Z', {values})",
        uuid::Uuid::from_u128(0x99),
    )
}

#[tokio::test]
async fn refuses_each_source_without_its_evidence_by_hand() {
    let house = House::open().await;
    let sealed = "certificate_no_enc, certificate_no_index, certificate_no_tail";
    for (columns, values, reason) in [
        (
            "source, grade".to_owned(),
            "'QUALIFIED', 'NONE'",
            "SOCIAL_WORKER_GRADE_MISSING",
        ),
        (
            "source, grade".into(),
            "'QUALIFIED', 'SENIOR'",
            "SOCIAL_WORKER_CERTIFICATE_MISSING",
        ),
        (
            format!("source, grade, {sealed}"),
            "'QUALIFIED', 'SENIOR', 'x', 'x', '1234'",
            "SOCIAL_WORKER_REGISTRATION_MISSING",
        ),
        (
            format!("source, grade, {sealed}, registered_from, registered_to"),
            "'QUALIFIED', 'SENIOR', 'x', 'x', '1234', '2025-01-01', '2029-12-31'",
            "REGISTRATION_CYCLE",
        ),
        (
            "source, grade".into(),
            "'DISPATCHED', 'NONE'",
            "SOCIAL_WORKER_EMPLOYER_MISSING",
        ),
        (
            "source, grade".into(),
            "'MUNICIPAL_EXAM', 'NONE'",
            "TRAINING_HOURS_INSUFFICIENT",
        ),
    ] {
        assert_eq!(refused(&house, insert(&columns, values)).await, reason);
    }
    house.hours(LI, 80, "2026-02-01", "key-00000001").await;
    let municipal = |day: &str| {
        insert(
            "source, grade, exam_passed_on",
            &format!("'MUNICIPAL_EXAM', 'NONE', {day}"),
        )
    };
    assert_eq!(refused(&house, municipal("NULL")).await, "EXAM_NOT_PASSED");
    assert_eq!(
        refused(&house, municipal("'2026-02-10'")).await,
        "EXAM_NOT_PASSED"
    );
    house.exam(LI, true, 75, "2026-02-10", "key-00000002").await;
    let sql = AssertSqlSafe(municipal("'2026-02-10'"));
    sqlx::query(sql)
        .execute(&house.service.db.owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn refuses_a_renewal_without_hours_and_another_person_by_hand() {
    let house = House::open().await;
    let answer = house
        .run(
            &civil(),
            crate::support::REGISTER,
            qualified(WANG, "key-00000001"),
        )
        .await;
    assert!(answer.get("errors").is_none(), "{answer}");
    let renew =
        "UPDATE social_workers SET registered_from = '2027-01-10', registered_to = '2030-01-09'";
    assert_eq!(
        refused(&house, renew.into()).await,
        "CPD_HOURS_INSUFFICIENT"
    );
    let stretch = "UPDATE social_workers SET registered_to = '2028-01-09'";
    assert_eq!(refused(&house, stretch.into()).await, "REGISTRATION_CYCLE");
    let other = format!("UPDATE social_workers SET resident_id = '{LI}'");
    assert_eq!(refused(&house, other).await, "SOCIAL_WORKER_ORIGIN");
}

#[tokio::test]
async fn the_ledger_of_hours_is_append_only() {
    let house = House::open().await;
    house.hours(WANG, 2, "2026-02-01", "key-00000001").await;
    house
        .exam(WANG, true, 75, "2026-02-10", "key-00000002")
        .await;
    for table in ["trainings", "exams"] {
        for change in [
            "UPDATE {} SET held_on = '2026-01-01'",
            "DELETE FROM {}",
            "TRUNCATE {}",
        ] {
            let sql = change.replace("{}", table);
            assert_eq!(refused(&house, sql.clone()).await, "APPEND_ONLY");
            // The runtime role does not even reach the trigger.
            let app = sqlx::query(AssertSqlSafe(sql))
                .execute(&house.service.db.app)
                .await;
            assert!(app.unwrap_err().to_string().contains("permission denied"));
        }
    }
    let pass =
        "INSERT INTO exams VALUES (gen_random_uuid(), gen_random_uuid(), '230103001001', true,
                    10, '2026-02-01', 'x', '2026-03-01')";
    assert_eq!(refused(&house, pass.into()).await, "EXAM_BELOW_PASS_MARK");
}
