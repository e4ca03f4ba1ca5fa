//! Visits through the real schema: SM-11, and what a settlement moves.

use chrono::TimeDelta;
use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    peers::{
        CHILD, COMMUNITY, EXPIRED_SOCIAL_WORKER, LI, NAMELESS_VOLUNTEER, SECOND_SOCIAL_WORKER,
        SOCIAL_WORKER, VOLUNTEER, WANG, WANG_VOLUNTEER, ZHAO,
    },
    support::{
        ASSIGN, House, PLACE, contractor, li, nobody, order, person, social_worker, staff,
        staff_elsewhere, volunteer, wang,
    },
};

#[tokio::test]
async fn a_volunteer_earns_what_the_elder_confirms() {
    let house = House::open().await;
    let visit = house.volunteer_earned("00000001").await;
    let account = house.account(&volunteer(), ZHAO).await;
    assert_eq!(account["balance"], 60);
    assert_eq!(
        account["entries"]["nodes"],
        json!([{ "kind": "EARN", "minutes": 60, "balanceAfter": 60, "ownerKind": "PERSON" }])
    );
    let settled: Value =
        sqlx::query_scalar("SELECT data FROM kit.outbox WHERE subject = 'eldercare.visit.settled'")
            .fetch_one(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(settled["minutes"], 60);
    assert_eq!(settled["worker_kind"], "VOLUNTEER");
    assert_eq!(settled["worker_id"], VOLUNTEER.to_string());
    assert_eq!(settled["elder_resident_id"], LI.to_string());
    assert_eq!(settled["division_code"], COMMUNITY);
    let again = house
        .step(&li(), "confirmVisit", &visit, json!({ "method": "APP" }))
        .await;
    assert_eq!(again["state"], "SETTLED", "the same key answers the same");
    assert_eq!(house.account(&volunteer(), ZHAO).await["balance"], 60);
}

#[tokio::test]
async fn a_social_worker_settles_with_a_share_and_without_the_hour() {
    let house = House::open().await;
    let order = house.ordered(WANG, "order-000001").await;
    assert_eq!(
        (&order["tier"], &order["copay"]),
        (&json!("FREE"), &json!(0))
    );
    let visit = house
        .assigned(&order, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00001")
        .await;
    house.served(&social_worker(), &visit).await;
    let done = house
        .step(
            &staff(),
            "confirmVisit",
            &visit,
            json!({ "method": "PHONE" }),
        )
        .await;
    assert_eq!(
        (&done["state"], &done["minutes"]),
        (&json!("SETTLED"), &json!(60))
    );
    // A share for those who provide, and not the hour that a volunteer would earn.
    let kinds: Vec<(String, i64)> = sqlx::query_as(
        "SELECT e.kind, p.minutes FROM journal_entries e JOIN postings p ON p.entry_id = e.id
         ORDER BY p.minutes",
    )
    .fetch_all(&house.service.db.owner)
    .await
    .unwrap();
    let shares = [-12, 6, 6].map(|minutes| ("PROVIDE".to_owned(), minutes));
    assert_eq!(kinds, shares);
}

#[tokio::test]
async fn nobody_confirms_their_own_visit_with_another_login() {
    let house = House::open().await;
    crate::graphql_credit::relate(&house, ZHAO, LI).await;
    let order = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    house.served(&volunteer(), &visit).await;
    // The volunteer as a relative, and as staff: neither login names the volunteer.
    let relative = testkit::service::resident(ZHAO, COMMUNITY);
    let mut colleague = staff();
    colleague.actor.resident_id = Some(ZHAO);
    for (who, method) in [(relative, "FAMILY"), (colleague, "FAMILY")] {
        let refused = house
            .step(&who, "confirmVisit", &visit, json!({ "method": method }))
            .await;
        assert_eq!(reason(&refused), "VISIT_SELF_CONFIRMED", "{refused:#}");
    }
    assert!(house.account(&volunteer(), ZHAO).await.is_null());
}

#[tokio::test]
async fn an_elder_pays_with_minutes_that_go_to_the_pool() {
    let house = House::open().await;
    house.endow(LI, 90).await;
    let mut paid = order(LI, "order-000001");
    paid["input"]["payWithMinutes"] = json!(true);
    let placed = data(house.run(&li(), PLACE, paid).await)["placeOrder"]["order"].clone();
    assert_eq!(
        (&placed["copay"], &placed["creditValue"]),
        (&json!(0), &json!(2000))
    );
    let account = house.account(&li(), LI).await;
    assert_eq!(
        (&account["balance"], &account["held"]),
        (&json!(90), &json!(60))
    );
    let visit = house
        .assigned(&placed, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00001")
        .await;
    house.served(&social_worker(), &visit).await;
    house
        .step(&li(), "confirmVisit", &visit, json!({ "method": "APP" }))
        .await;
    let account = house.account(&li(), LI).await;
    assert_eq!(
        (&account["balance"], &account["held"]),
        (&json!(30), &json!(0))
    );
    let pool = house
        .run(&nobody(), "{ creditPool { balance } }", json!({}))
        .await;
    assert_eq!(data(pool)["creditPool"]["balance"], 60);
}

#[tokio::test]
async fn only_the_assigned_worker_performs_a_visit() {
    let house = House::open().await;
    let order = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let none = json!({});
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (staff(), "FORBIDDEN"),
        (li(), "FORBIDDEN"),
        (social_worker(), "VISIT_NOT_FOUND"),
    ] {
        for step in ["acceptVisit", "startTravel"] {
            let refused = house.step(&who, step, &visit, none.clone()).await;
            assert_eq!(reason(&refused), why, "{step} by {}", who.actor.subject);
        }
        let refused = house
            .step(&who, "checkIn", &visit, json!({ "method": "TOKEN" }))
            .await;
        assert_eq!(reason(&refused), why);
        let refused = house
            .step(&who, "checkOut", &visit, json!({ "tasks": [] }))
            .await;
        assert_eq!(reason(&refused), why);
    }
}

#[tokio::test]
async fn steps_come_in_order() {
    let house = House::open().await;
    let order = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let who = volunteer();
    let refused = house
        .step(&who, "checkIn", &visit, json!({ "method": "TOKEN" }))
        .await;
    assert_eq!(reason(&refused), "VISIT_STATE");
    let refused = house
        .step(&li(), "confirmVisit", &visit, json!({ "method": "APP" }))
        .await;
    assert_eq!(reason(&refused), "VISIT_STATE");
    let accepted = house.step(&who, "acceptVisit", &visit, json!({})).await;
    assert_eq!(accepted["state"], "ACCEPTED");
    let travelling = house.step(&who, "startTravel", &visit, json!({})).await;
    assert_eq!(travelling["state"], "EN_ROUTE");
    let refused = house
        .step(
            &who,
            "checkIn",
            &visit,
            json!({ "method": "GPS", "idempotencyKey": "gps-00001" }),
        )
        .await;
    assert_eq!(
        refused["errors"][0]["extensions"]["field"],
        "input.location"
    );
    house.service.clock.advance(TimeDelta::hours(1));
    let place = json!({ "method": "GPS", "location": { "latitude": 45.75, "longitude": 126.65 } });
    let inside = house.step(&who, "checkIn", &visit, place).await;
    assert_eq!(inside["state"], "CHECKED_IN");
    let refused = house
        .step(&who, "checkOut", &visit, json!({ "tasks": [] }))
        .await;
    assert_eq!(reason(&refused), "VISIT_ACTUAL_ORDER", "no time has passed");
}

#[tokio::test]
async fn refuses_a_check_in_long_before_the_plan() {
    let house = House::open().await;
    let order = house.ordered(LI, "order-000001").await;
    let mut plan = house.assign(&order, "VOLUNTEER", VOLUNTEER, "assign-00001");
    let now = house.service.core.clock.now();
    plan["input"]["plannedStart"] = json!(now + TimeDelta::hours(5));
    plan["input"]["plannedEnd"] = json!(now + TimeDelta::hours(6));
    let visit = data(house.run(&staff(), ASSIGN, plan).await)["assignVisit"]["visit"].clone();
    house
        .step(&volunteer(), "acceptVisit", &visit, json!({}))
        .await;
    let refused = house
        .step(
            &volunteer(),
            "checkIn",
            &visit,
            json!({ "method": "PHONE" }),
        )
        .await;
    assert_eq!(reason(&refused), "CHECK_IN_TOO_EARLY");
}

#[tokio::test]
async fn only_the_elder_a_relative_or_staff_confirm() {
    let house = House::open().await;
    let order = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    house.served(&volunteer(), &visit).await;
    let mut both = volunteer();
    both.actor.roles.insert(kit::auth::Role::CommunityStaff);
    both.actor.subject = "worker-and-staff".into();
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (volunteer(), "FORBIDDEN"),
        (both, "FORBIDDEN"),
        (wang(), "VISIT_NOT_FOUND"),
        (staff_elsewhere(), "VISIT_NOT_FOUND"),
    ] {
        let refused = house
            .step(&who, "confirmVisit", &visit, json!({ "method": "PHONE" }))
            .await;
        assert_eq!(reason(&refused), why, "{}", who.actor.subject);
    }
    let refused = house
        .step(&staff(), "confirmVisit", &visit, json!({ "method": "APP" }))
        .await;
    assert_eq!(reason(&refused), "CONFIRM_METHOD_MISMATCH");

    let child = testkit::service::resident(CHILD, COMMUNITY);
    let family = json!({ "method": "FAMILY" });
    let refused = house
        .step(&child, "confirmVisit", &visit, family.clone())
        .await;
    assert_eq!(reason(&refused), "VISIT_NOT_FOUND");
    let relation = "mutation($input: RegisterRelationInput!) {
        registerRelation(input: $input) { relation { relation } } }";
    let input = json!({ "input": {
        "idempotencyKey": "relation-0001", "residentId": person(LI),
        "relativeResidentId": person(CHILD), "relation": "CHILD", "evidence": "户口簿",
    } });
    data(house.run(&staff(), relation, input).await);
    let done = house.step(&child, "confirmVisit", &visit, family).await;
    assert_eq!(
        (&done["state"], &done["confirmMethod"]),
        (&json!("SETTLED"), &json!("FAMILY"))
    );
}

