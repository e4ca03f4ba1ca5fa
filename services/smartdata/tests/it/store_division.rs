//! The register refuses what must never be, also by hand-written SQL.

use crate::support::House;

#[tokio::test]
async fn refuses_codes_with_gaps_and_divisions_without_parents() {
    let house = House::open().await;
    let insert = |code: &str| {
        format!("INSERT INTO divisions (code, name, valid) VALUES ('{code}', '某地', '(,)')")
    };
    for (code, expected) in [
        ("23010300100", "DIVISION_CODE"),
        ("030000000000", "DIVISION_CODE"),
        ("230003000000", "DIVISION_CODE"),
        ("230103000001", "DIVISION_CODE"),
        ("230104001000", "DIVISION_PARENT_MISSING"),
        ("110100000000", "DIVISION_PARENT_MISSING"),
        ("230103000000", "DIVISIONS_PKEY"),
    ] {
        assert_eq!(house.refusal(&insert(code)).await, expected, "{code}");
    }
    // A township directly below a city without counties.
    sqlx::raw_sql(sqlx::AssertSqlSafe(insert("230100003000")))
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let (level, parent): (String, String) =
        sqlx::query_as("SELECT level, parent_code FROM divisions WHERE code = '230100003000'")
            .fetch_one(&house.service.db.app)
            .await
            .unwrap();
    assert_eq!(
        (level.as_str(), parent.as_str()),
        ("TOWNSHIP", "230100000000")
    );
}

#[tokio::test]
async fn never_forgets_or_renumbers_a_division() {
    let house = House::open().await;
    assert_eq!(
        house.refusal("DELETE FROM divisions").await,
        "DIVISION_STAYS"
    );
    assert_eq!(
        house.refusal("TRUNCATE divisions CASCADE").await,
        "APPEND_ONLY"
    );
    assert_eq!(
        house
            .refusal("UPDATE divisions SET demo = NOT demo WHERE code = '230103001001'")
            .await,
        "DIVISION_IDENTITY"
    );
    assert_eq!(
        house
            .refusal("UPDATE divisions SET valid = 'empty' WHERE code = '230103001001'")
            .await,
        "DIVISION_VALID"
    );
    assert!(house.app_may_not("UPDATE divisions SET name = 'x'").await);
    assert!(house.app_may_not("DELETE FROM divisions").await);
    assert!(
        house
            .app_may_not(
                "INSERT INTO division_successors SELECT code, code, '2026-01-01' FROM divisions"
            )
            .await
    );
}

#[tokio::test]
async fn marks_everything_in_a_demonstration_community() {
    let house = House::open().await;
    let grid = "INSERT INTO grids (id, code, name, kind, demo, created_at) VALUES
        (gen_random_uuid(), '230103001001003', '第三网格', 'UNIT', false, now())";
    assert_eq!(house.refusal(grid).await, "DEMO_UNMARKED");
    let township = "INSERT INTO households (id, community_code, demo, created_at) VALUES
        (gen_random_uuid(), '230103001000', true, now())";
    assert_eq!(house.refusal(township).await, "DIVISION_NOT_FOUND");
}
