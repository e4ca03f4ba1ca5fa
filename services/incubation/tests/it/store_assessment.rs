//! The database refuses assessments that must never be.

use testkit::service::data;

use crate::{
    graphql_assessment::{ASSESS, assess},
    store_organization::refused,
    support::{COUNTY, House, organization_id, registrar},
};

fn insert(organization: impl std::fmt::Display, score: i32, grade: &str, on: &str) -> String {
    format!(
        "INSERT INTO assessments VALUES (gen_random_uuid(), '{organization}', '{COUNTY}', {score},
             '{grade}', '办法', '{on}', date '{on}' + interval '5 years', 'a', '2026-03-02')"
    )
}

#[tokio::test]
async fn refuses_a_grade_that_is_not_the_tables() {
    let house = House::open().await;
    let one = organization_id(&house.registered(0).await);
    for (score, grade, on, expected) in [
        (899, "A5", "2026-03-02", "ASSESSMENT_GRADE"),
        (900, "A4", "2026-03-02", "ASSESSMENT_GRADE"),
        (900, "A5", "2022-05-05", "ASSESSMENT_TOO_EARLY"),
        (1001, "A5", "2026-03-02", "SCORE_RANGE"),
    ] {
        assert_eq!(
            refused(&house, insert(one, score, grade, on)).await,
            expected
        );
    }
    let filed = organization_id(&house.filed().await);
    assert_eq!(
        refused(&house, insert(filed, 900, "A5", "2026-03-02")).await,
        "ASSESSMENT_REGISTRAR"
    );
}

#[tokio::test]
async fn refuses_two_at_a_time_and_any_later_change() {
    let house = House::open().await;
    let organization = house.registered(0).await;
    let one = organization_id(&organization);
    let input = assess(&organization, "key-assess-01", 700, "2026-03-02");
    data(house.run(&registrar(), ASSESS, input).await);
    assert_eq!(
        refused(&house, insert(one, 900, "A5", "2026-03-01")).await,
        "ASSESSMENT_IN_FORCE"
    );
    for change in ["score = 900", "grade = 'A5'", "valid_to = valid_to + 1"] {
        let sql = format!("UPDATE assessments SET {change}");
        assert_eq!(refused(&house, sql).await, "ASSESSMENT_FIXED", "{change}");
    }
    assert_eq!(
        refused(&house, "DELETE FROM assessments").await,
        "APPEND_ONLY"
    );
}

#[tokio::test]
async fn every_table_of_grades_reaches_from_0_to_5a() {
    let house = House::open().await;
    let tables: Vec<(String, i64, i32)> = sqlx::query_as(
        "SELECT division, count(*), min(floor) FROM assessment_cutoffs GROUP BY division",
    )
    .fetch_all(&house.service.db.app)
    .await
    .unwrap();
    assert_eq!(tables.len(), 3);
    assert!(
        tables
            .iter()
            .all(|(_, lines, lowest)| (*lines, *lowest) == (5, 0))
    );
    let overlap = "INSERT INTO assessment_cutoffs
        VALUES ('340800000000', 'A5', 900, '[2030-01-01,)', '办法')";
    assert_eq!(refused(&house, overlap).await, "ASSESSMENT_CUTOFF_OVERLAP");
}
