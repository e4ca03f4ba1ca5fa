//! Study visits through the real schema: planned, confirmed by the host, made,
//! reported, adopted at home (A14).

use chrono::TimeDelta;
use communities::domain::pilot::PilotId;
use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::{caller, data};
use uuid::Uuid;

use crate::{
    ground::{city, county, done, drafted_pilot, only, told},
    peers::{COMMUNITY, ELSEWHERE},
    support::{House, nobody, staff, staff_elsewhere},
};

/// A pilot of another community in this state; how one comes so far is told by
/// `graphql_pilot`.
pub async fn pilot_elsewhere(house: &House, state: &str) -> Value {
    let input = json!({ "divisionCode": ELSEWHERE, "name": "河畔社区", "kind": "RESIDENTS",
        "households": 900, "population": 2400, "serviceAreaM2": 800 });
    done(
        house,
        &city(),
        "registerCommunity",
        &input,
        "community { id }",
    )
    .await;
    let id = Uuid::from_u128(0x99);
    house
        .sql(&format!(
            "ALTER TABLE pilots DISABLE TRIGGER USER;
             INSERT INTO pilots (id, community_id, division_code, reason, drafted_by, created_at, state, county_document,
                 recommended_by, batch, approval_document, approved_by, approved_at, note, updated_at)
             SELECT '{id}', id, division_code, 'x', 'x', '2026-03-01', '{state}', 'x',
                 'x', 1, 'x', 'y', '2026-03-01', 'x', '2026-03-01'
             FROM communities WHERE division_code = '{ELSEWHERE}';
             ALTER TABLE pilots ENABLE TRIGGER USER"
        ))
        .await;
    json!(kit::graph::global(PilotId::from_uuid(id)))
}

/// Staff of the community that receives.
pub fn host_staff() -> Caller {
    let mut one = staff_elsewhere();
    one.actor.subject = "host".into();
    one
}

pub fn people() -> Value {
    json!([{ "role": "COMMITTEE", "people": 3 }, { "role": "SOCIAL_WORKER", "people": 2 }])
}

/// A visit to a pilot, so many days from now.
pub fn near(house: &House, host: &Value, days: i64) -> Value {
    let starts = (house.service.core.clock.now() + TimeDelta::days(days)).date_naive();
    json!({ "divisionCode": COMMUNITY, "kind": "NEAR", "hostPilotId": host, "subject": "ELDER_CARE",
            "purpose": "学习居家养老服务站的运行", "startsOn": starts, "endsOn": starts + TimeDelta::days(1),
            "people": people() })
}

fn far() -> Value {
    json!({ "divisionCode": COMMUNITY, "kind": "FAR", "hostDivisionCode": "440304000000",
            "hostPlace": "广东省深圳市福田区莲花街道", "hostBody": "福田区民政局", "subject": "INCUBATION",
            "purpose": "学习社会组织孵化", "startsOn": "2026-03-02", "endsOn": "2026-03-04", "people": people() })
}

pub async fn planned(house: &House, input: &Value) -> Value {
    done(house, &staff(), "planStudyVisit", input, "visit { id }").await["id"].clone()
}

pub fn confirmation(visit: &Value) -> Value {
    json!({ "visitId": visit, "arrangement": "上午参观,下午座谈" })
}

pub fn noted(visit: &Value) -> Value {
    json!({ "visitId": visit, "note": "行程冲突" })
}

/// A visit is made today.
pub fn making(house: &House, visit: &Value) -> Value {
    let today = kernel::china_date(house.service.core.clock.now());
    json!({ "visitId": visit, "madeOn": today, "people": [{ "role": "COMMITTEE", "people": 2 }] })
}

pub fn measure(house: &House, title: &str, days: i64) -> Value {
    let due = kernel::china_date(house.service.core.clock.now()) + TimeDelta::days(days);
    json!({ "title": title, "owner": "社区居委会", "dueOn": due })
}

