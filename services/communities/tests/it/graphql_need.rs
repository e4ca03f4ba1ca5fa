//! Needs through the real schema.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{DEAD, WANG},
    support::{House, staff, staff_elsewhere, voter, wang},
};

pub const REPORT: &str = "mutation($input: ReportNeedInput!) {
    reportNeed(input: $input) { need { id traceId state version description channel } } }";
const VERIFY: &str = "mutation($input: VerifyNeedInput!) {
    verifyNeed(input: $input) { need { id state version } } }";
const LIST: &str = "query($after: String) { needs(first: 2, after: $after) {
    nodes { id description } pageInfo { hasNextPage endCursor } } }";

pub fn report(house: &House, key: &str) -> Value {
    json!({ "input": {
        "idempotencyKey": key,
        "communityId": kit::graph::global(house.community.id),
        "category": "MEALS",
        "description": "老人中午吃不上热饭",
        "forElders": true,
    } })
}

async fn reported(house: &House, key: &str) -> Value {
    data(house.run(&wang(), REPORT, report(house, key)).await)["reportNeed"]["need"].clone()
}

fn verify(need: &Value, key: &str, accept: bool) -> Value {
    json!({ "input": { "idempotencyKey": key, "needId": need["id"], "accept": accept } })
}

#[tokio::test]
async fn a_resident_reports_and_staff_verify() {
    let house = House::open().await;
    let need = reported(&house, "key-00000001").await;
    assert_eq!(need["state"], "REPORTED");
    let answer = house
        .run(&staff(), VERIFY, verify(&need, "key-00000002", true))
        .await;
    assert_eq!(data(answer)["verifyNeed"]["need"]["state"], "VERIFIED");
}