#[tokio::test]
async fn refuses_those_who_may_not_assign_and_those_who_may_not_serve() {
    let house = House::open().await;
    let order = house.ordered(WANG, "order-000001").await;
    let plan = house.assign(&order, "VOLUNTEER", VOLUNTEER, "assign-00001");
    let mut other_contractor = contractor();
    other_contractor.actor.organization_id = Some(WANG);
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (wang(), "FORBIDDEN"),
        (volunteer(), "ORDER_NOT_FOUND"),
        (staff_elsewhere(), "ORDER_NOT_FOUND"),
        (other_contractor, "ORDER_NOT_FOUND"),
    ] {
        assert_eq!(reason(&house.run(&who, ASSIGN, plan.clone()).await), why);
    }
    for (kind, worker, why) in [
        (
            "SOCIAL_WORKER",
            EXPIRED_SOCIAL_WORKER,
            "REGISTRATION_EXPIRED",
        ),
        ("VOLUNTEER", NAMELESS_VOLUNTEER, "VISIT_VOLUNTEER_PERSON"),
        ("VOLUNTEER", WANG_VOLUNTEER, "VISIT_TO_SELF"),
    ] {
        let plan = house.assign(&order, kind, worker, "assign-00002");
        let refused = house.run(&staff(), ASSIGN, plan).await;
        assert_eq!(reason(&refused), why);
        assert_eq!(
            refused["errors"][0]["extensions"]["field"],
            "input.workerId"
        );
    }
    let mut backwards = plan.clone();
    backwards["input"]["plannedEnd"] = backwards["input"]["plannedStart"].clone();
    assert_eq!(
        reason(&house.run(&staff(), ASSIGN, backwards).await),
        "PLANNED_RANGE"
    );
    let mut wrong_register = plan.clone();
    wrong_register["input"]["workerKind"] = json!("SOCIAL_WORKER");
    let refused = house.run(&staff(), ASSIGN, wrong_register).await;
    assert_eq!(reason(&refused), "GLOBAL_ID_WRONG_KIND");
    data(house.run(&contractor(), ASSIGN, plan).await);
}