pub fn report(house: &House, visit: &Value) -> Value {
    json!({ "visitId": visit, "findings": "服务站由社会组织运营,居民满意", "document": "考察报告〔2026〕1号",
            "measures": [measure(house, "设长者食堂", 30), measure(house, "设助浴点", 60)] })
}

/// Planned for today, confirmed and made.
pub async fn made(house: &House, host: &Value) -> Value {
    let id = planned(house, &near(house, host, 0)).await;
    done(
        house,
        &host_staff(),
        "confirmStudyVisit",
        &confirmation(&id),
        "visit { id }",
    )
    .await;
    done(
        house,
        &staff(),
        "makeStudyVisit",
        &making(house, &id),
        "visit { id }",
    )
    .await;
    id
}

/// Made and reported, with its measures.
pub async fn reported(house: &House, host: &Value) -> (Value, Vec<Value>) {
    let id = made(house, host).await;
    let want = "visit { measures { id } }";
    let told = done(
        house,
        &staff(),
        "reportStudyVisit",
        &report(house, &id),
        want,
    )
    .await;
    let measures = told["measures"].as_array().unwrap();
    (id, measures.iter().map(|one| one["id"].clone()).collect())
}

async fn look(house: &House, who: &Caller, id: &Value) -> Value {
    let query = "query($id: ID!) { studyVisit(id: $id) { state division { code } hostDivision { code } hostPilot { state }
        planned { role people } came { role people } report { findings document } reportBy overdue
        measures { title owner state evidence note } history { state } } }";
    data(house.run(who, query, json!({ "id": id })).await)["studyVisit"].clone()
}

async fn replication(house: &House, pilot: &Value) -> Value {
    let query = "query($id: ID!) { pilot(id: $id) { replication { visits visitors adopted }
        studyVisitors { visits lastOn division { code } community { name } } studyVisits { id } } }";
    data(house.run(&nobody(), query, json!({ "id": pilot })).await)["pilot"].clone()
}

