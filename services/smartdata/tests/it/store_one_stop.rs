//! Services, cases and orders refuse what must never be, also by hand-written SQL.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use smartdata::domain::{
    convenience_order::ConvenienceOrderState, one_stop_case::CaseState,
    service_item::ServiceItemState,
};

use crate::{
    services::{CASE, application, bring, card, meals, released},
    sharing::done,
    support::{House, staff, themself},
};

#[tokio::test]
async fn the_database_and_the_domain_know_the_same_moves() {
    let house = House::open().await;
    let moves = async |table: &'static str| -> BTreeSet<(String, String)> {
        let sql = format!("SELECT from_state, to_state FROM {table}");
        sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .fetch_all(&house.service.db.app)
            .await
            .unwrap()
            .into_iter()
            .collect()
    };
    let text = |from: &dyn ToString, to: &dyn ToString| (from.to_string(), to.to_string());
    assert_eq!(
        moves("service_item_transitions").await,
        ServiceItemState::MOVES
            .iter()
            .map(|(a, b)| text(a, b))
            .collect()
    );
    assert_eq!(
        moves("case_transitions").await,
        CaseState::MOVES.iter().map(|(a, b)| text(a, b)).collect()
    );
    assert_eq!(
        moves("order_transitions").await,
        ConvenienceOrderState::MOVES
            .iter()
            .map(|(a, b)| text(a, b))
            .collect()
    );
}

