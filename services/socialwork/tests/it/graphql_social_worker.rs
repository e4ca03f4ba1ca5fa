//! Social workers through the real schema.

use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::{caller, data, reason};

use crate::{
    peers::{
        ABNORMAL, AGENCY, COMMUNITY, DEAD, ELSEWHERE, HERE, LI, MERGED, THERE, UNVERIFIED, WANG,
    },
    support::{
        House, REGISTER, auditor, civil, community_id, dispatched, elder, municipal, nobody,
        organization_id, qualified, resident_id, staff, staff_elsewhere, wang,
    },
};

const RENEW: &str = "mutation($input: RenewRegistrationInput!) {
    renewRegistration(input: $input) { socialWorker { registeredFrom registeredTo version } } }";
const END: &str = "mutation($input: EndSocialWorkerInput!) {
    endSocialWorker(input: $input) { socialWorker { active fitness { mayServe refusal } } } }";
const LIST: &str =
    "query($community: ID, $source: SocialWorkerSource, $first: Int, $after: String) {
    socialWorkers(communityId: $community, source: $source, first: $first, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }";
const ONE: &str = "query($id: ID!) { socialWorker(id: $id) { id certificateNo } }";

async fn refused(house: &House, caller: &Caller, query: &str, input: Value) -> String {
    reason(&house.run(caller, query, input).await)
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input["input"][field] = value;
    input
}

#[tokio::test]
async fn a_qualified_worker_is_registered_for_three_years_and_shows_four_characters() {
    let house = House::open().await;
    let answer = data(
        house
            .run(&staff(), REGISTER, qualified(WANG, "key-00000001"))
            .await,
    );
    let worker = &answer["registerSocialWorker"]["socialWorker"];
    assert_eq!(worker["certificateNo"], "****1234");
    assert_eq!(worker["registeredFrom"], "2024-01-10");
    assert_eq!(worker["registeredTo"], "2027-01-09");
    assert_eq!(worker["fitness"]["mayServe"], true);
    assert_eq!(worker["demo"], true);
    assert_eq!(worker["communities"], json!([{ "id": community_id(HERE) }]));
    // The number is nowhere in the clear.
    let clear = house
        .count(
            "SELECT count(*) FROM social_workers s, kit.idempotency_answers a, kit.audit_log l
             WHERE concat(s::text, a::text, l::text) LIKE '%20230001234%'
                OR position(convert_to('HLJ20230001234', 'UTF8') in s.certificate_no_enc) > 0",
        )
        .await;
    assert_eq!(clear, 0);
    let same_number = with(
        qualified(LI, "key-00000002"),
        "certificateNo",
        json!("HLJ20230001234"),
    );
    assert_eq!(
        refused(&house, &staff(), REGISTER, same_number).await,
        "SOCIAL_WORKER_CERTIFICATE"
    );
}

#[tokio::test]
async fn each_source_is_refused_without_its_evidence() {
    let house = House::open().await;
    let q = || qualified(WANG, "key-00000001");
    let d = || dispatched(WANG, "key-00000001");
    for (input, expected) in [
        (
            with(q(), "grade", json!("NONE")),
            "SOCIAL_WORKER_GRADE_MISSING",
        ),
        (
            with(q(), "certificateNo", Value::Null),
            "SOCIAL_WORKER_CERTIFICATE_MISSING",
        ),
        (
            with(q(), "registeredFrom", Value::Null),
            "SOCIAL_WORKER_REGISTRATION_MISSING",
        ),
        (
            with(q(), "registeredFrom", json!("2020-01-10")),
            "REGISTRATION_EXPIRED",
        ),
        (
            with(q(), "registeredFrom", json!("2026-03-03")),
            "DATE_IN_FUTURE",
        ),
        (
            with(q(), "certificateNo", json!("x")),
            "CERTIFICATE_MALFORMED",
        ),
        (
            with(d(), "employerOrganizationId", Value::Null),
            "SOCIAL_WORKER_EMPLOYER_MISSING",
        ),
        (
            with(
                d(),
                "employerOrganizationId",
                json!(organization_id(ABNORMAL)),
            ),
            "EMPLOYER_NOT_REGISTERED",
        ),
        (
            with(d(), "communityIds", json!([])),
            "SOCIAL_WORKER_COMMUNITIES",
        ),
        (
            with(d(), "communityIds", json!([community_id(MERGED)])),
            "COMMUNITY_INACTIVE",
        ),
        (
            with(d(), "residentId", json!(resident_id(UNVERIFIED))),
            "RESIDENT_NOT_VERIFIED",
        ),
        (
            with(d(), "residentId", json!(resident_id(DEAD))),
            "RESIDENT_NOT_LIVING_HERE",
        ),
        (
            with(d(), "residentId", json!(community_id(HERE))),
            "GLOBAL_ID_WRONG_KIND",
        ),
    ] {
        assert_eq!(refused(&house, &civil(), REGISTER, input).await, expected);
    }
    assert_eq!(house.count("SELECT count(*) FROM social_workers").await, 0);
}

