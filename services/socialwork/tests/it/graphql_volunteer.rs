//! Volunteers through the real schema.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{DEAD, HERE, LI, TEEN, UNVERIFIED, WANG},
    support::{
        House, TRAIN, VOLUNTEER, auditor, civil, community_id, elder, li, nobody, resident_id,
        staff, staff_elsewhere, volunteer, wang,
    },
};

const UPDATE: &str = "mutation($input: UpdateVolunteerInput!) {
    updateVolunteer(input: $input) { volunteer {
        skills insuredUntil guardianConsent active version fitness { mayServe refusal } } } }";
const LIST: &str = "query($community: ID, $skill: String, $active: Boolean, $first: Int) {
    volunteers(communityId: $community, skill: $skill, active: $active, first: $first) {
        nodes { id } } }";
const ONE: &str = "query($id: ID!, $on: Date) {
    volunteer(id: $id) { id minutes fitness(on: $on) { mayServe refusal } } }";

async fn refused(house: &House, caller: &Caller, query: &str, input: Value) -> String {
    reason(&house.run(caller, query, input).await)
}

fn update(volunteer: &Value, key: &str, field: &str, value: Value) -> Value {
    let mut input = json!({ "input": { "idempotencyKey": key, "volunteerId": volunteer["id"] } });
    input["input"][field] = value;
    input
}

#[tokio::test]
async fn a_resident_volunteers_and_serves_once_trained() {
    let house = House::open().await;
    let answer = data(
        house
            .run(&wang(), VOLUNTEER, volunteer(WANG, "key-00000001"))
            .await,
    );
    let one = &answer["registerVolunteer"]["volunteer"];
    assert_eq!(one["community"]["id"], community_id(HERE));
    assert_eq!(one["demo"], true);
    assert_eq!(
        one["fitness"],
        json!({ "mayServe": false, "refusal": "VOLUNTEER_NOT_TRAINED" })
    );
    let trained = house.train(one, "key-00000002").await;
    assert_eq!(trained["trained"], true);
    assert_eq!(
        trained["trainings"],
        json!([{ "topic": "上门服务礼仪", "on": "2026-03-01" }])
    );
    assert_eq!(
        trained["fitness"],
        json!({ "mayServe": true, "refusal": null })
    );
    let later = json!({ "id": one["id"], "on": "2027-01-01" });
    let lapsed = data(house.run(&wang(), ONE, later).await);
    assert_eq!(
        lapsed["volunteer"]["fitness"]["refusal"],
        "VOLUNTEER_NOT_INSURED"
    );
}

#[tokio::test]
async fn a_minor_serves_only_with_consent() {
    let house = House::open().await;
    let teen = house.volunteer(TEEN, "key-00000001").await;
    let trained = house.train(&teen, "key-00000002").await;
    assert_eq!(trained["fitness"]["refusal"], "MINOR_WITHOUT_CONSENT");
    let consent = update(&teen, "key-00000003", "guardianConsent", json!(true));
    let done = data(house.run(&staff(), UPDATE, consent).await);
    assert_eq!(
        done["updateVolunteer"]["volunteer"]["fitness"]["mayServe"],
        true
    );
    assert_eq!(done["updateVolunteer"]["volunteer"]["version"], 2);
    // Two who edit do not undo each other, where they say what they saw.
    let mut stale = update(&teen, "key-00000004", "active", json!(false));
    stale["input"]["version"] = json!(1);
    let refused_at = house.run(&staff(), UPDATE, stale.clone()).await;
    assert_eq!(reason(&refused_at), "VERSION_CONFLICT");
    stale["input"]["version"] = json!(2);
    let done = data(house.run(&staff(), UPDATE, stale).await);
    assert_eq!(done["updateVolunteer"]["volunteer"]["version"], 3);
}

#[tokio::test]
async fn refuses_volunteers_who_cannot_be() {
    let house = House::open().await;
    let v = |person| volunteer(person, "key-00000001");
    assert_eq!(
        refused(&house, &staff(), VOLUNTEER, v(DEAD)).await,
        "RESIDENT_NOT_LIVING_HERE"
    );
    assert_eq!(
        refused(&house, &staff(), VOLUNTEER, v(UNVERIFIED)).await,
        "RESIDENT_NOT_VERIFIED"
    );
    let mut expired = v(WANG);
    expired["input"]["insuredUntil"] = json!("2026-03-01");
    assert_eq!(
        refused(&house, &staff(), VOLUNTEER, expired).await,
        "INSURANCE_EXPIRED"
    );
    let mut blank = v(WANG);
    blank["input"]["skills"] = json!([" "]);
    assert_eq!(
        refused(&house, &staff(), VOLUNTEER, blank).await,
        "SKILL_LENGTH"
    );
    assert_eq!(
        refused(&house, &nobody(), VOLUNTEER, v(WANG)).await,
        "UNAUTHENTICATED"
    );
    // Nobody is made a volunteer by a neighbour, or by staff from elsewhere.
    assert_eq!(
        refused(&house, &li(), VOLUNTEER, v(WANG)).await,
        "FORBIDDEN"
    );
    assert_eq!(
        refused(&house, &staff_elsewhere(), VOLUNTEER, v(WANG)).await,
        "FORBIDDEN"
    );
    assert_eq!(house.count("SELECT count(*) FROM volunteers").await, 0);
}

