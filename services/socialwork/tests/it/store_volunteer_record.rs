//! The database keeps records of service true, also against hand-written SQL.

use sqlx::AssertSqlSafe;

use crate::{
    graphql_volunteer_record::{CORRECT, correct, served},
    support::{House, staff},
};

async fn refused(house: &House, sql: &str) -> String {
    let sql = AssertSqlSafe(sql.to_owned());
    let error = sqlx::query(sql)
        .execute(&house.service.db.owner)
        .await
        .unwrap_err();
    kit::Error::from(error).reason().to_owned()
}

/// A copy of the only record with some columns set otherwise.
fn copy(set: &[(&str, &str)]) -> String {
    let columns = [
        "id",
        "volunteer_id",
        "activity",
        "visit_id",
        "order_id",
        "contract_id",
        "trace_id",
        "in_at",
        "out_at",
        "reverses",
        "replaces",
        "confirmed_by",
        "reason",
        "recorded_by",
        "recorded_at",
    ];
    let values: Vec<&str> = columns
        .iter()
        .map(|column| {
            let plain = if *column == "id" {
                "gen_random_uuid()"
            } else {
                column
            };
            set.iter()
                .find(|(name, _)| name == column)
                .map_or(plain, |(_, value)| value)
        })
        .collect();
    format!(
        "INSERT INTO volunteer_records ({}) SELECT {} FROM volunteer_records WHERE reverses IS NULL LIMIT 1",
        columns.join(", "),
        values.join(", ")
    )
}

#[tokio::test]
async fn refuses_overlap_endless_and_empty_service_by_hand() {
    let house = House::open().await;
    served(&house).await;
    let other = ("visit_id", "gen_random_uuid()");
    assert_eq!(
        refused(&house, &copy(&[other])).await,
        "VOLUNTEER_RECORD_OVERLAP"
    );
    let later = ("in_at", "out_at");
    for out in [
        "out_at + interval '59 seconds'",
        "out_at + interval '1441 minutes'",
        "in_at",
    ] {
        let sql = copy(&[other, later, ("out_at", out)]);
        assert_eq!(refused(&house, &sql).await, "VOLUNTEER_RECORD_DURATION");
    }
    let same_visit = copy(&[later, ("out_at", "out_at + interval '1 hour'")]);
    assert_eq!(refused(&house, &same_visit).await, "VOLUNTEER_RECORD_VISIT");
}

#[tokio::test]
async fn records_are_append_only_and_reversed_only_by_a_reversal() {
    let house = House::open().await;
    served(&house).await;
    for sql in [
        "DELETE FROM volunteer_records",
        "TRUNCATE volunteer_records CASCADE",
        "UPDATE volunteer_records SET out_at = out_at + interval '1 hour'",
        "UPDATE volunteer_records SET reversed_by = id",
    ] {
        assert_eq!(refused(&house, sql).await, "APPEND_ONLY", "{sql}");
    }
    let app = sqlx::query("UPDATE volunteer_records SET out_at = now()")
        .execute(&house.service.db.app)
        .await;
    assert!(app.unwrap_err().to_string().contains("permission denied"));
    let moved = copy(&[
        ("reverses", "id"),
        ("reason", "'x'"),
        ("out_at", "out_at + interval '1 minute'"),
    ]);
    assert_eq!(refused(&house, &moved).await, "CORRECTION_DIFFERS");
    let early = copy(&[("replaces", "id"), ("reason", "'x'")]);
    assert_eq!(
        refused(&house, &early).await,
        "VOLUNTEER_RECORD_NOT_REVERSED"
    );
    let silent = copy(&[("reverses", "id")]);
    assert_eq!(refused(&house, &silent).await, "VOLUNTEER_RECORD_KIND");
}

#[tokio::test]
async fn a_reversed_record_makes_room_and_stays_reversed() {
    let house = House::open().await;
    let (_, record) = served(&house).await;
    let done = house
        .run(&staff(), CORRECT, correct(&record, "key-00000001"))
        .await;
    assert!(done.get("errors").is_none(), "{done}");
    let undo = "UPDATE volunteer_records SET reversed_by = NULL WHERE reversed_by IS NOT NULL";
    assert_eq!(refused(&house, undo).await, "APPEND_ONLY");
    let free = copy(&[
        ("visit_id", "gen_random_uuid()"),
        ("reverses", "NULL"),
        ("reason", "NULL"),
    ]);
    sqlx::query(AssertSqlSafe(free))
        .execute(&house.service.db.owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn refuses_a_certificate_that_says_more_than_the_records() {
    let house = House::open().await;
    served(&house).await;
    let certificate = |minutes: i64| {
        format!(
            "WITH c AS (
                 INSERT INTO volunteer_certificates (id, volunteer_id, number, code, from_date,
                     to_date, records, minutes, issued_by, issued_at)
                 SELECT gen_random_uuid(), volunteer_id, 'n', repeat('A', 20), '2026-01-01',
                     '2026-03-02', 1, {minutes}, 'x', now() FROM volunteer_records RETURNING id)
             INSERT INTO volunteer_certificate_records
             SELECT c.id, r.id FROM c, volunteer_records r"
        )
    };
    assert_eq!(
        refused(&house, &certificate(91)).await,
        "CERTIFICATE_UNTRUE"
    );
    let bare = "INSERT INTO volunteer_certificates (id, volunteer_id, number, code, from_date,
                    to_date, records, minutes, issued_by, issued_at)
                SELECT gen_random_uuid(), volunteer_id, 'n', repeat('A', 20), '2026-01-01',
                    '2026-03-02', 1, 90, 'x', now() FROM volunteer_records";
    assert_eq!(refused(&house, bare).await, "CERTIFICATE_UNTRUE");
    let sound = AssertSqlSafe(certificate(90));
    sqlx::query(sound)
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let forge = "UPDATE volunteer_certificates SET minutes = 900";
    assert_eq!(refused(&house, forge).await, "APPEND_ONLY");
}