#[tokio::test]
async fn nobody_is_planned_into_two_homes_at_once() {
    let house = House::open().await;
    let (one, two) = (
        house.ordered(LI, "order-000001").await,
        house.ordered(WANG, "order-000002").await,
    );
    house
        .assigned(&one, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let plan = house.assign(&two, "VOLUNTEER", VOLUNTEER, "assign-00002");
    let refused = house.run(&staff(), ASSIGN, plan.clone()).await;
    assert_eq!(reason(&refused), "WORKER_PLANNED_OVERLAP");
    let other = house.assign(&two, "SOCIAL_WORKER", SECOND_SOCIAL_WORKER, "assign-00003");
    data(house.run(&staff(), ASSIGN, other.clone()).await);
    let replayed = data(house.run(&staff(), ASSIGN, other).await);
    assert_eq!(replayed["assignVisit"]["visit"]["state"], "ASSIGNED");
    let third = house.assign(&two, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00004");
    assert_eq!(
        reason(&house.run(&staff(), ASSIGN, third).await),
        "ORDER_STATE"
    );
}

#[tokio::test]
async fn nobody_is_in_two_homes_at_once() {
    let house = House::open().await;
    let first = house.ordered(LI, "order-000001").await;
    let first = house
        .assigned(&first, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let second = house.ordered(WANG, "order-000002").await;
    let mut plan = house.assign(&second, "VOLUNTEER", VOLUNTEER, "assign-00002");
    let now = house.service.core.clock.now();
    plan["input"]["plannedStart"] = json!(now + TimeDelta::hours(2));
    plan["input"]["plannedEnd"] = json!(now + TimeDelta::hours(3));
    let second = data(house.run(&staff(), ASSIGN, plan).await)["assignVisit"]["visit"].clone();
    let who = volunteer();
    for visit in [&first, &second] {
        house
            .step(
                &who,
                "acceptVisit",
                visit,
                json!({ "idempotencyKey": visit["id"] }),
            )
            .await;
    }
    house.service.clock.advance(TimeDelta::hours(1));
    let inside = house
        .step(&who, "checkIn", &first, json!({ "method": "TOKEN" }))
        .await;
    assert_eq!(inside["state"], "CHECKED_IN");
    let elsewhere = json!({ "method": "TOKEN", "idempotencyKey": "second-check-in" });
    let refused = house.step(&who, "checkIn", &second, elsewhere).await;
    assert_eq!(reason(&refused), "WORKER_ACTUAL_OVERLAP");
}

#[tokio::test]
async fn an_order_whose_visit_came_to_nothing_is_assigned_again() {
    let house = House::open().await;
    let order = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let why = json!({ "reason": "志愿者生病" });
    let refused = house
        .step(&wang(), "refuseVisit", &visit, why.clone())
        .await;
    assert_eq!(reason(&refused), "VISIT_NOT_FOUND");
    let refused = house
        .step(&nobody(), "refuseVisit", &visit, why.clone())
        .await;
    assert_eq!(reason(&refused), "UNAUTHENTICATED");
    let ended = house.step(&volunteer(), "refuseVisit", &visit, why).await;
    assert_eq!(
        (&ended["state"], &ended["endReason"]),
        (&json!("REFUSED"), &json!("志愿者生病"))
    );
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00002")
        .await;
    let why = json!({ "reason": "老人不在家" });
    let refused = house
        .step(&staff(), "recordNoShow", &visit, why.clone())
        .await;
    assert_eq!(reason(&refused), "NO_SHOW_TOO_EARLY");
    let refused = house.step(&li(), "recordNoShow", &visit, why.clone()).await;
    assert_eq!(reason(&refused), "FORBIDDEN");
    house.service.clock.advance(TimeDelta::hours(1));
    let ended = house.step(&staff(), "recordNoShow", &visit, why).await;
    assert_eq!(ended["state"], "NO_SHOW", "{ended}");
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00003")
        .await;
    assert_eq!(visit["state"], "ASSIGNED");
}

#[tokio::test]
async fn everybody_sees_their_own_visits_and_staff_those_of_their_division() {
    let house = House::open().await;
    let order = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&order, "VOLUNTEER", VOLUNTEER, "assign-00001")
        .await;
    let list = "{ visits { nodes { id } } }";
    let one =
        "query($id: ID!) { visit(id: $id) { id resident { id } volunteer { id } order { id } } }";
    for (who, seen) in [
        (li(), true),
        (volunteer(), true),
        (staff(), true),
        (contractor(), true),
        (crate::support::auditor(), true),
        (wang(), false),
        (social_worker(), false),
        (staff_elsewhere(), false),
        (nobody(), false),
    ] {
        let found = data(house.run(&who, list, json!({})).await);
        let count = found["visits"]["nodes"].as_array().unwrap().len();
        assert_eq!(count == 1, seen, "{}", who.actor.subject);
        let found = data(house.run(&who, one, json!({ "id": visit["id"] })).await);
        assert_eq!(!found["visit"].is_null(), seen, "{}", who.actor.subject);
    }
}
