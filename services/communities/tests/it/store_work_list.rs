//! What the database refuses of lists and duties, also by hand.

use crate::{
    ground::{approved, county, done, drafted, here, in_force, only},
    support::{House, raw, voter},
};
use serde_json::json;

#[tokio::test]
async fn one_version_of_a_kind_is_in_force_at_a_time_and_place() {
    let house = House::open().await;
    in_force(&house, "SEAL").await;
    let (second, _) = drafted(&house, "SEAL").await;
    approved(&house, &second).await;
    let forced = format!(
        "UPDATE work_lists SET state = 'IN_FORCE', starts_on = '2026-03-10' WHERE id = '{}'",
        raw(&second)
    );
    assert_eq!(house.refused_sql(&forced).await, "WORK_LIST_IN_FORCE");
}

#[tokio::test]
async fn a_list_keeps_to_its_way_and_its_origin() {
    let house = House::open().await;
    let (id, item) = drafted(&house, "DUTY").await;
    let id = raw(&id);
    for (sql, reason) in [
        (
            format!(
                "UPDATE work_lists SET state = 'APPROVED', approval_document = 'x', approved_by = 'x' WHERE id = '{id}'"
            ),
            "WORK_LIST_STATE",
        ),
        (
            format!("UPDATE work_lists SET title = 'x' WHERE id = '{id}'"),
            "WORK_LIST_ORIGIN",
        ),
        (
            format!(
                "UPDATE work_lists SET state = 'PUBLIC_COMMENT', comment_from = now(), comment_until = now() + interval '1 day' WHERE id = '{id}'"
            ),
            "WORK_LIST_COMMENT_SHORT",
        ),
        (
            format!(
                "UPDATE work_list_items SET title = 'x' WHERE id = '{}'",
                raw(&item)
            ),
            "WORK_LIST_ITEM_FIXED",
        ),
    ] {
        assert_eq!(house.refused_sql(&sql).await, reason, "{sql}");
    }
    assert_eq!(
        house.refused_sql_as_app("DELETE FROM work_lists").await,
        "DENIED"
    );
    done(
        &house,
        &county(),
        "openWorkListComment",
        &only(&json!(kit::graph::global(
            communities::domain::work_list::WorkListId::from_uuid(id)
        ))),
        "list { id }",
    )
    .await;
    let gone = format!("DELETE FROM work_list_items WHERE list_id = '{id}'");
    assert_eq!(house.refused_sql(&gone).await, "WORK_LIST_NOT_DRAFT");
    let unanswered = format!(
        "UPDATE work_lists SET state = 'APPROVED', approval_document = 'x', approved_by = 'x', updated_at = comment_until - interval '1 second' WHERE id = '{id}'"
    );
    assert_eq!(
        house.refused_sql(&unanswered).await,
        "WORK_LIST_COMMENT_OPEN"
    );
}

#[tokio::test]
async fn what_was_said_is_not_changed() {
    let house = House::open().await;
    let (id, _) = drafted(&house, "DUTY").await;
    done(
        &house,
        &county(),
        "openWorkListComment",
        &only(&id),
        "list { id }",
    )
    .await;
    let said = json!({ "listId": id, "text": "应写明时限" });
    done(
        &house,
        &voter(0),
        "commentOnWorkList",
        &said,
        "comment { id }",
    )
    .await;
    let changed = "UPDATE work_list_comments SET text = 'x'";
    assert_eq!(house.refused_sql(changed).await, "WORK_LIST_COMMENT_FIXED");
    assert_eq!(
        house
            .refused_sql_as_app("DELETE FROM work_list_comments")
            .await,
        "DENIED"
    );
}

#[tokio::test]
async fn one_body_leads_an_item_at_a_time() {
    let house = House::open().await;
    let set = |body: &str| {
        json!({ "communityId": here(&house), "code": "D-1", "title": "老年人服务",
        "leadBody": body, "basisDocument": "区委办〔2026〕2号" })
    };
    done(
        &house,
        &county(),
        "setDutyItem",
        &set("RESIDENTS_COMMITTEE"),
        "item { id }",
    )
    .await;
    let same = house
        .refused(&county(), "setDutyItem", &set("RESIDENTS_COMMITTEE"))
        .await;
    assert_eq!(same, "DUTY_ITEM_SAME");
    let second = done(
        &house,
        &county(),
        "setDutyItem",
        &set("PUBLIC_SERVICE_CENTRE"),
        "item { id }",
    )
    .await["id"]
        .clone();
    let query = "query($c: ID!) { duty: dutyItems(filter: { communityId: $c, current: true }) { nodes { leadBody } }
                 all: dutyItems(filter: { communityId: $c }) { nodes { id } } }";
    let found = testkit::service::data(
        house
            .run(&voter(0), query, json!({ "c": here(&house) }))
            .await,
    );
    assert_eq!(
        found["duty"]["nodes"],
        json!([{ "leadBody": "PUBLIC_SERVICE_CENTRE" }])
    );
    assert_eq!(found["all"]["nodes"].as_array().unwrap().len(), 2);
    let double = "INSERT INTO duty_items (id, community_id, division_code, code, title, lead_body, basis_document, starts_on, created_at)
        SELECT gen_random_uuid(), community_id, division_code, code, title, 'PARTY_WORK_COMMITTEE', basis_document, starts_on, created_at
        FROM duty_items WHERE until_on IS NULL";
    assert_eq!(house.refused_sql(double).await, "DUTY_ITEM_LEAD");
    let moved = "UPDATE duty_items SET lead_body = 'PARTY_WORK_COMMITTEE'";
    assert_eq!(house.refused_sql(moved).await, "DUTY_ITEM_ORIGIN");
    done(
        &house,
        &county(),
        "endDutyItem",
        &only(&second),
        "item { untilOn }",
    )
    .await;
    assert_eq!(
        house
            .refused(&county(), "endDutyItem", &only(&second))
            .await,
        "DUTY_ITEM_ENDED"
    );
}