#[tokio::test]
async fn a_delegation_learns_near_by_and_adopts_what_it_saw() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "OPERATING").await;
    let id = planned(&house, &near(&house, &host, 1)).await;
    house.service.clock.advance(TimeDelta::days(2));
    let make = json!({ "visitId": id, "madeOn": "2026-03-04", "people": [{ "role": "COMMITTEE", "people": 2 }] });
    assert_eq!(
        told(&house, &staff(), "makeStudyVisit", &make).await.0,
        "STUDY_VISIT_NOT_CONFIRMED"
    );
    let ready = done(
        &house,
        &host_staff(),
        "confirmStudyVisit",
        &confirmation(&id),
        "visit { state arrangement }",
    )
    .await;
    assert_eq!(
        ready,
        json!({ "state": "CONFIRMED", "arrangement": "上午参观,下午座谈" })
    );
    let early = json!({ "visitId": id, "findings": "好", "measures": [] });
    assert_eq!(
        told(&house, &staff(), "reportStudyVisit", &early).await.0,
        "STUDY_VISIT_STATE"
    );
    assert_eq!(
        replication(&house, &host).await["replication"]["visits"],
        0,
        "a plan is no visit"
    );
    let done_ = done(
        &house,
        &staff(),
        "makeStudyVisit",
        &make,
        "visit { state reportBy }",
    )
    .await;
    assert_eq!(done_, json!({ "state": "MADE", "reportBy": "2026-03-19" }));

    let mut late = report(&house, &id);
    late["measures"][1]["dueOn"] = json!("2026-09-01");
    let refused = told(&house, &staff(), "reportStudyVisit", &late).await;
    assert_eq!(
        refused,
        ("STUDY_MEASURE_TERM".into(), json!("input.measures.1.dueOn"))
    );
    done(
        &house,
        &staff(),
        "reportStudyVisit",
        &report(&house, &id),
        "visit { id }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "reportStudyVisit", &report(&house, &id))
            .await
            .0,
        "STUDY_VISIT_STATE"
    );
    let mut more = measure(&house, "志愿者结对", 90);
    more["visitId"] = id.clone();
    done(&house, &staff(), "addStudyMeasure", &more, "measure { id }").await;
    assert_eq!(
        told(&house, &staff(), "closeStudyVisit", &only(&id))
            .await
            .0,
        "STUDY_MEASURES_OPEN"
    );
    let query = "query($id: ID!) { studyMeasures(filter: { visitId: $id, state: OPEN }) { nodes { id title visit { id } } } }";
    let open =
        data(house.run(&nobody(), query, json!({ "id": id })).await)["studyMeasures"]["nodes"]
            .clone();
    assert_eq!(open[2]["title"], "设长者食堂", "newest first");
    for (at, verb, word) in [
        (0, "adoptStudyMeasure", "evidence"),
        (1, "giveUpStudyMeasure", "note"),
        (2, "adoptStudyMeasure", "evidence"),
    ] {
        let input = json!({ "measureId": open[at]["id"], word: "说明" });
        done(&house, &staff(), verb, &input, "measure { state }").await;
        assert_eq!(
            told(&house, &staff(), verb, &input).await.0,
            "STUDY_MEASURE_STATE"
        );
    }
    done(
        &house,
        &staff(),
        "closeStudyVisit",
        &only(&id),
        "visit { state }",
    )
    .await;
    more["title"] = json!("再添一项");
    assert_eq!(
        told(&house, &staff(), "addStudyMeasure", &more).await.0,
        "STUDY_MEASURE_BEFORE_VISIT"
    );

    let seen = look(&house, &nobody(), &id).await;
    assert_eq!(seen["came"], json!([{ "role": "COMMITTEE", "people": 2 }]));
    assert_eq!(seen["planned"], people());
    assert_eq!(seen["report"]["document"], "考察报告〔2026〕1号");
    let states: Vec<&Value> = seen["measures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(states, ["ADOPTED", "GIVEN_UP", "ADOPTED"]);
    let way: Vec<&Value> = seen["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(way, ["PLANNED", "CONFIRMED", "MADE", "REPORTED", "CLOSED"]);
    assert_eq!(
        replication(&house, &host).await,
        json!({ "replication": { "visits": 1, "visitors": 1, "adopted": 2 },
                "studyVisitors": [{ "visits": 1, "lastOn": "2026-03-04", "division": { "code": COMMUNITY },
                                    "community": { "name": "花园社区" } }],
                "studyVisits": [] })
    );
}

#[tokio::test]
async fn a_plan_is_for_both_sides_and_those_above_a_visit_for_all() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "DEMONSTRATION").await;
    let pilot = drafted_pilot(&house).await;
    let mut input = near(&house, &host, 0);
    input["divisionCode"] = Value::Null;
    input["pilotId"] = pilot.clone();
    let id = planned(&house, &input).await;
    let list = "{ studyVisits(first: 5) { nodes { id } } }";
    let listed = async |who: &Caller| {
        let nodes = data(house.run(who, list, json!({})).await)["studyVisits"]["nodes"].clone();
        nodes.as_array().unwrap().len()
    };
    let of_pilot = async |who: &Caller| {
        let query = "query($id: ID!) { pilot(id: $id) { studyVisits { id } } }";
        let found = data(house.run(who, query, json!({ "id": pilot })).await);
        found["pilot"]["studyVisits"].as_array().unwrap().len()
    };
    let mut auditor = caller(Role::Auditor, COMMUNITY);
    auditor.actor.division = None;
    let inside = [
        staff(),
        host_staff(),
        county(),
        city(),
        caller(Role::CivilAffairs, "230102000000"),
        auditor,
    ];
    let outside = [
        nobody(),
        caller(Role::CommunityStaff, "230104001001"),
        caller(Role::CivilAffairs, "230104000000"),
        caller(Role::GridWorker, COMMUNITY),
    ];
    for who in &inside {
        assert_eq!(
            look(&house, who, &id).await["state"],
            "PLANNED",
            "{:?}",
            who.actor
        );
        assert_eq!(
            (listed(who).await, of_pilot(who).await),
            (1, 1),
            "{:?}",
            who.actor
        );
    }
    for who in &outside {
        assert_eq!(look(&house, who, &id).await, Value::Null, "{:?}", who.actor);
        assert_eq!(
            (listed(who).await, of_pilot(who).await),
            (0, 0),
            "{:?}",
            who.actor
        );
    }
    done(
        &house,
        &host_staff(),
        "confirmStudyVisit",
        &confirmation(&id),
        "visit { id }",
    )
    .await;
    done(
        &house,
        &staff(),
        "makeStudyVisit",
        &making(&house, &id),
        "visit { id }",
    )
    .await;
    for who in inside.iter().chain(&outside) {
        assert_eq!(look(&house, who, &id).await["state"], "MADE");
        assert_eq!((listed(who).await, of_pilot(who).await), (1, 1));
    }
}

