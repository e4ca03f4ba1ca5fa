//! The ledger refuses what must never be, also by hand-written SQL.

use sqlx::{AssertSqlSafe, PgPool};

use crate::{
    peers::{LI, WANG},
    support::{House, PLACE, li, order},
};

async fn run(pool: &PgPool, sql: &str) -> Result<(), kit::Error> {
    let mut tx = pool.begin().await?;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

async fn refused(pool: &PgPool, sql: &str) -> String {
    run(pool, sql).await.expect_err(sql).reason().to_owned()
}

fn account(person: uuid::Uuid) -> String {
    format!("(SELECT id FROM credit_accounts WHERE owner_id = '{person}')")
}

const ENTRY: &str = "INSERT INTO journal_entries (id, kind, key, request_hash, at)
    VALUES ('00000000-0000-7000-8000-0000000000e1', 'DONATE', 'by-hand', sha256('x'), '2026-03-02');";

fn posting(person: uuid::Uuid, minutes: i64) -> String {
    format!(
        "INSERT INTO postings (entry_id, account_id, minutes, balance_after)
         VALUES ('00000000-0000-7000-8000-0000000000e1', {}, {minutes}, 0);",
        account(person)
    )
}

#[tokio::test]
async fn an_entry_sums_to_zero() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    let owner = &house.service.db.owner;
    let lopsided = format!("{ENTRY}{}{}", posting(LI, -10), posting(WANG, 11));
    assert_eq!(refused(owner, &lopsided).await, "ENTRY_UNBALANCED");
    assert_eq!(
        refused(owner, &format!("{ENTRY}{}", posting(LI, 10))).await,
        "ENTRY_UNBALANCED"
    );
    assert_eq!(refused(owner, ENTRY).await, "ENTRY_UNBALANCED");
    run(
        owner,
        &format!("{ENTRY}{}{}", posting(LI, -10), posting(WANG, 10)),
    )
    .await
    .unwrap();
    let late = "INSERT INTO postings (entry_id, account_id, minutes, balance_after)
        VALUES ('00000000-0000-7000-8000-0000000000e1',
                '00000000-0000-7000-8000-000000000002', 5, 0)";
    assert_eq!(
        refused(owner, late).await,
        "ENTRY_UNBALANCED",
        "nor is one mended later"
    );
}

#[tokio::test]
async fn no_balance_falls_below_zero_or_rises_above_its_cap() {
    let house = House::open().await;
    house.endow(LI, 10).await;
    let owner = &house.service.db.owner;
    let over = format!("{ENTRY}{}{}", posting(LI, -11), posting(WANG, 11));
    assert_eq!(refused(owner, &over).await, "CREDITS_INSUFFICIENT");
    let cap = format!(
        "UPDATE credit_accounts SET cap = 5 WHERE id = {}",
        account(WANG)
    );
    run(owner, &cap).await.unwrap();
    let over = format!("{ENTRY}{}{}", posting(LI, -6), posting(WANG, 6));
    assert_eq!(refused(owner, &over).await, "CREDITS_OVER_CAP");
}

#[tokio::test]
async fn postings_are_only_ever_added() {
    let house = House::open().await;
    house.volunteer_earned("00000001").await;
    let (owner, app) = (&house.service.db.owner, &house.service.db.app);
    for change in [
        "UPDATE postings SET minutes = 1",
        "DELETE FROM postings",
        "UPDATE journal_entries SET key = 'x'",
        "DELETE FROM journal_entries",
        "TRUNCATE postings",
    ] {
        assert_eq!(refused(owner, change).await, "APPEND_ONLY", "{change}");
        assert!(run(app, change).await.is_err(), "{change}");
    }
}

#[tokio::test]
async fn the_serving_role_moves_no_balance_by_itself() {
    let house = House::open().await;
    let app = &house.service.db.app;
    for change in [
        "UPDATE credit_accounts SET balance = 1000",
        "UPDATE credit_accounts SET held = 0",
        "UPDATE credit_accounts SET floor = NULL",
        "DELETE FROM credit_accounts",
        "INSERT INTO credit_accounts (id, owner_kind, owner_id, balance, cap, opened_at)
         VALUES (gen_random_uuid(), 'PERSON', gen_random_uuid(), 5, 9, '2026-01-01')",
        "UPDATE credit_holds SET minutes = 1",
        "DELETE FROM credit_holds",
    ] {
        let error = run(app, change).await.expect_err(change);
        let source = format!("{:#}", error.source_chain().expect("a cause"));
        assert!(source.contains("permission denied"), "{change}: {source}");
    }
}

#[tokio::test]
async fn a_key_makes_an_entry_once() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    let owner = &house.service.db.owner;
    let post = |entry: u8| {
        format!(
            "SELECT credit_post('00000000-0000-7000-8000-0000000000e{entry}', 'DONATE', 'one-key',
                 sha256('x'), NULL, NULL, NULL, '2026-03-02',
                 ARRAY[{}, {}], ARRAY[-10::bigint, 10])",
            account(LI),
            account(WANG)
        )
    };
    run(owner, &post(1)).await.unwrap();
    assert_eq!(refused(owner, &post(2)).await, "JOURNAL_KEY");
}

#[tokio::test]
async fn a_hold_ends_once_and_only_paid_in_full() {
    let house = House::open().await;
    house.endow(LI, 100).await;
    let mut input = order(LI, "order-000001");
    input["input"]["payWithMinutes"] = serde_json::json!(true);
    testkit::service::data(house.run(&li(), PLACE, input).await);
    let owner = &house.service.db.owner;
    let unpaid = format!(
        "{ENTRY}{}{} UPDATE credit_holds SET state = 'POSTED', ended_at = '2026-03-02',
             entry_id = '00000000-0000-7000-8000-0000000000e1'",
        posting(LI, -10),
        posting(WANG, 10)
    );
    assert_eq!(refused(owner, &unpaid).await, "HOLD_UNPAID");
    let release = "UPDATE credit_holds SET state = 'RELEASED', ended_at = '2026-03-02'";
    run(owner, release).await.unwrap();
    let again = "UPDATE credit_holds SET state = 'HELD', ended_at = NULL";
    assert_eq!(refused(owner, again).await, "HOLD_STATE");
}

#[tokio::test]
async fn a_visit_is_not_settled_without_its_minutes() {
    let house = House::open().await;
    let placed = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(
            &placed,
            "VOLUNTEER",
            crate::peers::VOLUNTEER,
            "assign-00001",
        )
        .await;
    house.served(&crate::support::volunteer(), &visit).await;
    let settle = "UPDATE visits SET state = 'CONFIRMED', confirm_method = 'APP',
            confirmed_at = out_at;
        UPDATE visits SET state = 'SETTLED';";
    assert_eq!(
        refused(&house.service.db.owner, settle).await,
        "SETTLED_WITHOUT_EARNING"
    );
}
