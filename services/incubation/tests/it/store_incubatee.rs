//! The database refuses incubations that must never be.

use crate::{
    steps::{STATE, community_centre, done, growth, incubating, opened, screened, signed},
    store_organization::refused,
    support::{House, community_staff, organization_id},
};

#[tokio::test]
async fn refuses_a_second_one_a_jump_and_an_application_to_a_closed_centre() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    screened(&house, &centre, &body).await;
    let again =
        "INSERT INTO incubatees (id, organization_id, centre_id, division_code, state, goal,
            priority_points, applied_on, created_at, updated_at)
        SELECT gen_random_uuid(), organization_id, centre_id, division_code, 'APPLIED', goal, 0,
            applied_on, now(), now() FROM incubatees";
    assert_eq!(refused(&house, again).await, "INCUBATION_OF_ORGANIZATION");
    let late = again.replace("'APPLIED'", "'SCREENED'");
    assert_eq!(refused(&house, late).await, "STATE_MOVE");
    let jump = "UPDATE incubatees SET state = 'TRACKED', graduated_on = '2026-03-02'";
    assert_eq!(refused(&house, jump).await, "STATE_MOVE");
    let other = "UPDATE incubatees SET goal = '另一目标'";
    assert_eq!(refused(&house, other).await, "INCUBATEE_FIXED");
    let unsigned = "UPDATE incubatees SET state = 'REVIEWED', review_total = 99";
    assert_eq!(refused(&house, unsigned).await, "REVIEWS_MISSING");
    let close = "UPDATE incubation_centres SET state = 'CLOSED', closed_on = '2026-03-02'";
    assert_eq!(refused(&house, close).await, "CENTRE_IN_USE");
}

#[tokio::test]
async fn refuses_results_that_are_not_the_mean_of_the_sheets() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let one = screened(&house, &centre, &body).await;
    for n in 0..3 {
        let adviser = crate::steps::adviser(&house, n, None).await;
        let sheet = crate::steps::sheet(&one, &adviser, 70);
        let registrar = crate::support::registrar();
        done(&house, &registrar, "reviewIncubatee", sheet, STATE).await;
    }
    let better = "UPDATE incubatees SET state = 'REVIEWED', review_total = 81";
    assert_eq!(refused(&house, better).await, "REVIEW_BELOW_PASS");
    let sheets = "UPDATE incubatee_reviews SET score = 100";
    assert_eq!(refused(&house, sheets).await, "APPEND_ONLY");
    let twice =
        "INSERT INTO incubatee_reviews SELECT gen_random_uuid(), incubatee_id, adviser_id, 90,
        opinion, reviewed_on, reviewed_by, now() FROM incubatee_reviews LIMIT 1";
    assert_eq!(refused(&house, twice).await, "REVIEWED_ONCE");
}

#[tokio::test]
async fn refuses_reviewers_of_the_house_by_hand() {
    let house = House::open().await;
    let (centre, operator) = opened(&house).await;
    community_centre(&house, 1).await;
    let body = house.registered(0).await;
    screened(&house, &centre, &body).await;
    let keeps = "(SELECT organization_id FROM service_centres)".to_owned();
    let quoted = |id: &serde_json::Value| format!("'{}'", organization_id(id));
    for employer in [quoted(&body), quoted(&operator), keeps] {
        let sql = format!(
            "WITH adviser AS (INSERT INTO advisers (id, resident_id, division_code, expertise,
                 qualification, employer_id, enrolled_on, created_at, updated_at)
             VALUES (gen_random_uuid(), gen_random_uuid(), '230103000000', 'LAW', '律师', {employer},
                 '2026-03-02', now(), now()) RETURNING id)
             SELECT 1 FROM adviser"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&house.service.db.owner)
            .await
            .unwrap();
        let review = "INSERT INTO incubatee_reviews SELECT gen_random_uuid(), i.id, a.id, 90, '好',
            '2026-03-02', 'a', now() FROM incubatees i, advisers a
            ORDER BY a.created_at DESC LIMIT 1";
        assert_eq!(refused(&house, review).await, "REVIEWER_CONFLICT");
    }
    let left = "UPDATE advisers SET released_on = '2026-03-02', employer_id = NULL";
    sqlx::query(left)
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let review = "INSERT INTO incubatee_reviews SELECT gen_random_uuid(), i.id, a.id, 90, '好',
        '2026-03-02', 'a', now() FROM incubatees i, advisers a LIMIT 1";
    assert_eq!(refused(&house, review).await, "ADVISER_NOT_IN_POOL");
}

