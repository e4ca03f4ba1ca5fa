//! Incubations from application to graduation or end, through the real schema.

use serde_json::{Value, json};

use crate::{
    graphql_capability::{CERTIFY, certify},
    steps::{
        STATE, adviser, community_centre, done, growth, incubating, no, no_at, opened, screened,
        seen, sheet, signed,
    },
    support::{House, WANG, community_staff, manager, nobody, registrar, resident},
};

fn session(one: &Value, kind: &str) -> Value {
    json!({ "incubateeId": one, "kind": kind, "heldOn": "2026-03-02", "minutes": 90,
        "attendees": 12, "topic": "项目设计", "evidence": "签到表与照片" })
}

#[tokio::test]
async fn an_organisation_goes_from_application_to_graduation() {
    let house = House::open().await;
    let (centre, operator) = opened(&house).await;
    let body = house.registered(0).await;
    let one = incubating(&house, &centre, &body).await;
    let which = json!({ "incubateeId": one });
    let runs = manager(&operator);
    let select = "incubatee { sessions { id kind basic confirmation { rating } } }";
    let made = done(
        &house,
        &runs,
        "recordIncubationSession",
        session(&one, "TRAINING"),
        select,
    )
    .await;
    let held = made["incubatee"]["sessions"][0]["id"].clone();
    let confirm = json!({ "sessionId": held, "rating": 5, "remark": "很有帮助" });
    let select = "incubatee { services { kind basic times minutes }
        sessions { confirmation { rating } } }";
    let mine = manager(&body);
    // Who records does not confirm; here both are managers by another name.
    let mut by_another = mine.clone();
    by_another.actor.subject = "another-manager".into();
    let made = done(
        &house,
        &by_another,
        "confirmSession",
        confirm.clone(),
        select,
    )
    .await;
    assert_eq!(
        made["incubatee"]["services"][0],
        json!({ "kind": "TRAINING", "basic": true, "times": 1, "minutes": 90 })
    );
    assert_eq!(made["incubatee"]["services"].as_array().unwrap().len(), 7);
    let again = no(&house, &by_another, "confirmSession", confirm).await;
    assert_eq!(again, "SESSION_CONFIRMED");

    done(&house, &runs, "advanceStage", which.clone(), STATE).await;
    let refused = no(&house, &runs, "advanceStage", which.clone()).await;
    assert_eq!(refused, "MIDTERM_MISSING");
    let midterm = growth(&one, "MIDTERM", 60);
    done(&house, &runs, "scoreGrowth", midterm, STATE).await;
    done(&house, &runs, "advanceStage", which.clone(), STATE).await;
    let staff = community_staff();
    let refused = no(&house, &staff, "graduateIncubatee", which.clone()).await;
    assert_eq!(refused, "GROWTH_BELOW");
    let last = growth(&one, "FINAL", 70);
    done(&house, &runs, "scoreGrowth", last, STATE).await;
    let select = "incubatee { state stage graduatedOn reviewTotal priorityPoints
        growthScores { kind score stage } history { to } }";
    let made = done(&house, &staff, "graduateIncubatee", which.clone(), select).await;
    let one = &made["incubatee"];
    assert_eq!(
        (&one["state"], &one["stage"], &one["graduatedOn"]),
        (&json!("GRADUATED"), &json!("GROWTH"), &json!("2026-03-02"))
    );
    assert_eq!(
        (&one["reviewTotal"], &one["priorityPoints"]),
        (&json!(80), &json!(10))
    );
    assert_eq!(
        one["history"],
        json!([{ "to": "SCREENED" }, { "to": "REVIEWED" }, { "to": "AGREEMENT" },
            { "to": "INCUBATING" }, { "to": "GRADUATED" }])
    );
    let made = done(&house, &staff, "trackIncubatee", which, STATE).await;
    assert_eq!(made["incubatee"]["state"], "TRACKED");
}

#[tokio::test]
async fn an_organisation_is_incubated_once_unless_it_came_to_nothing() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let one = screened(&house, &centre, &body).await;
    let mine = manager(&body);
    let apply = json!({ "organizationId": body["id"], "centreId": centre, "goal": "再次申请" });
    let refused = no(&house, &mine, "applyForIncubation", apply.clone()).await;
    assert_eq!(refused, "INCUBATION_OF_ORGANIZATION");
    let which = json!({ "incubateeId": one });
    done(&house, &mine, "withdrawApplication", which, STATE).await;
    done(&house, &mine, "applyForIncubation", apply, STATE).await;
}

