//! Goals refuse what must never be, also by hand-written SQL.

use std::collections::BTreeSet;

use serde_json::json;
use smartdata::domain::{goal::Measure, happening::HappeningKind};
use testkit::service::data;

use crate::{
    goals::{CITY, COUNTY, close, deliver, office, set, target, told},
    support::{COMMUNITY, House},
};

fn row(columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO goal_targets (id, indicator, division_code, year, document, demo, set_by, set_at, {columns})
         VALUES (gen_random_uuid(), 'PILOTS', '230103000000', 2026, '市民〔2026〕3号', false, 'x', now(), {values})"
    )
}

#[tokio::test]
async fn refuses_targets_that_overlap_are_negative_or_rest_on_nothing() {
    let house = House::open().await;
    data(
        set(
            &house,
            &office(COUNTY),
            "one",
            target("PILOTS", COUNTY, json!(5)),
        )
        .await,
    );
    for (columns, values, expected) in [
        (
            "amount, effective_from",
            "7, '2026-01-01'",
            "GOAL_TARGET_EXISTS",
        ),
        (
            "amount, effective_from",
            "7, '2026-12-31'",
            "GOAL_TARGET_EXISTS",
        ),
        (
            "amount, effective_from",
            "-1, '2026-01-01'",
            "GOAL_TARGET_AMOUNT",
        ),
        (
            "amount, effective_from",
            "1, '2027-01-01'",
            "GOAL_TARGET_FROM",
        ),
        (
            "amount, effective_from",
            "NULL, '2026-01-01'",
            "GOAL_TARGET_NONE",
        ),
        (
            "amount, effective_from, effective_until, superseded_by",
            "1, '2026-01-01', '2026-01-02', gen_random_uuid()",
            "GOAL_TARGET_FIXED",
        ),
    ] {
        let sql = row(columns, values);
        assert_eq!(house.refusal(&sql).await, expected, "{values}");
    }
    for (from, to, expected) in [
        ("'市民〔2026〕3号'", "' '", "GOAL_TARGET_DOCUMENT"),
        ("'PILOTS'", "'NOTHING'", "GOAL_TARGET_INDICATOR"),
        ("'230103000000'", "'230109000000'", "GOAL_TARGET_DIVISION"),
        ("'230103000000'", "'230103001001'", "DEMO_UNMARKED"),
        ("2026,", "1999,", "GOAL_TARGET_YEAR"),
    ] {
        let sql = row("amount, effective_from", "7, '1999-01-01'").replacen(from, to, 1);
        assert_eq!(house.refusal(&sql).await, expected, "{to}");
    }
    let sql = row("amount, effective_from", "7, '2026-01-01'").replace("'市民〔2026〕3号'", "NULL");
    assert_eq!(house.refusal(&sql).await, "DATABASE_RULE");
}

