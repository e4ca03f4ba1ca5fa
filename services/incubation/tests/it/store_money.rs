//! The database refuses rooms, deposits and custody that must never be.

use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::{
    graphql_annual_report::report,
    steps::{account, community_centre, done, held, opened},
    store_organization::refused,
    support::{House, community_staff, keeper, manager},
};

fn entry(kind: &str, amount: i64, stage: &str) -> String {
    format!(
        "INSERT INTO money_entries (id, kind, owner_id, amount_fen, stage_no, subject, evidence,
             booked_on, booked_by, created_at)
         SELECT gen_random_uuid(), '{kind}', licence_id, {amount}, {stage}, '事由', '凭证',
             '2026-03-02', 'a', now() FROM space_deposits"
    )
}

async fn run(house: &House, sql: impl Into<String>) {
    sqlx::query(AssertSqlSafe(sql.into()))
        .execute(&house.service.db.owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn no_more_goes_out_than_came_in_and_no_stage_before_its_acceptance() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    held(&house, &centre, &body).await;
    for (sql, expected) in [
        (entry("DEPOSIT_REFUNDED", 40_000, "1"), "STAGE_NOT_ACCEPTED"),
        (entry("DEPOSIT_REFUNDED", 1, "3"), "STAGE_NOT_ACCEPTED"),
        (entry("DEPOSIT_REFUNDED", 1, "NULL"), "STAGE_NOT_ACCEPTED"),
        (
            entry("DEPOSIT_DEDUCTED", 100_001, "NULL"),
            "MONEY_INSUFFICIENT",
        ),
        (entry("DEPOSIT_DEDUCTED", 0, "NULL"), "MONEY_AMOUNT"),
        (entry("DEPOSIT_PAID", 100_000, "NULL"), "DEPOSIT_PAID_ONCE"),
        (entry("DEPOSIT_DEDUCTED", 1, "1"), "MONEY_ENTRY_STAGE"),
        (entry("GIFT", 1, "NULL"), "MONEY_ENTRY_KIND"),
    ] {
        assert_eq!(refused(&house, sql).await, expected);
    }
    run(
        &house,
        "UPDATE deposit_stages SET accepted_on = '2026-03-02', accepted_by = 'a', evidence = '单'
         WHERE stage_no = 1",
    )
    .await;
    assert_eq!(
        refused(&house, entry("DEPOSIT_REFUNDED", 40_001, "1")).await,
        "STAGE_REFUND_EXCEEDED"
    );
    // Refunded in the ledger while the state still says held: not at commit.
    assert_eq!(
        refused(&house, entry("DEPOSIT_REFUNDED", 40_000, "1")).await,
        "DEPOSIT_DISAGREES"
    );
    let said = "UPDATE space_deposits SET state = 'REFUNDED'";
    assert_eq!(refused(&house, said).await, "DEPOSIT_DISAGREES");
    let again = "UPDATE deposit_stages SET accepted_on = '2026-03-03' WHERE stage_no = 1";
    assert_eq!(refused(&house, again).await, "STAGE_ACCEPTED");
}

#[tokio::test]
async fn a_stage_is_refunded_once_and_what_is_written_stays() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let licence = held(&house, &centre, &body).await;
    let stage = json!({ "licenceId": licence, "stageNo": 1, "evidence": "单" });
    let typename = "__typename";
    done(
        &house,
        &community_staff(),
        "acceptDepositStage",
        stage.clone(),
        typename,
    )
    .await;
    done(&house, &keeper(), "refundDepositStage", stage, typename).await;
    assert_eq!(
        refused(&house, entry("DEPOSIT_REFUNDED", 1, "1")).await,
        "STAGE_REFUNDED_ONCE"
    );
    for sql in [
        "UPDATE money_entries SET amount_fen = 1",
        "DELETE FROM money_entries",
        "UPDATE money_postings SET amount_fen = 1",
        "DELETE FROM money_postings",
    ] {
        assert_eq!(refused(&house, sql).await, "APPEND_ONLY", "{sql}");
    }
    // A posting of its own, even by the schema's owner, does not balance.
    let alone = "INSERT INTO money_postings (entry_id, account_id, amount_fen, balance_after)
        SELECT e.id, a.id, 5, 5 FROM money_entries e, money_accounts a
        WHERE a.kind = 'DEDUCTION' OR a.kind = 'BANK' ORDER BY e.position, a.kind LIMIT 1";
    let reason = refused(&house, alone).await;
    assert!(
        reason == "ENTRY_UNBALANCED" || reason == "MONEY_POSTING_ONCE",
        "{reason}"
    );
}

#[tokio::test]
async fn stages_add_up_two_people_confirm_and_a_room_costs_nothing() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    held(&house, &centre, &body).await;
    let third = "INSERT INTO deposit_stages (id, licence_id, stage_no, title, amount_fen)
        SELECT gen_random_uuid(), licence_id, 3, '多出', 1 FROM space_deposits";
    assert_eq!(refused(&house, third).await, "STAGES_SUM");
    let twice = third.replace("3, '多出'", "2, '重复'");
    assert_eq!(refused(&house, twice).await, "STAGE_ONCE");
    let alone = "UPDATE space_deposits SET confirmed_by = reported_by";
    assert_eq!(refused(&house, alone).await, "DEPOSIT_TWO_PEOPLE");
    let unpaid = "UPDATE space_deposits SET slip = NULL";
    assert_eq!(refused(&house, unpaid).await, "DEPOSIT_REPORTED");
    let rent = "UPDATE space_licences SET rent_fen = 1";
    assert_eq!(refused(&house, rent).await, "SPACE_IS_FREE");
    let room = |room: &str, area: i32| {
        format!(
            "INSERT INTO space_licences (id, centre_id, organization_id, division_code, room, area_m2,
                 mission, valid_from, valid_to, created_at, updated_at)
             SELECT gen_random_uuid(), centre_id, organization_id, division_code, '{room}', {area},
                 '任务', '2027-03-01', '2027-06-01', now(), now() FROM space_licences"
        )
    };
    assert_eq!(refused(&house, room("201", 1)).await, "SPACE_TAKEN");
    assert_eq!(refused(&house, room("202", 1161)).await, "SPACE_EXCEEDED");
}