#[tokio::test]
async fn too_few_reviews_and_low_ones_do_not_pass() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let one = screened(&house, &centre, &body).await;
    let which = json!({ "incubateeId": one });
    for n in 0..3 {
        let refused = no(&house, &community_staff(), "concludeReview", which.clone()).await;
        assert_eq!(refused, "REVIEWS_MISSING");
        let adviser = adviser(&house, n, None).await;
        let given = sheet(&one, &adviser, 49);
        done(
            &house,
            &registrar(),
            "reviewIncubatee",
            given.clone(),
            STATE,
        )
        .await;
        let refused = no(&house, &registrar(), "reviewIncubatee", given).await;
        assert_eq!(refused, "REVIEWED_ONCE");
    }
    let select = "incubatee { state reviewTotal reviews { score } history { to reason } }";
    let made = done(&house, &community_staff(), "concludeReview", which, select).await;
    // 49, and 10 for its kind: one below the mark.
    assert_eq!(made["incubatee"]["state"], "REJECTED");
    assert_eq!(made["incubatee"]["reviewTotal"], 59);
    assert_eq!(made["incubatee"]["reviews"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn nobody_of_the_house_reviews() {
    let house = House::open().await;
    let (centre, operator) = opened(&house).await;
    community_centre(&house, 1).await;
    let body = house.registered(0).await;
    let one = screened(&house, &centre, &body).await;
    let keeps = seen(
        &house,
        &nobody(),
        "serviceCentres { nodes { organization { id } } }",
    )
    .await;
    let keeps = keeps["serviceCentres"]["nodes"][0]["organization"].clone();
    for (n, employer) in [&body, &operator, &keeps].into_iter().enumerate() {
        let adviser = adviser(&house, n, Some(employer)).await;
        let given = sheet(&one, &adviser, 90);
        let refused = no_at(&house, &registrar(), "reviewIncubatee", given).await;
        assert_eq!(
            refused,
            ("REVIEWER_CONFLICT".into(), "input.adviserId".into())
        );
    }
    // 王 is one of the applicant's own people.
    let new = json!({ "residentId": resident(WANG), "divisionCode": "230103000000",
        "expertise": "LAW", "qualification": "律师" });
    let made = done(&house, &registrar(), "enrolAdviser", new, "adviser { id }").await;
    let given = sheet(&one, &made["adviser"]["id"], 90);
    let refused = no(&house, &registrar(), "reviewIncubatee", given).await;
    assert_eq!(refused, "REVIEWER_CONFLICT");
}

#[tokio::test]
async fn one_that_ends_hands_its_room_over_in_fifteen_working_days() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let one = incubating(&house, &centre, &body).await;
    let staff = community_staff();
    let end = json!({ "incubateeId": one, "reason": "长期未开展活动" });
    let select = "incubatee { state endedOn vacateDue overdue }";
    let made = done(&house, &staff, "terminateIncubation", end, select).await;
    assert_eq!(
        made["incubatee"],
        json!({ "state": "TERMINATED", "endedOn": "2026-03-02", "vacateDue": "2026-03-23",
            "overdue": false })
    );
    let late = "incubatees(filter: { overdue: true }) { nodes { id } }";
    let clock = &house.service.clock;
    clock.advance(chrono::TimeDelta::days(21));
    assert_eq!(
        seen(&house, &staff, late).await["incubatees"]["nodes"],
        json!([])
    );
    clock.advance(chrono::TimeDelta::days(1));
    let found = seen(&house, &staff, late).await;
    assert_eq!(found["incubatees"]["nodes"], json!([{ "id": one }]));
    let which = json!({ "incubateeId": one });
    let made = done(
        &house,
        &staff,
        "confirmVacated",
        which,
        "incubatee { state vacatedOn }",
    )
    .await;
    assert_eq!(
        made["incubatee"],
        json!({ "state": "VACATED", "vacatedOn": "2026-03-24" })
    );
}

#[tokio::test]
async fn an_agreement_is_extended_once_and_within_the_term() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let one = incubating(&house, &centre, &body).await;
    let staff = community_staff();
    let extend = |to: &str| json!({ "incubateeId": one, "to": to, "reason": "项目未结束" });
    for to in ["2027-03-01", "2027-09-02"] {
        let refused = no_at(&house, &staff, "extendIncubation", extend(to)).await;
        assert_eq!(refused, ("EXTENSION_LIMIT".into(), "input.to".into()));
    }
    let select = "incubatee { state agreementTo extensions }";
    let made = done(
        &house,
        &staff,
        "extendIncubation",
        extend("2027-09-01"),
        select,
    )
    .await;
    assert_eq!(
        made["incubatee"],
        json!({ "state": "EXTENDED", "agreementTo": "2027-09-01", "extensions": 1 })
    );
    let refused = no(&house, &staff, "extendIncubation", extend("2027-12-01")).await;
    assert_eq!(refused, "EXTENSION_LIMIT");
}

