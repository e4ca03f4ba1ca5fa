//! Lists through the real schema: drafted, commented on, approved, in force.

use chrono::TimeDelta;
use serde_json::json;
use testkit::service::data;

use crate::{
    ground::{CITY, approved, county, done, drafted, in_force, item, list, only, told},
    support::{House, nobody, stranger, voter},
};

#[tokio::test]
async fn a_list_is_commented_on_answered_approved_and_in_force() {
    let house = House::open().await;
    let (id, _) = drafted(&house, "ASSIST").await;
    let open = done(
        &house,
        &county(),
        "openWorkListComment",
        &only(&id),
        "list { state commentUntil }",
    )
    .await;
    assert_eq!(open["state"], "PUBLIC_COMMENT");
    let said = json!({ "listId": id, "text": "应写明办理时限" });
    let comment = done(
        &house,
        &voter(0),
        "commentOnWorkList",
        &said,
        "comment { id text }",
    )
    .await;
    let approve = json!({ "listId": id, "approvalDocument": "市民〔2026〕9号" });
    let early = told(&house, &county(), "approveWorkList", &approve).await;
    assert_eq!(early.0, "WORK_LIST_COMMENT_OPEN");
    house.service.clock.advance(TimeDelta::days(7));
    let silent = told(&house, &county(), "approveWorkList", &approve).await;
    assert_eq!(silent.0, "WORK_LIST_UNANSWERED");
    let late = told(&house, &voter(1), "commentOnWorkList", &said).await;
    assert_eq!(late.0, "WORK_LIST_COMMENT_CLOSED");
    let answer = json!({ "commentId": comment["id"], "answer": "已补充,五个工作日" });
    done(
        &house,
        &county(),
        "answerWorkListComment",
        &answer,
        "comment { answer }",
    )
    .await;
    let twice = told(&house, &county(), "answerWorkListComment", &answer).await;
    assert_eq!(twice.0, "WORK_LIST_COMMENT_FIXED");
    done(
        &house,
        &county(),
        "approveWorkList",
        &approve,
        "list { state }",
    )
    .await;
    let now = done(
        &house,
        &county(),
        "enforceWorkList",
        &only(&id),
        "list { state startsOn }",
    )
    .await;
    assert_eq!(
        (&now["state"], &now["startsOn"]),
        (&json!("IN_FORCE"), &json!("2026-03-09"))
    );

    // Anybody reads it, its items, what was said without names, and its way.
    let query =
        "query($id: ID!) { workList(id: $id) { items { code department } comments { text answer }
                 history { state } } }";
    let read = data(house.run(&nobody(), query, json!({ "id": id })).await)["workList"].clone();
    assert_eq!(read["items"][0]["code"], "A-1");
    assert_eq!(read["comments"][0]["answer"], "已补充,五个工作日");
    let states: Vec<_> = read["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(
        states,
        ["DRAFTED", "PUBLIC_COMMENT", "APPROVED", "IN_FORCE"]
    );
    let told = house
        .count("SELECT count(*) FROM kit.outbox WHERE subject = 'communities.work_list.in_force'")
        .await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn the_next_version_retires_the_one_before_it() {
    let house = House::open().await;
    let (first, _) = in_force(&house, "SEAL").await;
    let (second, _) = drafted(&house, "SEAL").await;
    approved(&house, &second).await;
    done(
        &house,
        &county(),
        "enforceWorkList",
        &only(&second),
        "list { number }",
    )
    .await;
    let query =
        "query($place: DivisionCode!) { workLists(filter: { holdingIn: $place, kind: SEAL }) {
                 nodes { id number state untilOn } } }";
    let found = data(
        house
            .run(&nobody(), query, json!({ "place": "230103001001" }))
            .await,
    );
    let nodes = &found["workLists"]["nodes"];
    assert_eq!(
        (&nodes[0]["id"], &nodes[0]["number"], &nodes[0]["state"]),
        (&second, &json!(2), &json!("IN_FORCE"))
    );
    assert_eq!(
        (&nodes[1]["id"], &nodes[1]["state"]),
        (&first, &json!("RETIRED"))
    );
    assert_eq!(nodes[1]["untilOn"], "2026-03-16");
    done(
        &house,
        &county(),
        "retireWorkList",
        &only(&second),
        "list { state }",
    )
    .await;
    let again = told(&house, &county(), "retireWorkList", &only(&second)).await;
    assert_eq!(again.0, "WORK_LIST_STATE");
}