#[tokio::test]
async fn custody_pays_only_what_another_granted_and_never_below_zero() {
    let house = House::open().await;
    let centre = community_centre(&house, 0).await;
    let filed = house.filed().await;
    let account = account(&house, &centre, &filed).await;
    let receive = json!({ "accountId": account, "amount": 50_000, "subject": "创投资助",
        "evidence": "凭证" });
    done(
        &house,
        &keeper(),
        "receiveCustodyMoney",
        receive,
        "__typename",
    )
    .await;
    let of_account = |kind: &str, amount: i64| {
        entry(kind, amount, "NULL")
            .replace("licence_id", "id")
            .replace("space_deposits", "custody_accounts")
    };
    assert_eq!(
        refused(&house, of_account("CUSTODY_PAID", 50_001)).await,
        "MONEY_INSUFFICIENT"
    );
    assert_eq!(
        refused(&house, of_account("CUSTODY_PAID", 1)).await,
        "CUSTODY_UNREQUESTED"
    );
    assert_eq!(
        refused(&house, of_account("DEPOSIT_PAID", 1)).await,
        "DEPOSIT_NONE"
    );
    let request = json!({ "accountId": account, "amount": 1, "purpose": "物资", "payee": "商店",
        "evidence": "报价单" });
    let mine = manager(&filed);
    done(
        &house,
        &mine,
        "requestCustodyPayment",
        request,
        "__typename",
    )
    .await;
    let alone = "UPDATE custody_requests SET state = 'REFUSED', decided_by = requested_by,
        decided_on = '2026-03-02', reason = '不批'";
    assert_eq!(refused(&house, alone).await, "CUSTODY_TWO_PEOPLE");
    let unpaid = "UPDATE custody_requests SET state = 'PAID', decided_by = 'b',
        decided_on = '2026-03-02'";
    assert_eq!(refused(&house, unpaid).await, "CUSTODY_PAID");
    let closed = "UPDATE custody_accounts SET closed_on = '2026-03-02'";
    assert_eq!(refused(&house, closed).await, "CUSTODY_NOT_EMPTY");
    let centre = "UPDATE service_centres SET closed_on = '2026-03-02', close_reason = '撤销'";
    assert_eq!(refused(&house, centre).await, "SERVICE_CENTRE_KEEPS_MONEY");
    let again =
        "INSERT INTO custody_accounts (id, centre_id, organization_id, division_code, opened_on,
            created_at, updated_at)
        SELECT gen_random_uuid(), centre_id, organization_id, division_code, opened_on, now(), now()
        FROM custody_accounts";
    assert_eq!(refused(&house, again).await, "CUSTODY_ACCOUNT_EXISTS");
    let registered = again.replace(
        "centre_id, organization_id, division_code, opened_on, now()",
        "centre_id, (SELECT organization_id FROM service_centres), division_code, opened_on, now()",
    );
    assert_eq!(refused(&house, registered).await, "CUSTODY_ONLY_FILED");
}

#[tokio::test]
async fn a_report_is_on_its_year_by_the_registrars_day_and_once() {
    let house = House::open().await;
    let body = house.registered(0).await;
    let input = report(&body, 2025);
    done(
        &house,
        &manager(&body),
        "submitAnnualReport",
        input,
        "__typename",
    )
    .await;
    let insert = |year: i32, due: &str, on: &str| {
        format!(
            "INSERT INTO annual_reports (id, organization_id, division_code, year, due_on,
                 submitted_on, activities, income_fen, expense_fen, staff, volunteers, document,
                 state, submitted_by, created_at, updated_at)
             SELECT gen_random_uuid(), organization_id, division_code, {year}, '{due}', '{on}', '活动',
                 0, 0, 0, 0, '年报', 'SUBMITTED', 'a', now(), now() FROM annual_reports"
        )
    };
    for (sql, expected) in [
        (
            insert(2025, "2026-05-31", "2026-03-02"),
            "ANNUAL_REPORT_EXISTS",
        ),
        (insert(2024, "2025-06-30", "2026-03-02"), "REPORT_DUE"),
        (insert(2019, "2020-05-31", "2026-03-02"), "REPORT_YEAR"),
        (
            insert(2024, "2025-05-31", "2024-12-31"),
            "REPORT_AFTER_YEAR",
        ),
    ] {
        assert_eq!(refused(&house, sql).await, expected);
    }
    let alone = "UPDATE annual_reports SET state = 'ACCEPTED', decided_by = submitted_by,
        decided_on = '2026-03-02'";
    assert_eq!(refused(&house, alone).await, "REPORT_TWO_PEOPLE");
    let why = "UPDATE annual_reports SET state = 'RETURNED', decided_by = 'b',
        decided_on = '2026-03-02'";
    assert_eq!(refused(&house, why).await, "REPORT_RETURNED");
}