#[tokio::test]
async fn refuses_what_is_out_of_its_time_or_its_limits() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    let staff = community_staff();
    let apply = json!({ "organizationId": body["id"], "centreId": centre, "goal": " " });
    let refused = no_at(&house, &manager(&body), "applyForIncubation", apply).await;
    assert_eq!(refused, ("TEXT_LENGTH".into(), "input.goal".into()));
    let one = signed(&house, &centre, &body).await;
    let early = session(&one, "TRAINING");
    let refused = no(&house, &staff, "recordIncubationSession", early).await;
    assert_eq!(refused, "NOT_INCUBATING");
    let which = json!({ "incubateeId": one });
    done(&house, &staff, "startIncubation", which.clone(), STATE).await;
    let refused = no(&house, &staff, "startIncubation", which).await;
    assert_eq!(refused, "STATE_MOVE");
    let with = |key: &str, value: Value| {
        let mut input = session(&one, "RESOURCES");
        input[key] = value;
        input
    };
    for (input, expected) in [
        (
            with("heldOn", json!("2026-03-01")),
            ("DAY_OUTSIDE_INCUBATION", "input.heldOn"),
        ),
        (
            with("heldOn", json!("2026-03-03")),
            ("DAY_OUTSIDE_INCUBATION", "input.heldOn"),
        ),
        (
            with("minutes", json!(1441)),
            ("NUMBER_RANGE", "input.minutes"),
        ),
        (
            with("attendees", json!(0)),
            ("NUMBER_RANGE", "input.attendees"),
        ),
        (
            with("evidence", json!("")),
            ("TEXT_LENGTH", "input.evidence"),
        ),
    ] {
        let (reason, at) = no_at(&house, &staff, "recordIncubationSession", input).await;
        assert_eq!((reason.as_str(), at.as_str()), expected);
    }
    let (reason, at) = no_at(&house, &staff, "scoreGrowth", growth(&one, "FINAL", 101)).await;
    assert_eq!(
        (reason.as_str(), at.as_str()),
        ("NUMBER_RANGE", "input.score")
    );
}

#[tokio::test]
async fn a_centre_shows_how_many_organisations_take_elder_care() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let body = house.registered(0).await;
    incubating(&house, &centre, &body).await;
    let query = format!(
        "incubationCentre(id: {centre}) {{ elderCareTarget {{ reached least met source }} }}"
    );
    let found = seen(&house, &nobody(), &query).await;
    let target = &found["incubationCentre"]["elderCareTarget"];
    assert_eq!(
        (&target["reached"], &target["met"]),
        (&json!(0), &json!(false))
    );
    let input = certify(&body, "key-certify-01", "2026-03-01", "2027-02-28");
    testkit::service::data(house.run(&registrar(), CERTIFY, input).await);
    let found = seen(&house, &nobody(), &query).await;
    let target = &found["incubationCentre"]["elderCareTarget"];
    assert_eq!(
        (&target["reached"], &target["met"]),
        (&json!(1), &json!(true))
    );
}

#[tokio::test]
async fn an_incubation_is_seen_by_its_own_the_operator_and_the_place() {
    let house = House::open().await;
    let (centre, operator) = opened(&house).await;
    let (body, other) = (house.registered(0).await, house.registered(1).await);
    let one = screened(&house, &centre, &body).await;
    let by_id = format!("incubatee(id: {one}) {{ id }}");
    let list = "incubatees { nodes { id } }";
    for (who, expected) in [
        (manager(&body), true),
        (manager(&operator), true),
        (community_staff(), true),
        (manager(&other), false),
        (nobody(), false),
    ] {
        let found = seen(&house, &who, &by_id).await;
        assert_eq!(!found["incubatee"].is_null(), expected, "{:?}", who.actor);
        let found = seen(&house, &who, list).await;
        let nodes = found["incubatees"]["nodes"].as_array().unwrap();
        assert_eq!(!nodes.is_empty(), expected, "{:?}", who.actor);
    }
    // The operator works and does not decide; reviews are not for the applicant.
    let which = json!({ "incubateeId": one });
    let refused = no(&house, &manager(&operator), "concludeReview", which).await;
    assert_eq!(refused, "FORBIDDEN");
    let reviews = format!("incubatee(id: {one}) {{ reviews {{ score }} }}");
    let found = seen(&house, &manager(&body), &reviews).await;
    assert!(found["incubatee"]["reviews"].is_null());
}