#[tokio::test]
async fn only_a_draft_is_changed_and_only_with_good_items() {
    let house = House::open().await;
    let (id, first) = drafted(&house, "DUTY").await;
    let double = told(&house, &county(), "addWorkListItem", &item(&id, "A-1")).await;
    assert_eq!(double, ("WORK_LIST_ITEM_CODE".into(), json!("input.code")));
    let malformed = told(&house, &county(), "addWorkListItem", &item(&id, "甲")).await;
    assert_eq!(malformed, ("CODE_MALFORMED".into(), json!("input.code")));
    let mut untitled = item(&id, "A-2");
    untitled["title"] = json!(" ");
    let untitled = told(&house, &county(), "addWorkListItem", &untitled).await;
    assert_eq!(untitled, ("TEXT_LENGTH".into(), json!("input.title")));
    done(
        &house,
        &county(),
        "removeWorkListItem",
        &only(&first),
        "list { items { id } }",
    )
    .await;
    let empty = told(&house, &county(), "openWorkListComment", &only(&id)).await;
    assert_eq!(empty.0, "WORK_LIST_EMPTY");
    done(
        &house,
        &county(),
        "addWorkListItem",
        &item(&id, "A-1"),
        "item { id }",
    )
    .await;
    done(
        &house,
        &county(),
        "openWorkListComment",
        &only(&id),
        "list { id }",
    )
    .await;
    let closed = told(&house, &county(), "addWorkListItem", &item(&id, "A-2")).await;
    assert_eq!(closed.0, "WORK_LIST_NOT_DRAFT");
    // Back to the draft, and on.
    done(
        &house,
        &county(),
        "reopenWorkList",
        &only(&id),
        "list { state }",
    )
    .await;
    done(
        &house,
        &county(),
        "addWorkListItem",
        &item(&id, "A-2"),
        "item { id }",
    )
    .await;
}

#[tokio::test]
async fn the_same_key_is_one_call_of_one_mutation() {
    let house = House::open().await;
    let (id, _) = drafted(&house, "DUTY").await;
    let call = json!({ "id": id, "idempotencyKey": "one-key-0001" });
    let first = house
        .act(&county(), "openWorkListComment", &call, "list { version }")
        .await;
    assert_eq!(
        house
            .act(&county(), "openWorkListComment", &call, "list { version }")
            .await,
        first
    );
    // The same key under another mutation is another call.
    done(&house, &county(), "reopenWorkList", &call, "list { state }").await;
}

#[tokio::test]
async fn residents_of_elsewhere_do_not_comment() {
    let house = House::open().await;
    let (id, _) = drafted(&house, "ASSIST").await;
    done(
        &house,
        &county(),
        "openWorkListComment",
        &only(&id),
        "list { id }",
    )
    .await;
    let said = json!({ "listId": id, "text": "我有意见" });
    assert_eq!(
        told(&house, &stranger(), "commentOnWorkList", &said)
            .await
            .0,
        "FORBIDDEN"
    );
    // A list of the city is theirs as well.
    let mut wide = list("ASSIST");
    wide["divisionCode"] = json!(CITY);
    let city = crate::ground::city();
    let made = done(&house, &city, "draftWorkList", &wide, "list { id }").await["id"].clone();
    done(
        &house,
        &city,
        "addWorkListItem",
        &item(&made, "A-1"),
        "item { id }",
    )
    .await;
    done(
        &house,
        &city,
        "openWorkListComment",
        &only(&made),
        "list { id }",
    )
    .await;
    let said = json!({ "listId": made, "text": "我有意见" });
    done(
        &house,
        &stranger(),
        "commentOnWorkList",
        &said,
        "comment { id }",
    )
    .await;
}
