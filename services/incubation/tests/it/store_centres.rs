//! The database refuses pilots, centres and mandates that must never be.

use incubation::domain::{
    annual_report::AnnualReportState,
    custody::CustodyRequestState,
    deposit::DepositState,
    incubatee::IncubateeState,
    incubation_centre::CentreState,
    moves::{Moves, rows},
    pilot_site::DistrictCentreTaskState,
};
use sqlx::AssertSqlSafe;

use crate::{
    steps::{done, look, opened, pilot, planned, provincial},
    store_organization::refused,
    support::{COUNTY, GARDEN, House, community_staff, organization_id, registrar},
};

async fn moves_of<S: Moves>(house: &House) {
    let mut stored: Vec<(String, String, String)> =
        sqlx::query_as("SELECT noun, from_state, to_state FROM state_transitions WHERE noun = $1")
            .bind(S::NOUN)
            .fetch_all(&house.service.db.owner)
            .await
            .unwrap();
    let mut known = rows::<S>();
    stored.sort();
    known.sort();
    assert_eq!(stored, known, "{}", S::NOUN);
}

#[tokio::test]
async fn the_database_knows_the_same_moves_as_the_domain() {
    let house = House::open().await;
    moves_of::<DistrictCentreTaskState>(&house).await;
    moves_of::<CentreState>(&house).await;
    moves_of::<IncubateeState>(&house).await;
    moves_of::<DepositState>(&house).await;
    moves_of::<CustodyRequestState>(&house).await;
    moves_of::<AnnualReportState>(&house).await;
    let nouns: i64 = sqlx::query_scalar("SELECT count(DISTINCT noun) FROM state_transitions")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(nouns, 6);
}

#[tokio::test]
async fn the_service_itself_raises_no_duty_and_changes_no_move() {
    let house = House::open().await;
    for sql in [
        "INSERT INTO centre_obligations (id, community_id, division_code, area_m2, threshold_m2,
             raised_on) VALUES (gen_random_uuid(), gen_random_uuid(), '230103001001', 1, 1, now())",
        "INSERT INTO district_centre_tasks (id, division_code, pilots, threshold, raised_on)
         VALUES (gen_random_uuid(), '230103000000', 10, 10, now())",
        "INSERT INTO state_transitions VALUES ('incubatee', 'APPLIED', 'GRADUATED')",
        "INSERT INTO money_accounts (kind, owner_id) VALUES ('CUSTODY', gen_random_uuid())",
        "UPDATE money_accounts SET balance_fen = 1000",
        "INSERT INTO money_postings (entry_id, account_id, amount_fen, balance_after)
         VALUES (gen_random_uuid(), gen_random_uuid(), 1, 1)",
        "DELETE FROM pilot_sites",
    ] {
        let error = sqlx::query(sql)
            .execute(&house.service.db.app)
            .await
            .unwrap_err();
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {error}");
    }
}

#[tokio::test]
async fn refuses_older_facts_and_moves_that_are_not_in_the_table() {
    let house = House::open().await;
    let fact = pilot(GARDEN, 1200, "2026-03-01");
    done(&house, &registrar(), "attestPilotSite", fact, "__typename").await;
    let older = "UPDATE pilot_sites SET as_of = '2026-02-28'";
    assert_eq!(refused(&house, older).await, "PILOT_SITE_OLDER");
    let elsewhere = "UPDATE pilot_sites SET division_code = '230103001000'";
    assert_eq!(refused(&house, elsewhere).await, "PILOT_SITE_DIVISION");
    planned(&house).await;
    let closed = "UPDATE incubation_centres SET state = 'CLOSED', closed_on = '2026-03-02'";
    sqlx::query(closed)
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let back = "UPDATE incubation_centres SET state = 'PLANNED', closed_on = NULL";
    assert_eq!(refused(&house, back).await, "STATE_MOVE");
    let log = "DELETE FROM state_changes";
    assert_eq!(refused(&house, log).await, "APPEND_ONLY");
}

#[tokio::test]
async fn a_rule_without_its_number_is_not_decided() {
    let house = House::open().await;
    sqlx::query("DELETE FROM policy_parameters WHERE key = 'incubation.dual_innovation_area'")
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let sql = format!(
        "INSERT INTO pilot_sites VALUES (gen_random_uuid(), '{GARDEN}', '230103001001', 1200, true,
             '2026-03-01', 'ATTESTED', '批复', 'a', 1, now(), now())"
    );
    assert_eq!(refused(&house, sql).await, "PARAMETER_MISSING");
}

#[tokio::test]
async fn a_later_number_is_for_later_days() {
    let house = House::open().await;
    sqlx::query(
        "UPDATE policy_parameters SET effective = '[2015-01-01,2026-03-02)'
         WHERE key = 'incubation.dual_innovation_area'",
    )
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO policy_parameters VALUES
         ('incubation.dual_innovation_area', '', 1500, 'm2', '[2026-03-02,)', '新文件')",
    )
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    for (day, expected) in [("2026-03-01", 1000), ("2026-03-02", 1500)] {
        let number: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT parameter_in_force('incubation.dual_innovation_area', '{COUNTY}', '{day}')"
        )))
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
        assert_eq!(number, expected, "{day}");
    }
}

