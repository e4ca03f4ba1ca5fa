//! Requests for the seal through the real schema.

use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    ground::{county, done, here, in_force, only, told},
    peers::{DEAD, STRANGER, WANG},
    support::{House, nobody, raw, resident_id, staff, voter, wang},
};

fn request(house: &House, item: &Value) -> Value {
    json!({ "communityId": here(house), "itemId": item, "purpose": "子女入学居住证明" })
}

#[tokio::test]
async fn a_resident_is_given_the_seal_with_a_number_of_the_register() {
    let house = House::open().await;
    let (_, item) = in_force(&house, "SEAL").await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let made = done(
            &house,
            &wang(),
            "requestSeal",
            &request(&house, &item),
            "request { id state }",
        )
        .await;
        assert_eq!(made["state"], "SUBMITTED");
        let yes = json!({ "sealRequestId": made["id"], "seal": true });
        let sealed = done(
            &house,
            &staff(),
            "decideSealRequest",
            &yes,
            "request { state sealNo }",
        )
        .await;
        assert_eq!(sealed["state"], "SEALED");
        numbers.push(sealed["sealNo"].clone());
    }
    assert_eq!(
        numbers,
        ["230103001001-2026-00001", "230103001001-2026-00002"]
    );
}

#[tokio::test]
async fn what_no_list_names_is_refused_when_asked_for_and_when_sealed() {
    let house = House::open().await;
    let (_, work) = in_force(&house, "ASSIST").await;
    assert_eq!(
        told(&house, &wang(), "requestSeal", &request(&house, &work))
            .await
            .0,
        "ITEM_NOT_IN_FORCE"
    );
    let (list, item) = in_force(&house, "SEAL").await;
    let made = done(
        &house,
        &wang(),
        "requestSeal",
        &request(&house, &item),
        "request { id }",
    )
    .await;
    done(
        &house,
        &county(),
        "retireWorkList",
        &only(&list),
        "list { id }",
    )
    .await;
    let yes = json!({ "sealRequestId": made["id"], "seal": true });
    assert_eq!(
        told(&house, &staff(), "decideSealRequest", &yes).await.0,
        "ITEM_NOT_IN_FORCE"
    );
    let silent = json!({ "sealRequestId": made["id"], "seal": false });
    assert_eq!(
        told(&house, &staff(), "decideSealRequest", &silent).await,
        ("REASON_REQUIRED".into(), json!("input.reason"))
    );
    let no = json!({ "sealRequestId": made["id"], "seal": false, "reason": "该事项已不在清单内" });
    done(
        &house,
        &staff(),
        "decideSealRequest",
        &no,
        "request { state refusalReason }",
    )
    .await;
    assert_eq!(
        told(&house, &wang(), "withdrawSealRequest", &only(&made["id"]))
            .await
            .0,
        "SEAL_REQUEST_STATE"
    );
}

#[tokio::test]
async fn requests_are_read_by_those_concerned_only() {
    let house = House::open().await;
    let (_, item) = in_force(&house, "SEAL").await;
    let made = done(
        &house,
        &wang(),
        "requestSeal",
        &request(&house, &item),
        "request { id }",
    )
    .await;
    let query = "query($id: ID!) { sealRequest(id: $id) { purpose resident { id } }
                 sealRequests { nodes { id } } }";
    for (who, sees) in [
        (wang(), true),
        (staff(), true),
        (voter(0), false),
        (nobody(), false),
    ] {
        let found = data(house.run(&who, query, json!({ "id": made["id"] })).await);
        assert_eq!(
            found["sealRequest"].is_object(),
            sees,
            "{}",
            who.actor.subject
        );
        assert_eq!(
            found["sealRequests"]["nodes"].as_array().unwrap().len(),
            usize::from(sees)
        );
    }
    let yes = json!({ "sealRequestId": made["id"], "seal": true });
    let unseen = told(
        &house,
        &crate::support::staff_elsewhere(),
        "decideSealRequest",
        &yes,
    )
    .await;
    assert_eq!(unseen.0, "SEAL_REQUEST_NOT_FOUND");
    done(
        &house,
        &wang(),
        "withdrawSealRequest",
        &only(&made["id"]),
        "request { state }",
    )
    .await;
}

#[tokio::test]
async fn staff_ask_for_living_residents_of_the_community_only() {
    let house = House::open().await;
    let (_, item) = in_force(&house, "SEAL").await;
    let of = |id| {
        let mut input = request(&house, &item);
        input["onBehalfOf"] = resident_id(id);
        input
    };
    done(
        &house,
        &staff(),
        "requestSeal",
        &of(WANG),
        "request { channel }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "requestSeal", &of(DEAD)).await.0,
        "RESIDENT_NOT_LIVING_HERE"
    );
    assert_eq!(
        told(&house, &staff(), "requestSeal", &of(STRANGER)).await.0,
        "RESIDENT_OF_OTHER_COMMUNITY"
    );
    let unnamed = told(&house, &staff(), "requestSeal", &request(&house, &item)).await;
    assert_eq!(
        unnamed,
        ("RESIDENT_MISSING".into(), json!("input.onBehalfOf"))
    );
}

#[tokio::test]
async fn the_database_keeps_the_register() {
    let house = House::open().await;
    let (_, item) = in_force(&house, "SEAL").await;
    let first = done(
        &house,
        &wang(),
        "requestSeal",
        &request(&house, &item),
        "request { id }",
    )
    .await["id"]
        .clone();
    let second = done(
        &house,
        &wang(),
        "requestSeal",
        &request(&house, &item),
        "request { id }",
    )
    .await["id"]
        .clone();
    let seal = |id: &Value| {
        format!(
            "UPDATE seal_requests SET state = 'SEALED', decided_by = 'x', seal_no = 'N-1', updated_at = '2026-03-10' WHERE id = '{}'",
            raw(id)
        )
    };
    house.sql(&seal(&first)).await;
    assert_eq!(
        house.refused_sql(&seal(&second)).await,
        "SEAL_REQUEST_NUMBER"
    );
    let unnumbered = format!(
        "UPDATE seal_requests SET state = 'SEALED', decided_by = 'x' WHERE id = '{}'",
        raw(&second)
    );
    assert_eq!(house.refused_sql(&unnumbered).await, "SEAL_REQUEST_SEALED");
    let again = format!(
        "UPDATE seal_requests SET state = 'SUBMITTED', seal_no = NULL WHERE id = '{}'",
        raw(&first)
    );
    assert_eq!(house.refused_sql(&again).await, "SEAL_REQUEST_STATE");
    assert_eq!(
        house
            .refused_sql("UPDATE seal_requests SET purpose = 'x'")
            .await,
        "SEAL_REQUEST_ORIGIN"
    );
}