#[tokio::test]
async fn each_side_does_its_own_and_those_above_look_on() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "ASSESSED").await;
    let input = near(&house, &host, 0);
    for who in [
        county(),
        city(),
        caller(Role::CommunityStaff, "230103000000"),
    ] {
        assert_eq!(
            told(&house, &who, "planStudyVisit", &input).await.0,
            "STUDY_VISIT_VISITOR"
        );
    }
    let denied = told(&house, &host_staff(), "planStudyVisit", &input).await;
    assert_eq!(denied.0, "FORBIDDEN");
    let id = planned(&house, &input).await;
    // The visitor does not confirm for the host, nor does the host's county.
    assert_eq!(
        told(&house, &staff(), "confirmStudyVisit", &confirmation(&id))
            .await
            .0,
        "FORBIDDEN"
    );
    let above = caller(Role::CommunityStaff, "230102000000");
    assert_eq!(
        told(&house, &above, "confirmStudyVisit", &confirmation(&id))
            .await
            .0,
        "STUDY_VISIT_AT_HOST"
    );
    let stranger = caller(Role::CommunityStaff, "230104001001");
    assert_eq!(
        told(&house, &stranger, "declineStudyVisit", &noted(&id))
            .await
            .0,
        "STUDY_VISIT_NOT_FOUND"
    );
    let mut same = host_staff();
    same.actor.subject = staff().actor.subject;
    let both = told(&house, &same, "confirmStudyVisit", &confirmation(&id)).await;
    assert_eq!(both.0, "STUDY_VISIT_CONFIRMED_BY_ANOTHER");
    done(
        &house,
        &host_staff(),
        "confirmStudyVisit",
        &confirmation(&id),
        "visit { id }",
    )
    .await;
    // Nor does the host make it, or report.
    assert_eq!(
        told(
            &house,
            &host_staff(),
            "makeStudyVisit",
            &making(&house, &id)
        )
        .await
        .0,
        "STUDY_VISIT_NOT_FOUND"
    );
    done(
        &house,
        &staff(),
        "makeStudyVisit",
        &making(&house, &id),
        "visit { id }",
    )
    .await;
    assert_eq!(
        told(
            &house,
            &host_staff(),
            "reportStudyVisit",
            &report(&house, &id)
        )
        .await
        .0,
        "FORBIDDEN"
    );
    assert_eq!(
        told(&house, &county(), "reportStudyVisit", &report(&house, &id))
            .await
            .0,
        "STUDY_VISIT_VISITOR"
    );
    let want = "visit { measures { id } }";
    let written = done(
        &house,
        &staff(),
        "reportStudyVisit",
        &report(&house, &id),
        want,
    )
    .await;
    let adopt = json!({ "measureId": written["measures"][0]["id"], "evidence": "开业" });
    assert_eq!(
        told(&house, &county(), "adoptStudyMeasure", &adopt).await.0,
        "STUDY_VISIT_VISITOR"
    );
    assert_eq!(
        told(&house, &host_staff(), "adoptStudyMeasure", &adopt)
            .await
            .0,
        "FORBIDDEN"
    );
    // A delegation of the county is the county's own.
    let mut theirs = near(&house, &host, 0);
    theirs["divisionCode"] = json!("230103000000");
    done(&house, &county(), "planStudyVisit", &theirs, "visit { id }").await;
}

