//! The database refuses certifications and engagements that must never be.

use testkit::service::data;

use crate::{
    graphql_capability::{CERTIFY, certify},
    store_organization::refused,
    support::{House, organization_id, registrar},
};

fn insert(organization: impl std::fmt::Display, from: &str, to: &str) -> String {
    format!(
        "INSERT INTO certifications VALUES (gen_random_uuid(), '{organization}', 'ELDER_CARE',
             '{from}', '{to}', '记录', 'a', '2026-03-02')"
    )
}

#[tokio::test]
async fn refuses_overlaps_and_organisations_it_is_not_for() {
    let house = House::open().await;
    let organization = house.registered(0).await;
    let one = organization_id(&organization);
    let filed = organization_id(&house.filed().await);
    let input = certify(&organization, "key-certify-01", "2026-03-01", "2027-02-28");
    data(house.run(&registrar(), CERTIFY, input).await);
    let overlap = insert(one, "2027-02-28", "2028-01-01");
    assert_eq!(refused(&house, overlap).await, "CERTIFICATION_OVERLAP");
    let backwards = insert(one, "2028-01-02", "2028-01-01");
    assert_eq!(refused(&house, backwards).await, "VALID_RANGE");
    let not_for = insert(filed, "2026-03-01", "2027-02-28");
    assert_eq!(
        refused(&house, not_for).await,
        "ORGANIZATION_NOT_CERTIFIABLE"
    );
}

#[tokio::test]
async fn a_certification_can_only_be_revoked_and_that_once() {
    let house = House::open().await;
    let organization = house.registered(0).await;
    let input = certify(&organization, "key-certify-01", "2026-03-01", "2027-02-28");
    data(house.run(&registrar(), CERTIFY, input).await);
    let longer = "UPDATE certifications SET valid_to = '2099-01-01'";
    assert_eq!(refused(&house, longer).await, "CERTIFICATION_FIXED");
    let half = "UPDATE certifications SET revoked_on = '2026-03-02'";
    assert_eq!(refused(&house, half).await, "REVOCATION_WHOLE");
    let revoke = "UPDATE certifications
        SET revoked_on = '2026-03-02', revoke_reason = '事故', revoked_by = 'a'";
    sqlx::query(revoke)
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let undo = "UPDATE certifications
        SET revoked_on = NULL, revoke_reason = NULL, revoked_by = NULL";
    assert_eq!(refused(&house, undo).await, "CERTIFICATION_REVOKED");
    assert_eq!(
        refused(&house, "DELETE FROM certifications").await,
        "APPEND_ONLY"
    );
}

#[tokio::test]
async fn refuses_engagements_of_nobody_or_for_nothing() {
    let house = House::open().await;
    let one = organization_id(&house.registered(0).await);
    let insert = |organization: String, amount: i64| {
        format!(
            "INSERT INTO engagements VALUES
                 (gen_random_uuid(), '{organization}', gen_random_uuid(), NULL, {amount}, '2026-03-02')"
        )
    };
    let nobody = uuid::Uuid::nil().to_string();
    assert_eq!(
        refused(&house, insert(nobody, 1)).await,
        "ENGAGEMENT_ORGANIZATION"
    );
    assert_eq!(
        refused(&house, insert(one.to_string(), 0)).await,
        "ENGAGEMENT_AMOUNT"
    );
    assert_eq!(
        refused(&house, "DELETE FROM engagements").await,
        "APPEND_ONLY"
    );
}