#[tokio::test]
async fn refuses_to_open_by_hand_what_is_not_whole_or_run_by_nobody() {
    let house = House::open().await;
    let centre = planned(&house).await;
    let open = "UPDATE incubation_centres SET state = 'OPEN', opened_on = '2026-03-02'";
    assert_eq!(refused(&house, open).await, "CHECKLIST_INCOMPLETE");
    for item in crate::steps::ITEMS {
        let found = look(&centre, item, true);
        done(
            &house,
            &community_staff(),
            "checkFacility",
            found,
            "__typename",
        )
        .await;
    }
    assert_eq!(refused(&house, open).await, "OPERATOR_MISSING");
    let unseen = "INSERT INTO facility_checks (id, centre_id, item, passed, evidence, photos,
        checked_on, checked_by, created_at) SELECT gen_random_uuid(), id, 'SIGN', true, '核查', '{}',
        '2026-03-02', 'a', now() FROM incubation_centres";
    assert_eq!(refused(&house, unseen).await, "FACILITY_PHOTO_MISSING");
    assert_eq!(
        refused(&house, "UPDATE facility_checks SET passed = false").await,
        "APPEND_ONLY"
    );
    let other = "UPDATE incubation_centres SET kind = 'SATELLITE', parent_id = id";
    assert_eq!(refused(&house, other).await, "CENTRE_FIXED");
}

#[tokio::test]
async fn refuses_mandates_that_overlap_leave_a_gap_or_grow() {
    let house = House::open().await;
    let (_, operator) = opened(&house).await;
    let by = organization_id(&operator);
    let insert = |from: &str, to: &str| {
        format!(
            "INSERT INTO operation_mandates (id, centre_id, operator_id, valid_from, valid_to,
                 document, granted_by, granted_at)
             SELECT gen_random_uuid(), id, '{by}', '{from}', '{to}', '协议', 'a', now()
             FROM incubation_centres"
        )
    };
    assert_eq!(
        refused(&house, insert("2026-06-01", "2027-06-01")).await,
        "MANDATE_OVERLAP"
    );
    assert_eq!(
        refused(&house, insert("2027-01-02", "2027-06-01")).await,
        "MANDATE_GAP"
    );
    // Without the trigger the exclusion still holds.
    let bare = format!(
        "ALTER TABLE operation_mandates DISABLE TRIGGER operation_mandates_guard; {}",
        insert("2026-06-01", "2027-06-01")
    );
    let error = sqlx::raw_sql(AssertSqlSafe(bare))
        .execute(&house.service.db.owner)
        .await
        .unwrap_err();
    assert_eq!(kit::Error::from(error).reason(), "MANDATE_OVERLAP");
    let longer = "UPDATE operation_mandates SET valid_to = '2028-01-01', end_reason = '延长'";
    assert_eq!(refused(&house, longer).await, "MANDATE_FIXED");
    assert_eq!(
        refused(&house, "DELETE FROM operation_mandates").await,
        "APPEND_ONLY"
    );
    let local = organization_id(&house.registered(0).await);
    sqlx::query(
        "INSERT INTO pilot_sites VALUES (gen_random_uuid(), $1, '230103001001', 1200, true,
        '2026-03-01', 'ATTESTED', '批复', 'a', 1, now(), now())",
    )
    .bind(GARDEN)
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    let local = insert("2027-01-01", "2027-06-01").replace(&by.to_string(), &local.to_string());
    assert_eq!(refused(&house, local).await, "OPERATOR_OF_PILOT");
}

#[tokio::test]
async fn refuses_service_centres_of_a_wrong_body_level_or_guide() {
    let house = House::open().await;
    let body = organization_id(&provincial(&house, 2).await);
    let filed = organization_id(&house.filed().await);
    let insert = |level: &str, place: &str, community: &str, of: &dyn std::fmt::Display| {
        format!(
            "INSERT INTO service_centres (id, level, division_code, community_id, name,
                 organization_id, founded_on, created_at, updated_at)
             VALUES (gen_random_uuid(), '{level}', '{place}', {community}, '中心', '{of}',
                 '2026-03-01', now(), now())"
        )
    };
    for (sql, expected) in [
        (
            insert("CITY", COUNTY, "NULL", &body),
            "SERVICE_CENTRE_LEVEL",
        ),
        (
            insert("DISTRICT", COUNTY, "gen_random_uuid()", &body),
            "SERVICE_CENTRE_COMMUNITY",
        ),
        (
            insert("DISTRICT", COUNTY, "NULL", &filed),
            "SERVICE_CENTRE_BODY",
        ),
    ] {
        assert_eq!(refused(&house, sql).await, expected);
    }
    let first = sqlx::query(AssertSqlSafe(insert("DISTRICT", COUNTY, "NULL", &body)));
    first.execute(&house.service.db.owner).await.unwrap();
    assert_eq!(
        refused(&house, insert("DISTRICT", COUNTY, "NULL", &body)).await,
        "SERVICE_CENTRE_EXISTS"
    );
    let own = "UPDATE service_centres SET guided_by = id";
    assert_eq!(refused(&house, own).await, "SERVICE_CENTRE_GUIDE");
    let moved = "UPDATE service_centres SET founded_on = '2020-01-01'";
    assert_eq!(refused(&house, moved).await, "SERVICE_CENTRE_FIXED");
}