#[tokio::test]
async fn the_host_declines_or_is_asked_again_and_the_visitor_calls_off() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "OPERATING").await;
    let first = planned(&house, &near(&house, &host, 1)).await;
    assert_eq!(
        told(&house, &staff(), "planStudyVisit", &near(&house, &host, 1)).await,
        ("STUDY_VISIT_TWICE".into(), json!("input.startsOn"))
    );
    done(
        &house,
        &host_staff(),
        "confirmStudyVisit",
        &confirmation(&first),
        "visit { id }",
    )
    .await;
    let later = json!({ "visitId": first, "startsOn": "2026-03-09", "endsOn": "2026-03-09" });
    let put_off = done(
        &house,
        &staff(),
        "postponeStudyVisit",
        &later,
        "visit { state startsOn arrangement }",
    )
    .await;
    assert_eq!(
        put_off,
        json!({ "state": "PLANNED", "startsOn": "2026-03-09", "arrangement": null })
    );
    let past = json!({ "visitId": first, "startsOn": "2026-03-01", "endsOn": "2026-03-09" });
    assert_eq!(
        told(&house, &staff(), "postponeStudyVisit", &past).await,
        ("STUDY_VISIT_PAST".into(), json!("input.startsOn"))
    );
    let no = done(
        &house,
        &host_staff(),
        "declineStudyVisit",
        &noted(&first),
        "visit { state note }",
    )
    .await;
    assert_eq!(no, json!({ "state": "DECLINED", "note": "行程冲突" }));
    let second = planned(&house, &near(&house, &host, 1)).await;
    let off = done(
        &house,
        &staff(),
        "cancelStudyVisit",
        &noted(&second),
        "visit { state }",
    )
    .await;
    assert_eq!(off["state"], "CANCELLED");
    assert_eq!(
        told(&house, &staff(), "makeStudyVisit", &making(&house, &second)).await,
        ("STUDY_VISIT_STATE".into(), Value::Null)
    );
    let empty = json!({ "visitId": second, "note": " " });
    assert_eq!(
        told(&house, &staff(), "cancelStudyVisit", &empty).await.1,
        "input.note"
    );
}

#[tokio::test]
async fn a_delegation_learns_far_away() {
    let house = House::open().await;
    let id = planned(&house, &far()).await;
    let seen = look(&house, &staff(), &id).await;
    assert_eq!(
        (&seen["hostDivision"]["code"], &seen["hostPilot"]),
        (&json!("440304000000"), &Value::Null)
    );
    let there = caller(Role::CommunityStaff, "440304000000");
    assert_eq!(
        told(&house, &there, "confirmStudyVisit", &confirmation(&id))
            .await
            .0,
        "STUDY_VISIT_FAR"
    );
    let mut crowd = making(&house, &id);
    crowd["people"] = json!([]);
    assert_eq!(
        told(&house, &staff(), "makeStudyVisit", &crowd).await,
        ("STUDY_PEOPLE_NONE".into(), json!("input.people"))
    );
    done(
        &house,
        &staff(),
        "makeStudyVisit",
        &making(&house, &id),
        "visit { id }",
    )
    .await;
    let bare = json!({ "visitId": id, "findings": "值得借鉴", "measures": [] });
    done(&house, &staff(), "reportStudyVisit", &bare, "visit { id }").await;
    done(
        &house,
        &staff(),
        "closeStudyVisit",
        &only(&id),
        "visit { state }",
    )
    .await;
    assert_eq!(look(&house, &nobody(), &id).await["state"], "CLOSED");
}