#[tokio::test]
async fn the_event_leaves_with_the_need() {
    let house = House::open().await;
    reported(&house, "key-00000001").await;
    let (subject, trace): (String, bool) =
        sqlx::query_as("SELECT subject, trace_id IS NOT NULL FROM kit.outbox")
            .fetch_one(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(
        (subject.as_str(), trace),
        ("communities.need.reported", true)
    );
}

#[tokio::test]
async fn the_same_key_answers_the_same_need() {
    let house = House::open().await;
    let first = reported(&house, "key-00000001").await;
    let again = reported(&house, "key-00000001").await;
    assert_eq!(first, again);
    let mut other = report(&house, "key-00000001");
    other["input"]["description"] = json!("另一件事");
    let refused = house.run(&wang(), REPORT, other).await;
    assert_eq!(reason(&refused), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn refuses_those_who_may_not() {
    let house = House::open().await;
    let nobody = kit::auth::Caller::of(kit::auth::Actor::anonymous());
    let refused = house
        .run(&nobody, REPORT, report(&house, "key-00000001"))
        .await;
    assert_eq!(reason(&refused), "REPORTER_MISSING");
    let mut for_wang = report(&house, "key-00000001");
    for_wang["input"]["onBehalfOf"] = json!(kit::graph::global(
        kernel::keys::ResidentId::from_uuid(WANG)
    ));
    let refused = house.run(&nobody, REPORT, for_wang.clone()).await;
    assert_eq!(reason(&refused), "UNAUTHENTICATED");
    let refused = house
        .run(&staff_elsewhere(), REPORT, for_wang.clone())
        .await;
    assert_eq!(reason(&refused), "FORBIDDEN");
    data(house.run(&staff(), REPORT, for_wang).await);

    let need = reported(&house, "key-00000002").await;
    let refused = house
        .run(&wang(), VERIFY, verify(&need, "key-00000003", true))
        .await;
    assert_eq!(reason(&refused), "FORBIDDEN");
    let refused = house
        .run(
            &staff_elsewhere(),
            VERIFY,
            verify(&need, "key-00000003", true),
        )
        .await;
    assert_eq!(reason(&refused), "NEED_NOT_FOUND");
}

#[tokio::test]
async fn refuses_a_report_for_the_dead() {
    let house = House::open().await;
    let mut report = report(&house, "key-00000001");
    report["input"]["onBehalfOf"] = json!(kit::graph::global(kernel::keys::ResidentId::from_uuid(
        DEAD
    )));
    let refused = house.run(&staff(), REPORT, report).await;
    assert_eq!(reason(&refused), "RESIDENT_NOT_LIVING_HERE");
}

#[tokio::test]
async fn refuses_to_verify_twice() {
    let house = House::open().await;
    let need = reported(&house, "key-00000001").await;
    data(
        house
            .run(&staff(), VERIFY, verify(&need, "key-00000002", true))
            .await,
    );
    let refused = house
        .run(&staff(), VERIFY, verify(&need, "key-00000003", true))
        .await;
    assert_eq!(reason(&refused), "NEED_STATE");
}

const ANSWERED: &str = "query($id: ID!) { need(id: $id) { state refusalReason verifyBy overdue } }";

#[tokio::test]
async fn the_resident_reads_why_a_need_is_not_taken_up() {
    let house = House::open().await;
    let need = reported(&house, "key-00000001").await;
    let refuse = |key: &str, note: Value| {
        let mut input = verify(&need, key, false);
        input["input"]["note"] = note;
        input
    };
    for (key, note, why) in [
        ("key-00000002", json!(null), "NOTE_REQUIRED"),
        ("key-00000003", json!("  "), "NOTE_REQUIRED"),
        ("key-00000004", json!("长".repeat(501)), "NOTE_LENGTH"),
    ] {
        let told = house.run(&staff(), VERIFY, refuse(key, note)).await;
        assert_eq!(reason(&told), why);
        assert_eq!(told["errors"][0]["extensions"]["field"], "input.note");
    }
    let said = json!(" 已由街道食堂提供 ");
    data(
        house
            .run(&staff(), VERIFY, refuse("key-00000005", said))
            .await,
    );
    let id = json!({ "id": need["id"] });
    let read = data(house.run(&wang(), ANSWERED, id).await)["need"].clone();
    assert_eq!(
        (&read["state"], &read["refusalReason"]),
        (&json!("REFUSED"), &json!("已由街道食堂提供"))
    );
    let silent = sqlx::query("UPDATE needs SET refusal_reason = NULL")
        .execute(&house.service.db.owner)
        .await;
    assert_eq!(
        kit::Error::from(silent.unwrap_err()).reason(),
        "NEED_REFUSAL_REASON"
    );
}

#[tokio::test]
async fn a_need_that_nobody_looks_at_is_seen() {
    let house = House::open().await;
    let need = reported(&house, "key-00000001").await;
    let other = reported(&house, "key-00000002").await;
    data(
        house
            .run(&staff(), VERIFY, verify(&other, "key-00000003", true))
            .await,
    );
    let overdue = "{ needs(first: 5, overdue: true) { nodes { id overdue } } }";
    let listed = async || {
        let answer = data(house.run(&staff(), overdue, json!({})).await);
        answer["needs"]["nodes"].clone()
    };
    let id = json!({ "id": need["id"] });
    let read = data(house.run(&wang(), ANSWERED, id).await)["need"].clone();
    let due: chrono::DateTime<chrono::Utc> = read["verifyBy"].as_str().unwrap().parse().unwrap();
    let now = house.service.core.clock.now();
    // Seven days, to the end of the last in China.
    assert!(due > now + chrono::TimeDelta::days(7) && due < now + chrono::TimeDelta::days(8));
    house.service.clock.advance(due - now);
    assert_eq!(listed().await, json!([]));
    house.service.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(
        listed().await,
        json!([{ "id": need["id"], "overdue": true }])
    );
    let mut conn = house.service.db.app.acquire().await.unwrap();
    let now = house.service.core.clock.now();
    let measured = communities::app::gauge::measure(&mut conn, now)
        .await
        .unwrap();
    assert_eq!(
        measured,
        [
            ("communities.needs.overdue", 1.0),
            ("communities.needs.oldest_overdue_seconds", 1.0),
            ("communities.tasks.overdue", 0.0),
            ("communities.admissions.overdue", 0.0),
            ("communities.rectifications.overdue", 0.0),
            ("communities.joint_actions.overdue", 0.0),
            ("communities.study_reports.overdue", 0.0),
            ("communities.study_measures.overdue", 0.0),
        ]
    );
}

#[tokio::test]
async fn refuses_malformed_input_by_field() {
    let house = House::open().await;
    let mut empty = report(&house, "key-00000001");
    empty["input"]["description"] = json!(" ");
    let refused = house.run(&wang(), REPORT, empty).await;
    assert_eq!(
        refused["errors"][0]["extensions"]["field"],
        "input.description"
    );
    let mut grid = report(&house, "key-00000001");
    grid["input"]["gridCode"] = json!("230103001002001");
    let refused = house.run(&wang(), REPORT, grid).await;
    assert_eq!(reason(&refused), "GRID_OF_OTHER_COMMUNITY");
    assert_eq!(
        refused["errors"][0]["extensions"]["field"],
        "input.gridCode"
    );
    let mut foreign = report(&house, "key-00000001");
    foreign["input"]["communityId"] = json!("not-an-id");
    let refused = house.run(&wang(), REPORT, foreign).await;
    assert_eq!(reason(&refused), "GLOBAL_ID_MALFORMED");
    assert_eq!(
        refused["errors"][0]["extensions"]["field"],
        "input.communityId"
    );
    let refused = house.run(&wang(), REPORT, report(&house, "short")).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn pages_through_the_needs_of_the_callers_division() {
    let house = House::open().await;
    for n in 1..=3 {
        reported(&house, &format!("key-0000000{n}")).await;
    }
    let first = data(house.run(&staff(), LIST, json!({})).await)["needs"].clone();
    assert_eq!(first["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    let second = data(house.run(&staff(), LIST, after).await)["needs"].clone();
    assert_eq!(second["nodes"].as_array().unwrap().len(), 1);
    let elsewhere = data(house.run(&staff_elsewhere(), LIST, json!({})).await)["needs"].clone();
    assert_eq!(elsewhere["nodes"], json!([]));
    // Residents see what they reported themselves, as the policy says.
    let own = data(house.run(&wang(), LIST, json!({})).await)["needs"].clone();
    assert_eq!(own["nodes"], first["nodes"]);
    let others = data(house.run(&voter(0), LIST, json!({})).await)["needs"].clone();
    assert_eq!(others["nodes"], json!([]));
    let refused = house
        .run(&staff(), LIST, json!({ "after": "garbage" }))
        .await;
    assert_eq!(reason(&refused), "CURSOR_MALFORMED");
}