#[tokio::test]
async fn refuses_terms_stages_and_graduations_that_no_rule_allows() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let one = signed(&house, &centre, &body).await;
    let longer = "UPDATE incubatees SET agreement_to = '2027-06-01'";
    assert_eq!(refused(&house, longer).await, "EXTENSION_LIMIT");
    let which = serde_json::json!({ "incubateeId": one });
    done(&house, &community_staff(), "startIncubation", which, STATE).await;
    for (change, expected) in [
        (
            "state = 'EXTENDED', extensions = 1, agreement_to = '2027-09-02'",
            "EXTENSION_LIMIT",
        ),
        (
            "state = 'EXTENDED', extensions = 2, agreement_to = '2027-06-01'",
            "EXTENSION_LIMIT",
        ),
        ("stage = 'GROWTH'", "STAGE_ORDER"),
        (
            "state = 'GRADUATED', graduated_on = '2026-03-02'",
            "GROWTH_BELOW",
        ),
        ("started_on = '2026-03-01'", "INCUBATEE_FIXED"),
        (
            "state = 'TERMINATED', ended_on = '2026-03-02'",
            "INCUBATEE_ENDED",
        ),
    ] {
        let sql = format!("UPDATE incubatees SET {change}");
        assert_eq!(refused(&house, sql).await, expected, "{change}");
    }
    let start = "UPDATE incubatees SET stage = 'START'";
    sqlx::query(start)
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let growth_stage = "UPDATE incubatees SET stage = 'GROWTH'";
    assert_eq!(refused(&house, growth_stage).await, "MIDTERM_MISSING");
    let low = growth(&one, "FINAL", 69);
    done(&house, &community_staff(), "scoreGrowth", low, STATE).await;
    let out = "UPDATE incubatees SET state = 'GRADUATED', graduated_on = '2026-03-02'";
    assert_eq!(refused(&house, out).await, "GROWTH_BELOW");
    let high = growth(&one, "FINAL", 90);
    done(&house, &community_staff(), "scoreGrowth", high, STATE).await;
    let abnormal = "UPDATE organizations SET status = 'ABNORMAL' WHERE kind <> 'FOUNDATION'";
    sqlx::query(abnormal)
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(refused(&house, out).await, "GRADUATE_STANDING");
}

#[tokio::test]
async fn services_and_scores_are_of_the_time_and_never_changed() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    incubating(&house, &centre, &body).await;
    let session = |day: &str, by: &str| {
        format!(
            "INSERT INTO incubation_sessions SELECT gen_random_uuid(), id, 'TRAINING', '{day}', 60, 5,
                 '培训', NULL, '签到表', '{by}', '2026-03-02T02:00:00Z' FROM incubatees"
        )
    };
    for day in ["2026-03-01", "2026-03-03"] {
        let refused = refused(&house, session(day, "a")).await;
        assert_eq!(refused, "DAY_OUTSIDE_INCUBATION", "{day}");
    }
    sqlx::query(sqlx::AssertSqlSafe(session("2026-03-02", "a")))
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let confirm = "INSERT INTO session_confirmations
        SELECT id, 5, NULL, 'a', now() FROM incubation_sessions";
    assert_eq!(refused(&house, confirm).await, "SESSION_OWN_CONFIRMATION");
    let bad = confirm.replace("5, NULL, 'a'", "6, NULL, 'b'");
    assert_eq!(refused(&house, bad).await, "SESSION_RATING");
    let more = "UPDATE incubation_sessions SET minutes = 600";
    assert_eq!(refused(&house, more).await, "APPEND_ONLY");
    let score = "INSERT INTO growth_scores (id, incubatee_id, kind, stage, score, evidence,
            assessed_on, assessed_by, created_at)
        SELECT gen_random_uuid(), id, 'FINAL', 'SEED', 101, '报告', '2026-03-02', 'a', now()
        FROM incubatees";
    assert_eq!(refused(&house, score).await, "GROWTH_SCORE");
}