#[tokio::test]
async fn a_plan_that_does_not_hold_together_is_refused_at_its_field() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "SUSPENDED").await;
    let own = drafted_pilot(&house).await;
    let near = |key: &str, value: Value| {
        let mut input = near(&house, &host, 0);
        input[key] = value;
        input
    };
    let far = |key: &str, value: Value| {
        let mut input = far();
        input[key] = value;
        input
    };
    for (input, reason, field) in [
        (
            near("purpose", json!("学")),
            "STUDY_VISIT_HOST",
            "input.hostPilotId",
        ),
        (
            near("hostPilotId", own.clone()),
            "STUDY_VISIT_SELF",
            "input.hostPilotId",
        ),
        (
            near("hostPilotId", Value::Null),
            "STUDY_VISIT_WHERE",
            "input.kind",
        ),
        (
            near("hostPlace", json!("深圳")),
            "STUDY_VISIT_WHERE",
            "input.kind",
        ),
        (near("pilotId", own), "STUDY_VISIT_WHO", "input.pilotId"),
        (
            near("divisionCode", Value::Null),
            "STUDY_VISIT_WHO",
            "input.pilotId",
        ),
        (
            far("hostDivisionCode", json!("230183000000")),
            "STUDY_VISIT_NOT_FAR",
            "input.hostDivisionCode",
        ),
        (
            far("hostDivisionCode", json!("440000000000")),
            "STUDY_VISIT_CITY",
            "input.hostDivisionCode",
        ),
        (
            far("hostBody", Value::Null),
            "STUDY_VISIT_WHERE",
            "input.kind",
        ),
        (
            far("hostPlace", json!(" ")),
            "TEXT_LENGTH",
            "input.hostPlace",
        ),
        (far("purpose", json!(" ")), "TEXT_LENGTH", "input.purpose"),
        (
            far("startsOn", json!("2026-03-01")),
            "STUDY_VISIT_PAST",
            "input.startsOn",
        ),
        (
            far("endsOn", json!("2026-03-01")),
            "STUDY_VISIT_DAYS",
            "input.endsOn",
        ),
        (
            far("people", json!([])),
            "STUDY_PEOPLE_NONE",
            "input.people",
        ),
        (
            far("people", json!([{ "role": "RESIDENT", "people": 501 }])),
            "STUDY_PEOPLE_COUNT",
            "input.people.0.people",
        ),
    ] {
        let refused = told(&house, &staff(), "planStudyVisit", &input).await;
        assert_eq!(refused, (reason.into(), json!(field)), "{input}");
    }
    assert_eq!(house.count("SELECT count(*) FROM study_visits").await, 0);
}

