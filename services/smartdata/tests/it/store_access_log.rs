//! The access log is append-only and never without a purpose.

use serde_json::json;
use testkit::service::data;

use crate::support::{House, staff_for};

#[tokio::test]
async fn refuses_to_be_changed_or_to_be_vague() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let look = "query($id: ID!) { resident(id: $id) { name } }";
    data(
        house
            .run(&staff_for("上门探访"), look, json!({ "id": id }))
            .await,
    );
    for sql in [
        "UPDATE access_log SET purpose = '另一目的'",
        "DELETE FROM access_log",
        "TRUNCATE access_log",
    ] {
        assert_eq!(house.refusal(sql).await, "APPEND_ONLY", "{sql}");
    }
    assert!(house.app_may_not("DELETE FROM access_log").await);
    assert!(
        house
            .app_may_not("UPDATE access_log SET purpose = 'x'")
            .await
    );
    let copy = |purpose: &str, fields: &str| {
        format!(
            "INSERT INTO access_log SELECT gen_random_uuid(), resident_id, at, actor, actor_name,
                 roles, organization_id, division_code, {purpose}, {fields}, channel, assisted_by,
                 request_id FROM access_log LIMIT 1"
        )
    };
    assert_eq!(house.refusal(&copy("''", "fields")).await, "ACCESS_PURPOSE");
    assert_eq!(
        house.refusal(&copy("purpose", "'{}'::text[]")).await,
        "ACCESS_FIELDS"
    );
    assert_eq!(
        house.refusal(&copy("purpose", "'{SALARY}'::text[]")).await,
        "ACCESS_FIELDS"
    );
}

#[tokio::test]
async fn the_audit_chain_holds_after_reads_and_writes() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let look = "query($id: ID!) { resident(id: $id) { name phone } }";
    data(
        house
            .run(&staff_for("上门探访"), look, json!({ "id": id }))
            .await,
    );
    let subjects: Vec<(String, bool)> = sqlx::query_as(
        "SELECT action, subject_resident_id IS NOT NULL FROM kit.audit_log ORDER BY seq",
    )
    .fetch_all(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!(
        subjects,
        [
            ("registerResident".to_owned(), true),
            ("readPersonalData".to_owned(), true)
        ]
    );
}
