//! Memberships refuse what must never be, also by hand-written SQL.

use crate::support::{House, uuid_of};

#[tokio::test]
async fn refuses_second_homes_second_heads_and_rewritten_memberships() {
    let house = House::open().await;
    let first = uuid_of(&house.registered(1).await);
    let second = uuid_of(&house.registered(2).await);
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "INSERT INTO households VALUES ('{0}', '230103001001', NULL, true, now()),
             ('{1}', '230103001001', NULL, true, now()), (gen_random_uuid(), '230103001002', NULL, true, now());
         INSERT INTO household_members VALUES ('{0}', '{first}', 'HEAD', '[2026-03-01,)')",
        uuid::Uuid::from_u128(1),
        uuid::Uuid::from_u128(2),
    )))
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    let join = |household: u128, resident, relation: &str| {
        format!(
            "INSERT INTO household_members VALUES
                 ('{}', '{resident}', '{relation}', '[2026-03-02,)')",
            uuid::Uuid::from_u128(household)
        )
    };
    assert_eq!(
        house.refusal(&join(2, first, "OTHER")).await,
        "RESIDENT_IN_HOUSEHOLD"
    );
    assert_eq!(
        house.refusal(&join(1, second, "HEAD")).await,
        "HOUSEHOLD_HAS_HEAD"
    );
    let elsewhere = format!(
        "INSERT INTO household_members SELECT id, '{second}', 'HEAD', '[2026-03-02,)'
         FROM households WHERE community_code = '230103001002'"
    );
    assert_eq!(
        house.refusal(&elsewhere).await,
        "HOUSEHOLD_MEMBER_ELSEWHERE"
    );
    for change in ["relation = 'OTHER'", "period = '[2026-02-01,)'"] {
        let sql = format!("UPDATE household_members SET {change}");
        assert_eq!(house.refusal(&sql).await, "HOUSEHOLD_MEMBER_FIXED");
    }
    assert!(house.app_may_not("DELETE FROM household_members").await);
}
