//! Rules of assessments, tiers, orders and visits, held by the database too.

use eldercare::domain::{order::OrderState, visit::VisitState};
use sqlx::{AssertSqlSafe, PgPool};

use crate::{
    graphql_assessment::{ASSESS, form},
    peers::{LI, VOLUNTEER, WANG},
    support::{House, staff, volunteer},
};

async fn refused(pool: &PgPool, sql: &str) -> String {
    let outcome: Result<(), sqlx::Error> = async {
        let mut tx = pool.begin().await?;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
    .await;
    kit::Error::from(outcome.expect_err(sql))
        .reason()
        .to_owned()
}

fn sorted<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    pairs.sort();
    pairs
}

#[tokio::test]
async fn knows_the_same_moves_and_items_as_the_domain() {
    let house = House::empty().await;
    let pool = &house.service.db.app;
    let orders: Vec<(String, String)> =
        sqlx::query_as("SELECT from_state, to_state FROM order_transitions ORDER BY 1, 2")
            .fetch_all(pool)
            .await
            .unwrap();
    assert_eq!(
        orders,
        sorted(
            OrderState::MOVES
                .iter()
                .map(|(a, b)| (a.as_str(), b.as_str()))
        )
    );
    let visits: Vec<(String, String)> =
        sqlx::query_as("SELECT from_state, to_state FROM visit_transitions ORDER BY 1, 2")
            .fetch_all(pool)
            .await
            .unwrap();
    assert_eq!(
        visits,
        sorted(
            VisitState::MOVES
                .iter()
                .map(|(a, b)| (a.as_str(), b.as_str()))
        )
    );
    let mut conn = pool.acquire().await.unwrap();
    assert!(
        eldercare::store::assessment::items_agree(&mut conn)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn levels_of_the_database_are_those_of_the_domain() {
    use eldercare::domain::assessment::AbilityLevel;
    let house = House::empty().await;
    for total in 0..=90 {
        let level: i32 = sqlx::query_scalar("SELECT assessment_base_level('GB_T_42195_2022', $1)")
            .bind(total)
            .fetch_one(&house.service.db.app)
            .await
            .unwrap();
        assert_eq!(
            level,
            AbilityLevel::of_total(total).number(),
            "{total} points"
        );
    }
}

#[tokio::test]
async fn an_assessment_is_complete_and_adds_up() {
    let house = House::open().await;
    testkit::service::data(house.run(&staff(), ASSESS, form("assess-00001", 20)).await);
    let owner = &house.service.db.owner;
    let copy = |level: i32, items: usize, assessors: usize| {
        format!(
            "INSERT INTO assessments (id, elder_id, instrument, reason, coma, dementia_or_mental,
                 risk_events, b1, b2, b3, b4, base_level, final_level, explanation_zh,
                 explanation_en, assessed_at, valid_from, valid_to)
             SELECT '00000000-0000-7000-8000-0000000000a1', '{WANG}', instrument, reason, coma,
                 dementia_or_mental, risk_events, b1, b2, b3, b4, base_level, {level},
                 explanation_zh, explanation_en, assessed_at, valid_from, valid_to
             FROM assessments;
             INSERT INTO assessment_scores
             SELECT '00000000-0000-7000-8000-0000000000a1', instrument, item_code, score
             FROM assessment_scores LIMIT {items};
             INSERT INTO assessment_assessors
             SELECT '00000000-0000-7000-8000-0000000000a1', social_worker_id
             FROM assessment_assessors LIMIT {assessors};"
        )
    };
    assert_eq!(refused(owner, &copy(1, 25, 2)).await, "ITEMS_INCOMPLETE");
    assert_eq!(refused(owner, &copy(0, 26, 2)).await, "LEVEL_MISMATCH");
    assert_eq!(refused(owner, &copy(1, 26, 1)).await, "ASSESSORS_TOO_FEW");
    assert_eq!(
        refused(owner, "UPDATE assessment_scores SET score = 0").await,
        "APPEND_ONLY"
    );
    let overlap = format!(
        "INSERT INTO assessments (id, elder_id, instrument, reason, coma, dementia_or_mental,
             risk_events, b1, b2, b3, b4, base_level, final_level, explanation_zh,
             explanation_en, assessed_at, valid_from, valid_to)
         SELECT gen_random_uuid(), '{LI}', instrument, reason, coma, dementia_or_mental,
             risk_events, b1, b2, b3, b4, base_level, final_level, explanation_zh,
             explanation_en, assessed_at, valid_from + 1, valid_to FROM assessments"
    );
    assert_eq!(refused(owner, &overlap).await, "ASSESSMENT_OVERLAP");
}

