//! The same key is answered the same while the peers are down.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    casework::{Desk, mutation, opening},
    graphql_agency::{applying, manager},
    graphql_course::{announced, placing},
    graphql_studio::founding,
    graphql_undertaking::{joining, starting},
    peers::{ELDER, LI, WANG},
    support::{
        EXAM, House, PLACE, REGISTER, TRAINING, VOLUNTEER, civil, dispatched, elder, place,
        resident_id, staff, staff_elsewhere, volunteer, wang,
    },
};

async fn answered_again(house: &House, who: &Caller, query: &str, input: Value) {
    let first = data(house.run(who, query, input.clone()).await);
    let again = house.run_alone(who, query, input.clone()).await;
    assert_eq!(again["data"], first, "{again:#}");
    let mut other = input;
    other["input"]["idempotencyKey"] = json!("another-key-01");
    let refused = house.run_alone(who, query, other).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAVAILABLE");
}

#[tokio::test]
async fn a_repeated_call_is_answered_while_peers_are_down() {
    let house = House::open().await;
    answered_again(&house, &civil(), REGISTER, dispatched(WANG, "key-00000001")).await;
    answered_again(&house, &staff(), VOLUNTEER, volunteer(LI, "key-00000002")).await;
    let hours = json!({ "input": { "idempotencyKey": "key-00000003",
        "residentId": resident_id(ELDER), "course": "照护", "hours": 8, "on": "2026-02-01" } });
    answered_again(&house, &civil(), TRAINING, hours).await;
    let exam = json!({ "input": { "idempotencyKey": "key-00000004",
        "residentId": resident_id(ELDER), "passed": true, "score": 80, "on": "2026-02-01" } });
    answered_again(&house, &civil(), EXAM, exam).await;
    let one = house.volunteer(WANG, "key-00000005").await;
    answered_again(&house, &wang(), PLACE, place(&one, "key-00000006")).await;
}

#[tokio::test]
async fn an_answer_is_not_told_again_to_whoever_lost_the_permission() {
    let house = House::open().await;
    let input = volunteer(LI, "key-00000001");
    data(house.run(&staff(), VOLUNTEER, input.clone()).await);
    let mut moved = staff();
    moved.actor.division = staff_elsewhere().actor.division;
    let refused = house.run_alone(&moved, VOLUNTEER, input).await;
    assert_eq!(reason(&refused), "FORBIDDEN");
}

#[tokio::test]
async fn work_with_residents_is_answered_again_while_peers_are_down() {
    let desk = Desk::open().await;
    let group = desk
        .done(
            &desk.worker(),
            "startUndertaking",
            starting("GROUP"),
            "undertaking { id }",
        )
        .await["undertaking"]
        .clone();
    let course = announced(&desk, "POPULAR").await;
    let glass = json!({ "residentId": resident_id(ELDER), "reason": "报警" });
    for (who, name, input, seen) in [
        (
            desk.worker(),
            "openCase",
            opening(&desk.wang),
            "case { id phase }",
        ),
        (staff(), "breakCaseGlass", glass, "cases { id }"),
        (staff(), "foundStudio", founding(), "studio { id }"),
        (manager(), "applyAgency", applying(), "agency { id }"),
        (
            elder(),
            "joinUndertaking",
            joining(&group, ELDER),
            "undertaking { members }",
        ),
        (
            elder(),
            "enrolInCourse",
            placing(&course, ELDER),
            "enrolment { state }",
        ),
    ] {
        let mut input = json!({ "input": input });
        input["input"]["idempotencyKey"] = json!(format!("again-{name}"));
        answered_again(&desk.house, &who, &mutation(name, seen), input).await;
    }
}
