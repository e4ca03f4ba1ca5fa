//! The database refuses what must never be, also by hand-written SQL.

use smartdata::domain::resident::ResidentStatus;

use crate::support::House;

#[tokio::test]
async fn knows_the_same_moves_as_the_domain() {
    let house = House::open().await;
    let mut stored: Vec<(String, String)> =
        sqlx::query_as("SELECT from_state, to_state FROM resident_transitions")
            .fetch_all(&house.service.db.app)
            .await
            .unwrap();
    let mut known: Vec<(String, String)> = ResidentStatus::MOVES
        .iter()
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known);
    let add = "INSERT INTO resident_transitions VALUES ('DECEASED', 'ALIVE')";
    assert!(house.app_may_not(add).await);
}

#[tokio::test]
async fn refuses_illegal_states_by_hand() {
    let house = House::open().await;
    house.registered(1).await;
    house.registered(2).await;
    for (sql, expected) in [
        ("UPDATE residents SET status = 'DECEASED'", "RESIDENT_DEATH"),
        (
            "UPDATE residents SET died_on = '2026-01-01'",
            "RESIDENT_DEATH",
        ),
        (
            "UPDATE residents SET status = 'DECEASED', died_on = '1949-01-01'",
            "RESIDENT_DEATH",
        ),
        ("UPDATE residents SET status = 'MERGED'", "RESIDENT_MERGE"),
        (
            "UPDATE residents SET status = 'MERGED', merged_into = id",
            "RESIDENT_MERGE",
        ),
        (
            "UPDATE residents SET verified_at = now()",
            "RESIDENT_VERIFICATION",
        ),
        (
            "UPDATE residents SET birth_date = '1960-01-01'",
            "RESIDENT_IDENTITY",
        ),
        (
            "UPDATE residents SET community_code = '230103001000', grid_code = NULL",
            "DIVISION_NOT_FOUND",
        ),
        (
            "UPDATE residents SET community_code = '230103001002'",
            "RESIDENT_GRID_COMMUNITY",
        ),
        (
            "UPDATE residents SET grid_code = '230103001001009'",
            "RESIDENT_GRID",
        ),
        ("UPDATE residents SET demo = false", "DEMO_UNMARKED"),
        (
            "INSERT INTO residents SELECT gen_random_uuid(), name_sealed, citizen_id_sealed,
                phone_sealed, citizen_index, birth_date, sex, community_code, grid_code, status,
                verified_at, verified_by, verification_method, died_on, merged_into, demo, version,
                registered_at, updated_at FROM residents LIMIT 1",
            "RESIDENT_EXISTS",
        ),
    ] {
        assert_eq!(house.refusal(sql).await, expected, "{sql}");
    }
    assert!(house.app_may_not("DELETE FROM residents").await);
}

#[tokio::test]
async fn the_dead_do_not_come_back_by_hand() {
    let house = House::open().await;
    house.registered(1).await;
    sqlx::raw_sql("UPDATE residents SET status = 'DECEASED', died_on = '2026-03-01'")
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let back = "UPDATE residents SET status = 'ALIVE', died_on = NULL";
    assert_eq!(house.refusal(back).await, "RESIDENT_STATUS");
}

#[tokio::test]
async fn a_merged_record_gives_its_number_free_and_ends_the_chain() {
    let house = House::open().await;
    let ids = [
        house.registered(1).await,
        house.registered(2).await,
        house.registered(3).await,
    ]
    .map(|id| crate::support::uuid_of(&id));
    let merge = |from: usize, into: usize| {
        format!(
            "UPDATE residents SET status = 'MERGED', merged_into = '{}' WHERE id = '{}'",
            ids[into], ids[from]
        )
    };
    sqlx::raw_sql(sqlx::AssertSqlSafe(merge(0, 1)))
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(house.refusal(&merge(1, 2)).await, "RESIDENT_MERGE_CHAIN");
    assert_eq!(house.refusal(&merge(2, 0)).await, "RESIDENT_MERGE_CHAIN");
}

#[tokio::test]
async fn two_registrations_of_one_person_at_once_leave_one() {
    let house = House::open().await;
    let mut other = crate::support::registration(1);
    other["input"]["idempotencyKey"] = serde_json::json!("register-race");
    let (staff, first) = (crate::support::staff(), crate::support::registration(1));
    let (a, b) = tokio::join!(
        house.run(&staff, crate::support::REGISTER, first),
        house.run(&staff, crate::support::REGISTER, other),
    );
    let refused = [&a, &b]
        .into_iter()
        .filter(|answer| answer.get("errors").is_some());
    let reasons: Vec<String> = refused.map(testkit::service::reason).collect();
    assert_eq!(reasons, ["RESIDENT_EXISTS"]);
    assert_eq!(house.count("residents").await, 1);
}