#[tokio::test]
async fn the_municipal_route_needs_hours_in_the_ledger_and_a_pass() {
    let house = House::open().await;
    let register = |key: &str| municipal(WANG, key);
    let first = refused(&house, &civil(), REGISTER, register("key-00000001")).await;
    assert_eq!(first, "TRAINING_HOURS_INSUFFICIENT");
    house.hours(WANG, 79, "2026-02-01", "key-00000002").await;
    data(
        house
            .exam(WANG, true, 75, "2026-02-10", "key-00000003")
            .await,
    );
    let second = refused(&house, &civil(), REGISTER, register("key-00000004")).await;
    assert_eq!(second, "TRAINING_HOURS_INSUFFICIENT");
    house.hours(WANG, 1, "2026-02-02", "key-00000005").await;
    let wrong_day = with(
        register("key-00000006"),
        "examPassedOn",
        json!("2026-02-11"),
    );
    assert_eq!(
        refused(&house, &civil(), REGISTER, wrong_day).await,
        "EXAM_NOT_PASSED"
    );
    let done = data(
        house
            .run(&civil(), REGISTER, register("key-00000007"))
            .await,
    );
    assert_eq!(
        done["registerSocialWorker"]["socialWorker"]["examPassedOn"],
        "2026-02-10"
    );

    house.hours(LI, 80, "2026-02-01", "key-00000008").await;
    data(
        house
            .exam(LI, false, 40, "2026-02-10", "key-00000009")
            .await,
    );
    let failed = refused(&house, &civil(), REGISTER, municipal(LI, "key-00000010")).await;
    assert_eq!(failed, "EXAM_NOT_PASSED");
}

#[tokio::test]
async fn only_staff_of_all_named_communities_register() {
    let house = House::open().await;
    let input = || dispatched(WANG, "key-00000001");
    assert_eq!(
        refused(&house, &nobody(), REGISTER, input()).await,
        "UNAUTHENTICATED"
    );
    assert_eq!(
        refused(&house, &wang(), REGISTER, input()).await,
        "FORBIDDEN"
    );
    assert_eq!(
        refused(&house, &staff_elsewhere(), REGISTER, input()).await,
        "FORBIDDEN"
    );
    let both = with(
        input(),
        "communityIds",
        json!([community_id(HERE), community_id(THERE)]),
    );
    assert_eq!(
        refused(&house, &staff(), REGISTER, both.clone()).await,
        "FORBIDDEN"
    );
    data(house.run(&civil(), REGISTER, both).await);
}