#[tokio::test]
async fn refuses_services_without_elements_or_review_and_rewritten_ones() {
    let house = House::open().await;
    released(&house, card()).await;
    let item = |class: &str, elements: &str, state: &str| {
        format!(
            "INSERT INTO service_items (code, name, class, division_code, elements, guide, basis, form,
                 accept_days, handle_days, state, drafted_by, drafted_at, updated_at)
             VALUES ('OTHER', 'x', '{class}', '230103000000', {elements}, 'g', 'b', '[]', 1, 5, '{state}',
                 'u', now(), now())"
        )
    };
    for (class, elements, state, expected) in [
        ("OPEN", "ARRAY[]::text[]", "DRAFT", "SERVICE_ITEM_LIFE"),
        ("OPEN", "ARRAY['SLEEP']", "DRAFT", "SERVICE_ITEM_ELEMENTS"),
        (
            "AFFAIRS",
            "ARRAY[]::text[]",
            "RELEASED",
            "SERVICE_ITEM_STATE",
        ),
    ] {
        assert_eq!(house.refusal(&item(class, elements, state)).await, expected);
    }
    let plain = item("AFFAIRS", "ARRAY[]::text[]", "DRAFT");
    for (from, to, expected) in [
        ("'OTHER'", "'other'", "SERVICE_ITEM_CODE"),
        ("'[]'", "'{}'", "SERVICE_ITEM_FORM"),
    ] {
        assert_eq!(house.refusal(&plain.replace(from, to)).await, expected);
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(item("OPEN", "ARRAY['FOOD']", "DRAFT")))
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let other = "WHERE code = 'OTHER'";
    for (change, expected) in [
        (
            "state = 'RELEASED', released_at = now()",
            "SERVICE_ITEM_GATE",
        ),
        (
            "reviewed_by = 'u', reviewed_at = now(), review_passed = true, review_note = 'n'",
            "SERVICE_ITEM_REVIEWED",
        ),
        ("reviewed_by = 'w'", "SERVICE_ITEM_REVIEWED"),
        ("handle_days = 9", "SERVICE_ITEM_FIXED"),
        ("released_at = now()", "SERVICE_ITEM_RELEASED"),
        ("suspended_for = 'x'", "SERVICE_ITEM_SUSPENDED"),
        (
            "state = 'SUSPENDED', suspended_for = 'x', released_at = now()",
            "SERVICE_ITEM_STATE",
        ),
    ] {
        let sql = format!("UPDATE service_items SET {change} {other}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    assert!(house.app_may_not("DELETE FROM service_items").await);
}

#[tokio::test]
async fn refuses_second_supplements_rewritten_cases_and_moves_without_a_record() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    released(&house, card()).await;
    let what = ("submitOneStopCase", CASE);
    let case = done(&house, &me, what, "one", application("办")).await["oneStopCase"]["id"].clone();
    for (change, expected) in [
        ("answers_sealed = '\\x00'", "CASE_FIXED"),
        ("resident_id = gen_random_uuid()", "CASE_FIXED"),
        ("state = 'DECIDED'", "CASE_STATE"),
        (
            "supplements = 1, supplement_note = 'x', supplement_at = now()",
            "CASE_SUPPLEMENT_ONCE",
        ),
        (
            "supplement_note = 'x', supplement_at = now()",
            "CASE_SUPPLEMENT",
        ),
        ("delivered_at = now()", "CASE_DELIVERED"),
        ("state = 'NOT_ACCEPTED'", "CASE_REFUSED"),
        ("state = 'ACCEPTED'", "CASE_ACCEPTED"),
        (
            "state = 'ACCEPTED', decide_by = now(), version = version + 1",
            "CASE_STEP_MISSING",
        ),
    ] {
        let sql = format!("UPDATE one_stop_cases SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    let ask = json!({ "caseId": case, "note": "缺照片" });
    done(
        &house,
        &staff(),
        ("requestCaseSupplement", CASE),
        "one",
        ask,
    )
    .await;
    let more = json!({ "caseId": case, "answers": [] });
    done(&house, &me, ("supplementOneStopCase", CASE), "one", more).await;
    assert_eq!(
        house
            .refusal("UPDATE one_stop_cases SET state = 'SUPPLEMENT', supplements = 2")
            .await,
        "CASE_SUPPLEMENT_ONCE"
    );
    assert_eq!(
        house
            .refusal("UPDATE one_stop_cases SET state = 'SUPPLEMENT'")
            .await,
        "CASE_SUPPLEMENT_ONCE"
    );
    bring(&house, &case, "PROCESSING").await;
    for (change, expected) in [
        ("decide_by = decide_by + interval '1 day'", "CASE_DUE_FIXED"),
        ("state = 'DECIDED'", "CASE_DECIDED"),
        ("stars = 5", "CASE_RATED"),
    ] {
        let sql = format!("UPDATE one_stop_cases SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    assert_eq!(house.refusal("DELETE FROM case_steps").await, "APPEND_ONLY");
    assert!(house.app_may_not("DELETE FROM one_stop_cases").await);
    // What was written is nowhere in the clear.
    let sealed: Vec<u8> = sqlx::query_scalar("SELECT answers_sealed FROM one_stop_cases")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains('办'));
}

#[tokio::test]
async fn an_order_is_of_an_open_service_for_the_living_and_stays_as_placed() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    released(&house, card()).await;
    released(&house, meals(Value::Null)).await;
    let order = |item: &str, resident: &str, rest: &str| {
        format!(
            "INSERT INTO convenience_orders (id, number, item_code, division_code, resident_id,
                 provider_organization_id, wish, wanted_at, placed_by, channel, state, placed_at, updated_at)
             SELECT gen_random_uuid(), 'D20260302-000009', '{item}', '230103001001', {resident}, {rest},
                 now(), now() FROM residents LIMIT 1"
        )
    };
    let fine = "NULL, 'w', now() + interval '1 day', 'u', 'app', 'PLACED'";
    for (item, resident, rest, expected) in [
        ("OLD_AGE_CARD", "id", fine, "SERVICE_ITEM_CLOSED"),
        (
            "MEALS",
            "id",
            "gen_random_uuid(), 'w', now() + interval '1 day', 'u', 'app', 'PLACED'",
            "ORDER_PROVIDER",
        ),
        (
            "MEALS",
            "id",
            "NULL, 'w', now() + interval '1 day', 'u', 'app', 'DONE'",
            "ORDER_STATE",
        ),
        (
            "MEALS",
            "id",
            "NULL, 'w', now() - interval '1 day', 'u', 'app', 'PLACED'",
            "ORDER_WANTED",
        ),
        ("MEALS", "gen_random_uuid()", fine, "RESIDENT_STATUS"),
    ] {
        assert_eq!(house.refusal(&order(item, resident, rest)).await, expected);
    }
    let place = json!({ "itemCode": "MEALS", "wish": "软饭", "wantedAt": "2026-03-02T04:00:00Z" });
    let what = ("placeConvenienceOrder", "convenienceOrder { id }");
    done(&house, &me, what, "one", place).await;
    for (change, expected) in [
        ("wish = 'x'", "ORDER_FIXED"),
        (
            "state = 'DONE', outcome = 'x', done_at = now()",
            "ORDER_STATE",
        ),
        ("state = 'ACCEPTED'", "ORDER_ACCEPTED"),
        ("state = 'REFUSED'", "ORDER_OUTCOME"),
        ("stars = 5", "ORDER_RATED"),
        ("done_at = now()", "ORDER_DONE"),
    ] {
        let sql = format!("UPDATE convenience_orders SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    assert!(house.app_may_not("DELETE FROM convenience_orders").await);
}
