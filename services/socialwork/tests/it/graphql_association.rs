//! Associations of social workers through the real schema, and what the
//! database refuses.

use serde_json::{Value, json};

use crate::{
    casework::{Desk, worker},
    peers::{ABNORMAL, AGENCY, CHEN, THERE},
    support::{REGISTER, civil, community_id, dispatched, nobody, organization_id, staff},
};

pub fn founding() -> Value {
    json!({ "organizationId": organization_id(AGENCY), "divisionCode": "230103000000",
        "name": "南岗区社会工作者协会", "purpose": "引领和带动本区专业社工" })
}

async fn founded(desk: &Desk) -> Value {
    desk.done(
        &civil(),
        "registerAssociation",
        founding(),
        "association { id memberCount }",
    )
    .await["association"]
        .clone()
}

#[tokio::test]
async fn social_workers_join_and_leave_by_their_own_will() {
    let desk = Desk::open().await;
    let association = founded(&desk).await;
    let which = json!({ "associationId": association["id"] });
    desk.done(
        &desk.worker(),
        "joinAssociation",
        which.clone(),
        "membership { joinedAt }",
    )
    .await;
    assert_eq!(
        desk.refused(&desk.worker(), "joinAssociation", which.clone())
            .await
            .0,
        "MEMBERSHIP_EXISTS"
    );
    assert_eq!(
        desk.refused(&staff(), "joinAssociation", which.clone())
            .await
            .0,
        "FORBIDDEN"
    );
    assert_eq!(
        desk.refused(&desk.supervisor(), "leaveAssociation", which.clone())
            .await
            .0,
        "MEMBERSHIP_NOT_FOUND"
    );
    // Somebody who serves in another district.
    let mut input = dispatched(CHEN, "key-there");
    input["input"]["communityIds"] = json!([community_id(THERE)]);
    let chen = testkit::service::data(desk.house.run(&civil(), REGISTER, input).await);
    let chen = worker(&chen["registerSocialWorker"]["socialWorker"]);
    assert_eq!(
        desk.refused(&chen, "joinAssociation", which.clone())
            .await
            .0,
        "MEMBERSHIP_OTHER_DIVISION"
    );

    let query = format!(
        "{{ association(id: {}) {{ memberCount members {{ nodes {{ worker {{ id }} }} }} }} }}",
        association["id"]
    );
    assert_eq!(
        desk.read(&nobody(), &query).await["association"],
        json!({ "memberCount": 1, "members": null })
    );
    for who in [desk.worker(), civil()] {
        let seen = desk.read(&who, &query).await["association"]["members"]["nodes"].clone();
        assert_eq!(seen, json!([{ "worker": { "id": desk.li["id"] } }]));
    }
    assert_eq!(
        desk.read(&desk.supervisor(), &query).await["association"]["members"],
        json!(null)
    );
    desk.done(
        &desk.worker(),
        "leaveAssociation",
        which.clone(),
        "membership { leftAt }",
    )
    .await;
    desk.done(
        &desk.worker(),
        "joinAssociation",
        which.clone(),
        "membership { leftAt }",
    )
    .await;
    let end = json!({ "associationId": association["id"], "reason": "换届合并" });
    desk.done(
        &civil(),
        "dissolveAssociation",
        end.clone(),
        "association { reason }",
    )
    .await;
    assert_eq!(
        desk.refused(&civil(), "dissolveAssociation", end).await.0,
        "ASSOCIATION_DISSOLVED"
    );
    assert_eq!(
        desk.refused(&desk.supervisor(), "joinAssociation", which)
            .await
            .0,
        "ASSOCIATION_DISSOLVED"
    );
    let list = desk
        .read(&nobody(), "{ associations { nodes { id } } }")
        .await;
    assert_eq!(list["associations"]["nodes"], json!([]));
}

#[tokio::test]
async fn a_city_or_a_district_has_one_association_of_a_registered_organisation() {
    let desk = Desk::open().await;
    let refused = async |input: Value| desk.refused(&civil(), "registerAssociation", input).await;
    let with = |field: &str, value: Value| {
        let mut input = founding();
        input[field] = value;
        input
    };
    assert_eq!(
        refused(with("divisionCode", json!("230103001001"))).await,
        ("ASSOCIATION_LEVEL".into(), "input.divisionCode".into())
    );
    assert_eq!(
        refused(with("name", json!(""))).await,
        ("TEXT_LENGTH".into(), "input.name".into())
    );
    assert_eq!(
        refused(with("organizationId", json!(organization_id(ABNORMAL)))).await,
        (
            "EMPLOYER_NOT_REGISTERED".into(),
            "input.organizationId".into()
        )
    );
    assert_eq!(
        desk.refused(&staff(), "registerAssociation", founding())
            .await
            .0,
        "FORBIDDEN"
    );
    founded(&desk).await;
    assert_eq!(
        refused(founding()).await,
        ("ASSOCIATION_EXISTS".into(), "input.divisionCode".into())
    );

    let which = "SELECT gen_random_uuid(), gen_random_uuid(), ";
    for (sql, refused) in [
        (
            format!(
                "INSERT INTO associations {which} division_code, name, purpose, NULL, NULL, 1, now() FROM associations"
            ),
            "ASSOCIATION_EXISTS",
        ),
        (
            format!(
                "INSERT INTO associations {which} '230103001000', name, purpose, NULL, NULL, 1, now() FROM associations"
            ),
            "ASSOCIATION_LEVEL",
        ),
        (
            "UPDATE associations SET name = '别的'".into(),
            "ASSOCIATION_FIXED",
        ),
        (
            "UPDATE associations SET dissolved_at = now()".into(),
            "ASSOCIATION_END",
        ),
    ] {
        assert_eq!(desk.by_hand(&sql).await, refused, "{sql}");
    }
    let join = "INSERT INTO memberships SELECT gen_random_uuid(), a.id, w.id, now() FROM associations a, social_workers w
        WHERE w.id = (SELECT min(id::text)::uuid FROM social_workers)";
    desk.hand(join).await;
    assert_eq!(desk.by_hand(join).await, "MEMBERSHIP_EXISTS");
    desk.hand("UPDATE memberships SET left_at = joined_at")
        .await;
    assert_eq!(
        desk.by_hand("UPDATE memberships SET left_at = NULL").await,
        "MEMBERSHIP_FIXED"
    );
}