#[tokio::test]
async fn what_is_late_is_listed_until_it_is_done() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "OPERATING").await;
    let id = planned(&house, &near(&house, &host, 0)).await;
    let visits = "{ studyVisits(filter: { overdue: true }) { nodes { overdue } } }";
    let measures = "{ studyMeasures(filter: { overdue: true }) { nodes { title overdue } } }";
    let late = async |query: &str, root: &str| {
        data(house.run(&staff(), query, json!({})).await)[root]["nodes"].clone()
    };
    let gauges = async || {
        let mut conn = house.service.db.app.acquire().await.unwrap();
        let now = house.service.core.clock.now();
        let all = communities::app::gauge::measure(&mut conn, now)
            .await
            .unwrap();
        let of = |name: &str| all.iter().find(|it| it.0 == name).unwrap().1;
        (
            of("communities.study_reports.overdue"),
            of("communities.study_measures.overdue"),
        )
    };
    let wait = |days| house.service.clock.advance(TimeDelta::days(days));
    wait(1);
    assert_eq!(late(visits, "studyVisits").await, json!([]));
    wait(1);
    // It should have been made by now.
    assert_eq!(
        late(visits, "studyVisits").await,
        json!([{ "overdue": true }])
    );
    done(
        &house,
        &host_staff(),
        "confirmStudyVisit",
        &confirmation(&id),
        "visit { id }",
    )
    .await;
    done(
        &house,
        &staff(),
        "makeStudyVisit",
        &making(&house, &id),
        "visit { id }",
    )
    .await;
    assert_eq!(late(visits, "studyVisits").await, json!([]));
    wait(15);
    assert_eq!(
        (late(visits, "studyVisits").await, gauges().await),
        (json!([]), (0.0, 0.0))
    );
    wait(1);
    // So should its report.
    assert_eq!(
        (late(visits, "studyVisits").await, gauges().await),
        (json!([{ "overdue": true }]), (1.0, 0.0))
    );
    done(
        &house,
        &staff(),
        "reportStudyVisit",
        &report(&house, &id),
        "visit { id }",
    )
    .await;
    assert_eq!(
        (late(visits, "studyVisits").await, gauges().await),
        (json!([]), (0.0, 0.0))
    );
    wait(31);
    assert_eq!(gauges().await, (0.0, 1.0));
    assert_eq!(
        late(measures, "studyMeasures").await,
        json!([{ "title": "设长者食堂", "overdue": true }])
    );
}

#[tokio::test]
async fn a_demonstration_shows_who_learned_from_it_and_how_often() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "DEMONSTRATION").await;
    for days in [0, 3] {
        house.service.clock.advance(TimeDelta::days(days));
        made(&house, &host).await;
    }
    let mut theirs = near(&house, &host, 0);
    theirs["divisionCode"] = json!("230103000000");
    let id = done(&house, &county(), "planStudyVisit", &theirs, "visit { id }").await["id"].clone();
    done(
        &house,
        &host_staff(),
        "confirmStudyVisit",
        &confirmation(&id),
        "visit { id }",
    )
    .await;
    done(
        &house,
        &county(),
        "makeStudyVisit",
        &making(&house, &id),
        "visit { id }",
    )
    .await;
    let shown = replication(&house, &host).await;
    assert_eq!(
        shown["replication"],
        json!({ "visits": 3, "visitors": 2, "adopted": 0 })
    );
    assert_eq!(
        shown["studyVisitors"],
        json!([
            { "visits": 2, "lastOn": "2026-03-05", "division": { "code": COMMUNITY }, "community": { "name": "花园社区" } },
            { "visits": 1, "lastOn": "2026-03-05", "division": { "code": "230103000000" }, "community": null },
        ])
    );
    // And what one sends is never counted as received.
    let sent = "{ studyVisits(filter: { hostDivisionCode: \"230102000000\", divisionCode: \"230103001001\", kind: NEAR, subject: ELDER_CARE, state: MADE }) { nodes { id } } }";
    let sent = data(house.run(&nobody(), sent, json!({})).await);
    assert_eq!(sent["studyVisits"]["nodes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_call_twice_is_one_visit() {
    let house = House::open().await;
    let host = pilot_elsewhere(&house, "OPERATING").await;
    let mut input = near(&house, &host, 0);
    input["idempotencyKey"] = json!("one-and-the-same");
    let first = planned(&house, &input).await;
    assert_eq!(planned(&house, &input).await, first);
    let mut confirm = confirmation(&first);
    confirm["idempotencyKey"] = json!("confirmed-once");
    for _ in 0..2 {
        done(
            &house,
            &host_staff(),
            "confirmStudyVisit",
            &confirm,
            "visit { id }",
        )
        .await;
    }
    assert_eq!(
        house
            .count("SELECT count(*) FROM state_history WHERE noun = 'study_visit'")
            .await,
        2
    );
}