#[tokio::test]
async fn the_same_key_answers_the_same_and_nobody_is_registered_twice() {
    let house = House::open().await;
    let first = house.dispatched(WANG, "key-00000001").await;
    assert_eq!(house.dispatched(WANG, "key-00000001").await, first);
    let other = dispatched(LI, "key-00000001");
    assert_eq!(
        refused(&house, &civil(), REGISTER, other).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
    let again = dispatched(WANG, "key-00000002");
    assert_eq!(
        refused(&house, &civil(), REGISTER, again).await,
        "SOCIAL_WORKER_REGISTERED"
    );
}

#[tokio::test]
async fn renewal_needs_the_hours_of_the_cycle() {
    let house = House::open().await;
    let answer = data(
        house
            .run(&civil(), REGISTER, qualified(WANG, "key-00000001"))
            .await,
    );
    let id = answer["registerSocialWorker"]["socialWorker"]["id"].clone();
    let renew = |key: &str| json!({ "input": { "idempotencyKey": key, "socialWorkerId": id } });
    // Learnt before the cycle began: it does not count.
    house.hours(WANG, 100, "2024-01-09", "key-00000002").await;
    house.hours(WANG, 71, "2025-05-01", "key-00000003").await;
    let short = refused(&house, &civil(), RENEW, renew("key-00000004")).await;
    assert_eq!(short, "CPD_HOURS_INSUFFICIENT");
    house.hours(WANG, 1, "2025-05-02", "key-00000005").await;
    assert_eq!(
        refused(&house, &nobody(), RENEW, renew("key-00000006")).await,
        "UNAUTHENTICATED"
    );
    assert_eq!(
        refused(&house, &wang(), RENEW, renew("key-00000006")).await,
        "FORBIDDEN"
    );
    let elsewhere = refused(&house, &staff_elsewhere(), RENEW, renew("key-00000006")).await;
    assert_eq!(elsewhere, "FORBIDDEN");
    let renewed = data(house.run(&civil(), RENEW, renew("key-00000007")).await);
    let worker = &renewed["renewRegistration"]["socialWorker"];
    assert_eq!(worker["registeredFrom"], "2027-01-10");
    assert_eq!(worker["registeredTo"], "2030-01-09");
    assert_eq!(worker["version"], 2);
    let replayed = data(house.run(&civil(), RENEW, renew("key-00000007")).await);
    assert_eq!(replayed, renewed);
    // The new cycle has no hours yet.
    let twice = refused(&house, &civil(), RENEW, renew("key-00000008")).await;
    assert_eq!(twice, "CPD_HOURS_INSUFFICIENT");
    let cycles = house
        .count("SELECT count(*) FROM social_worker_registrations")
        .await;
    assert_eq!(cycles, 2);
}

#[tokio::test]
async fn somebody_without_a_registration_has_nothing_to_renew() {
    let house = House::open().await;
    let worker = house.dispatched(WANG, "key-00000001").await;
    let renew =
        json!({ "input": { "idempotencyKey": "key-00000002", "socialWorkerId": worker["id"] } });
    assert_eq!(
        refused(&house, &civil(), RENEW, renew).await,
        "SOCIAL_WORKER_NOT_REGISTERED"
    );
}

#[tokio::test]
async fn an_ended_worker_may_not_serve() {
    let house = House::open().await;
    let worker = house.dispatched(WANG, "key-00000001").await;
    let end = |key: &str, reason: &str| json!({ "input": { "idempotencyKey": key, "socialWorkerId": worker["id"], "reason": reason } });
    let silent = refused(&house, &civil(), END, end("key-00000002", " ")).await;
    assert_eq!(silent, "REASON_LENGTH");
    let bare = refused(&house, &nobody(), END, end("key-00000002", "离职")).await;
    assert_eq!(bare, "UNAUTHENTICATED");
    for caller in [wang(), staff_elsewhere()] {
        let forbidden = refused(&house, &caller, END, end("key-00000002", "离职")).await;
        assert_eq!(forbidden, "FORBIDDEN");
    }
    let ended = data(house.run(&staff(), END, end("key-00000003", "离职")).await);
    let fitness = &ended["endSocialWorker"]["socialWorker"]["fitness"];
    assert_eq!(
        fitness,
        &json!({ "mayServe": false, "refusal": "WORKER_INACTIVE" })
    );
    let replayed = data(house.run(&staff(), END, end("key-00000003", "离职")).await);
    assert_eq!(replayed, ended);
    let twice = refused(&house, &staff(), END, end("key-00000004", "离职")).await;
    assert_eq!(twice, "WORKER_INACTIVE");
    // Others hear once that there is one more, and once that there is one less.
    let told = "SELECT string_agg(data->>'state', ', ' ORDER BY sequence) FROM kit.outbox
        WHERE subject = 'socialwork.social_worker.moved'";
    let states: String = sqlx::query_scalar(told)
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(states, "ACTIVE, ENDED");
}

#[tokio::test]
async fn lists_those_who_serve_where_the_caller_is() {
    let house = House::open().await;
    house.dispatched(WANG, "key-00000001").await;
    let there = with(
        dispatched(LI, "key-00000002"),
        "communityIds",
        json!([community_id(THERE)]),
    );
    data(house.run(&civil(), REGISTER, there).await);
    let count = async |caller: Caller, variables: Value| {
        let seen = data(house.run(&caller, LIST, variables).await);
        seen["socialWorkers"]["nodes"].as_array().unwrap().len()
    };
    assert_eq!(count(civil(), json!({})).await, 2);
    assert_eq!(count(auditor(), json!({})).await, 2);
    assert_eq!(count(staff(), json!({})).await, 1);
    assert_eq!(count(elder(), json!({})).await, 1);
    assert_eq!(count(nobody(), json!({})).await, 0);
    assert_eq!(
        count(civil(), json!({ "community": community_id(THERE) })).await,
        1
    );
    assert_eq!(count(civil(), json!({ "source": "QUALIFIED" })).await, 0);
    let mut manager = caller(Role::OrgManager, ELSEWHERE);
    manager.actor.organization_id = Some(AGENCY);
    assert_eq!(count(manager, json!({})).await, 2);
    let first =
        data(house.run(&civil(), LIST, json!({ "first": 1 })).await)["socialWorkers"].clone();
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = json!({ "first": 1, "after": first["pageInfo"]["endCursor"] });
    let second = data(house.run(&civil(), LIST, after).await)["socialWorkers"].clone();
    assert_ne!(first["nodes"], second["nodes"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    let garbage = refused(&house, &civil(), LIST, json!({ "after": "garbage" })).await;
    assert_eq!(garbage, "CURSOR_MALFORMED");
}

#[tokio::test]
async fn an_entry_of_another_division_is_not_there() {
    let house = House::open().await;
    let worker = house.dispatched(WANG, "key-00000001").await;
    let one = json!({ "id": worker["id"] });
    assert_eq!(
        data(house.run(&staff(), ONE, one.clone()).await)["socialWorker"]["id"],
        worker["id"]
    );
    let elsewhere = data(
        house
            .run(&caller(Role::Resident, ELSEWHERE), ONE, one.clone())
            .await,
    );
    assert_eq!(elsewhere["socialWorker"], Value::Null);
    assert_eq!(
        data(house.run(&nobody(), ONE, one).await)["socialWorker"],
        Value::Null
    );
    let neighbour = caller(Role::Resident, COMMUNITY);
    let entity = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on SocialWorker { id source } } }";
    let r = json!({ "r": [{ "__typename": "SocialWorker", "id": worker["id"] }] });
    let found = data(house.run(&neighbour, entity, r).await);
    assert_eq!(found["_entities"][0]["source"], "DISPATCHED");
}