#[tokio::test]
async fn refuses_edited_targets_and_successors_that_are_none() {
    let house = House::open().await;
    data(
        set(
            &house,
            &office(COUNTY),
            "one",
            target("PILOTS", COUNTY, json!(5)),
        )
        .await,
    );
    for (change, expected) in [
        ("amount = 6", "GOAL_TARGET_FIXED"),
        ("document = 'x'", "GOAL_TARGET_FIXED"),
        ("year = 2027", "GOAL_TARGET_FIXED"),
        ("demo = true", "GOAL_TARGET_FIXED"),
        ("effective_until = '2026-06-01'", "GOAL_TARGET_SUPERSEDED"),
        (
            "effective_until = '2026-01-01', superseded_by = gen_random_uuid()",
            "GOAL_TARGET_UNTIL",
        ),
        // There is no such successor, or it is another one's.
        (
            "effective_until = '2026-06-01', superseded_by = gen_random_uuid()",
            "GOAL_TARGET_NEXT",
        ),
        (
            "effective_until = '2026-06-01', superseded_by = id",
            "GOAL_TARGET_NEXT",
        ),
    ] {
        let sql = format!("UPDATE goal_targets SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    data(
        set(
            &house,
            &office(COUNTY),
            "two",
            target("PILOTS", COUNTY, json!(6)),
        )
        .await,
    );
    assert_eq!(
        house
            .refusal("UPDATE goal_targets SET effective_until = '2026-08-01' WHERE amount = 5")
            .await,
        "GOAL_TARGET_FIXED"
    );
    for sql in ["DELETE FROM goal_targets", "TRUNCATE goal_targets"] {
        assert_eq!(house.refusal(sql).await, "APPEND_ONLY");
    }
    for sql in [
        "DELETE FROM goal_targets",
        "UPDATE goal_targets SET amount = 1",
        "UPDATE goals SET name = 'x'",
        "UPDATE goal_indicators SET personal = false",
        "INSERT INTO goal_snapshots (indicator, year, division_code, amount)
         VALUES ('PILOTS', 2026, '230103000000', 1)",
        "UPDATE goal_years SET year = 2025",
    ] {
        assert!(house.app_may_not(sql).await, "{sql}");
    }
}

#[tokio::test]
async fn refuses_changes_of_a_closed_year() {
    let house = House::open().await;
    let place = json!({ "division_code": COMMUNITY });
    let at = "2026-03-01T02:00:00Z";
    deliver(
        &house,
        &[told(1, "communities.work_list.in_force", at, place)],
    )
    .await;
    data(
        set(
            &house,
            &office(COUNTY),
            "one",
            target("PILOTS", COUNTY, json!(5)),
        )
        .await,
    );
    let years = |place: &str, year: i32, at: &str| {
        format!("INSERT INTO goal_years VALUES ('{place}', {year}, 'x', '{at}')")
    };
    for (place, at, expected) in [
        // Still the old year in China.
        (CITY, "2026-12-31T15:59:59Z", "GOAL_YEAR_NOT_OVER"),
        (COUNTY, "2027-01-01T01:00:00Z", "GOAL_YEAR_CITY"),
        ("230000000000", "2027-01-01T01:00:00Z", "GOAL_YEAR_CITY"),
    ] {
        assert_eq!(house.refusal(&years(place, 2026, at)).await, expected);
    }
    house
        .service
        .clock
        .set("2027-01-05T01:00:00Z".parse().unwrap());
    data(close(&house, &office(CITY), "done", CITY, 2026).await);
    assert_eq!(house.count("goal_snapshots").await, 1);
    let again = years(CITY, 2026, "2027-01-05T01:00:00Z");
    assert_eq!(house.refusal(&again).await, "GOAL_YEAR_CLOSED");
    for table in ["goal_years", "goal_snapshots"] {
        for sql in [
            format!("UPDATE {table} SET year = 2025"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table} CASCADE"),
        ] {
            assert_eq!(house.refusal(&sql).await, "APPEND_ONLY", "{sql}");
        }
    }
    let new = row("amount, effective_from", "7, '2026-01-01'");
    let other = new.replace("'230103000000'", "'230102000000'");
    let end = "UPDATE goal_targets SET effective_until = '2026-06-01', superseded_by = id";
    for sql in [new.as_str(), &other, end] {
        assert_eq!(house.refusal(sql).await, "GOAL_YEAR_CLOSED", "{sql}");
    }
}

#[tokio::test]
async fn the_database_and_the_domain_know_the_same_kinds() {
    let house = House::open().await;
    let mut counted = BTreeSet::new();
    let rows: Vec<(String, Option<String>, Option<String>)> =
        sqlx::query_as("SELECT measure, counts, takes_back FROM goal_indicators")
            .fetch_all(&house.service.db.app)
            .await
            .unwrap();
    for (measure, counts, takes_back) in rows {
        measure.parse::<Measure>().unwrap();
        for kind in [counts, takes_back].into_iter().flatten() {
            counted.insert(kind.parse::<HappeningKind>().unwrap());
        }
    }
    // Whatever is told is counted somewhere, and the table takes it.
    assert_eq!(counted, HappeningKind::ALL.iter().copied().collect());
    for kind in HappeningKind::ALL {
        let sql = format!(
            "INSERT INTO happenings (id, event_id, kind, division_code, at)
             VALUES (gen_random_uuid(), gen_random_uuid(), '{kind}', '{COUNTY}', now())"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&house.service.db.app)
            .await
            .unwrap();
    }
    assert_eq!(
        house
            .refusal(
                "INSERT INTO happenings (id, event_id, kind, division_code, at)
                 VALUES (gen_random_uuid(), gen_random_uuid(), 'X', '230103000000', now())"
            )
            .await,
        "HAPPENING_KIND"
    );
}