#[tokio::test]
async fn the_same_key_answers_the_same_and_nobody_registers_twice() {
    let house = House::open().await;
    let first = house.volunteer(WANG, "key-00000001").await;
    assert_eq!(house.volunteer(WANG, "key-00000001").await, first);
    let other = volunteer(LI, "key-00000001");
    assert_eq!(
        refused(&house, &staff(), VOLUNTEER, other).await,
        "IDEMPOTENCY_KEY_REUSED"
    );
    let again = volunteer(WANG, "key-00000002");
    assert_eq!(
        refused(&house, &staff(), VOLUNTEER, again).await,
        "VOLUNTEER_REGISTERED"
    );
}

#[tokio::test]
async fn only_staff_train_and_update() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    let train = |on: &str, topic: &str| {
        json!({ "input": { "idempotencyKey": "key-00000002", "volunteerId": one["id"],
            "topic": topic, "on": on } })
    };
    let change = || update(&one, "key-00000003", "insuredUntil", json!("2027-06-30"));
    for (query, input) in [(TRAIN, train("2026-03-01", "急救")), (UPDATE, change())] {
        assert_eq!(
            refused(&house, &nobody(), query, input.clone()).await,
            "UNAUTHENTICATED"
        );
        for caller in [wang(), li(), staff_elsewhere(), auditor()] {
            assert_eq!(
                refused(&house, &caller, query, input.clone()).await,
                "FORBIDDEN"
            );
        }
    }
    let early = refused(&house, &staff(), TRAIN, train("2026-03-03", "急救")).await;
    assert_eq!(early, "DATE_IN_FUTURE");
    assert_eq!(
        refused(&house, &staff(), TRAIN, train("2026-03-01", " ")).await,
        "TITLE_LENGTH"
    );
    let done = data(
        house
            .run(&staff(), TRAIN, train("2026-03-01", "急救"))
            .await,
    );
    let replay = data(
        house
            .run(&staff(), TRAIN, train("2026-03-01", "急救"))
            .await,
    );
    assert_eq!(done, replay);
    let mut twice = train("2026-03-01", "急救");
    twice["input"]["idempotencyKey"] = json!("key-00000009");
    assert_eq!(
        refused(&house, &staff(), TRAIN, twice).await,
        "VOLUNTEER_TRAINING_RECORDED"
    );
    let changed = data(house.run(&staff(), UPDATE, change()).await);
    assert_eq!(
        changed["updateVolunteer"]["volunteer"]["insuredUntil"],
        "2027-06-30"
    );
    assert_eq!(
        changed["updateVolunteer"]["volunteer"]["skills"],
        json!(["理发", "陪聊"])
    );
    assert_eq!(data(house.run(&staff(), UPDATE, change()).await), changed);
    let missing = json!({ "id": "dm9sdW50ZWVyOjAxOTJmMGMx" });
    assert_eq!(
        refused(&house, &staff(), ONE, missing).await,
        "ID_MALFORMED",
    );
    let gone = update(&one, "key-00000004", "active", json!(false));
    let gone = data(house.run(&staff(), UPDATE, gone).await);
    assert_eq!(
        gone["updateVolunteer"]["volunteer"]["fitness"]["refusal"],
        "WORKER_INACTIVE"
    );
}

#[tokio::test]
async fn who_volunteers_is_seen_only_by_those_concerned() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    house.volunteer(LI, "key-00000002").await;
    let count = async |caller: Caller, variables: Value| {
        let seen = data(house.run(&caller, LIST, variables).await);
        seen["volunteers"]["nodes"].as_array().unwrap().len()
    };
    assert_eq!(count(staff(), json!({})).await, 2);
    assert_eq!(
        count(civil(), json!({ "community": community_id(HERE) })).await,
        2
    );
    assert_eq!(
        count(civil(), json!({ "skill": "理发", "active": true })).await,
        2
    );
    assert_eq!(count(civil(), json!({ "skill": "开车" })).await, 0);
    assert_eq!(count(auditor(), json!({ "first": 1 })).await, 1);
    // Somebody sees themself, and no neighbour.
    assert_eq!(count(wang(), json!({})).await, 1);
    assert_eq!(count(elder(), json!({})).await, 0);
    assert_eq!(count(staff_elsewhere(), json!({})).await, 0);
    assert_eq!(count(nobody(), json!({})).await, 0);
    let id = json!({ "id": one["id"] });
    assert_eq!(
        data(house.run(&li(), ONE, id.clone()).await)["volunteer"],
        Value::Null
    );
    assert_eq!(
        data(house.run(&wang(), ONE, id).await)["volunteer"]["minutes"],
        0
    );
    let big = json!({ "first": 101 });
    assert_eq!(
        house.run(&staff(), LIST, big).await["errors"][0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );
    let wrong = json!({ "id": resident_id(WANG) });
    assert_eq!(
        refused(&house, &staff(), ONE, wrong).await,
        "GLOBAL_ID_WRONG_KIND"
    );
}