#[tokio::test]
async fn a_score_stays_within_its_item() {
    let house = House::open().await;
    let score = "INSERT INTO assessment_scores VALUES
        ('00000000-0000-7000-8000-0000000000a1', 'GB_T_42195_2022', 'B3.7', 2)";
    assert_eq!(refused(&house.service.db.owner, score).await, "SCORE_RANGE");
}

#[tokio::test]
async fn a_tier_is_the_one_the_rule_gives() {
    let house = House::open().await;
    let decide = |tier: &str, rule: &str| {
        format!(
            "INSERT INTO tier_decisions (id, elder_id, line, tier, rule_code, category,
                 lives_alone, inputs_hash, explanation_zh, explanation_en, decided_at,
                 period_from, period_to)
             VALUES (gen_random_uuid(), '{LI}', 'MEALS', '{tier}', '{rule}', 'ORDINARY', true,
                 repeat('0', 64), '', '', '2026-03-02', '2026-03-02', '2027-03-02')"
        )
    };
    let owner = &house.service.db.owner;
    assert_eq!(
        refused(owner, &decide("FREE", "MEALS/OTHERWISE")).await,
        "TIER_NOT_BY_RULE"
    );
    let other = decide("FREE", "MEALS/SPECIAL_HARDSHIP");
    assert_eq!(refused(owner, &other).await, "TIER_NOT_BY_RULE");
}

#[tokio::test]
async fn an_order_keeps_its_price_and_its_place_in_the_line() {
    let house = House::open().await;
    house.ordered(LI, "order-000001").await;
    let owner = &house.service.db.owner;
    for (change, why) in [
        ("UPDATE orders SET copay = 0, subsidy = 2000", "ORDER_FIXED"),
        ("UPDATE orders SET state = 'SETTLED'", "ORDER_STATE"),
        (
            "INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object(
                 'id', gen_random_uuid(), 'copay', o.copay + 1))).* FROM orders o",
            "ORDER_PRICE_SUM",
        ),
        (
            "INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object(
                 'id', gen_random_uuid(), 'tier', 'FREE'))).* FROM orders o",
            "ORDER_TIER",
        ),
        (
            "INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object(
                 'id', gen_random_uuid(), 'state', 'ASSIGNED'))).* FROM orders o",
            "ORDER_STATE",
        ),
        (
            "UPDATE ref_contracts SET quantity = 0",
            "CONTRACT_EXHAUSTED",
        ),
    ] {
        assert_eq!(refused(owner, change).await, why, "{change}");
    }
}

#[tokio::test]
async fn a_visit_keeps_what_was_recorded_and_skips_no_step() {
    let house = House::open().await;
    let placed = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&placed, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let owner = &house.service.db.owner;
    for (change, why) in [
        ("UPDATE visits SET state = 'SETTLED'", "VISIT_STATE"),
        ("UPDATE visits SET state = 'CHECKED_OUT'", "VISIT_STATE"),
        (
            "UPDATE visits SET worker_id = gen_random_uuid()",
            "VISIT_FIXED",
        ),
        (
            "UPDATE visits SET out_at = '2026-03-02'",
            "VISIT_OUT_NEEDS_IN",
        ),
        (
            "UPDATE visits SET planned_end = planned_start",
            "VISIT_PLANNED_ORDER",
        ),
        ("UPDATE visits SET state = 'REFUSED'", "VISIT_END_REASON"),
    ] {
        assert_eq!(refused(owner, change).await, why, "{change}");
    }
    house.served(&volunteer(), &visit).await;
    for (change, why) in [
        (
            "UPDATE visits SET in_at = in_at - interval '1 hour'",
            "VISIT_RECORDED",
        ),
        ("UPDATE visits SET minutes = 600", "VISIT_RECORDED"),
        (
            "UPDATE visits SET state = 'CONFIRMED'",
            "VISIT_SETTLED_NEEDS_CONFIRMATION",
        ),
    ] {
        assert_eq!(refused(owner, change).await, why, "{change}");
    }
}
