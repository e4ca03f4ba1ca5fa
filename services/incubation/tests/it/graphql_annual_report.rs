//! Annual reports and what is due, through the real schema.

use serde_json::{Value, json};

use crate::{
    steps::{done, no, no_at, seen},
    support::{House, manager, nobody, registrar, registrar_elsewhere},
};

pub fn report(body: &Value, year: i32) -> Value {
    json!({ "organizationId": body["id"], "year": year, "activities": "开展居家养老服务",
        "income": 1_000_000, "expense": 900_000, "staff": 6, "volunteers": 40,
        "document": "年报 PDF" })
}

const DUTIES: &str = "annualReportDuties(year: 2025, overdue: true) { nodes { dueOn sponsorDueOn
    overdue organization { name } report { id } } }";

#[tokio::test]
async fn what_did_not_come_by_the_last_day_is_on_the_overdue_list() {
    let house = House::open().await;
    let (body, other) = (house.registered(0).await, house.registered(1).await);
    house.filed().await;
    assert_eq!(
        seen(&house, &registrar(), DUTIES).await["annualReportDuties"]["nodes"],
        json!([])
    );
    let select = "report { state dueOn late submittedOn }";
    let made = done(
        &house,
        &manager(&body),
        "submitAnnualReport",
        report(&body, 2025),
        select,
    )
    .await;
    assert_eq!(
        made["report"],
        json!({ "state": "SUBMITTED", "dueOn": "2026-05-31", "late": false,
            "submittedOn": "2026-03-02" })
    );
    // The first of June, in China.
    house.service.clock.advance(chrono::TimeDelta::days(91));
    let found = seen(&house, &registrar(), DUTIES).await;
    assert_eq!(
        found["annualReportDuties"]["nodes"],
        json!([{ "dueOn": "2026-05-31", "sponsorDueOn": "2026-03-31", "overdue": true,
            "organization": { "name": other["name"] }, "report": null }])
    );
    let made = done(
        &house,
        &manager(&other),
        "submitAnnualReport",
        report(&other, 2025),
        select,
    )
    .await;
    assert_eq!(made["report"]["late"], true);
    let found = seen(&house, &registrar(), DUTIES).await;
    assert_eq!(found["annualReportDuties"]["nodes"], json!([]));
    let found = seen(
        &house,
        &registrar(),
        "annualReports(filter: { late: true }) { nodes { year } }",
    )
    .await;
    assert_eq!(found["annualReports"]["nodes"], json!([{ "year": 2025 }]));
}

#[tokio::test]
async fn a_report_is_taken_or_given_back_and_then_comes_again() {
    let house = House::open().await;
    let body = house.registered(0).await;
    let mine = manager(&body);
    let made = done(
        &house,
        &mine,
        "submitAnnualReport",
        report(&body, 2025),
        "report { id }",
    )
    .await;
    let one = made["report"]["id"].clone();
    let refused = no_at(&house, &mine, "submitAnnualReport", report(&body, 2025)).await;
    assert_eq!(
        refused,
        ("ANNUAL_REPORT_EXISTS".into(), "input.year".into())
    );
    let decide = |accepted: bool| json!({ "reportId": one, "accepted": accepted });
    let refused = no_at(&house, &registrar(), "decideAnnualReport", decide(false)).await;
    assert_eq!(refused, ("REPORT_RETURNED".into(), "input.reason".into()));
    let mut back = decide(false);
    back["reason"] = json!("缺财务报表");
    let select = "report { state reason history { to reason } }";
    let made = done(&house, &registrar(), "decideAnnualReport", back, select).await;
    assert_eq!(made["report"]["state"], "RETURNED");
    let made = done(
        &house,
        &mine,
        "submitAnnualReport",
        report(&body, 2025),
        "report { id }",
    )
    .await;
    let again = json!({ "reportId": made["report"]["id"], "accepted": true });
    let made = done(
        &house,
        &registrar(),
        "decideAnnualReport",
        again.clone(),
        select,
    )
    .await;
    assert_eq!(made["report"]["state"], "ACCEPTED");
    let refused = no(&house, &registrar(), "decideAnnualReport", again).await;
    assert_eq!(refused, "STATE_MOVE");
}

#[tokio::test]
async fn refuses_years_that_are_not_over_or_before_its_time_and_amounts_below_zero() {
    let house = House::open().await;
    let body = house.registered(0).await;
    let mine = manager(&body);
    let with = |key: &str, value: Value| {
        let mut input = report(&body, 2025);
        input[key] = value;
        input
    };
    for (input, expected) in [
        (with("year", json!(2026)), ("REPORT_YEAR", "input.year")),
        (with("year", json!(2019)), ("REPORT_YEAR", "input.year")),
        (with("year", json!(3000)), ("NUMBER_RANGE", "input.year")),
        (
            with("income", json!(-1)),
            ("AMOUNT_NEGATIVE", "input.income"),
        ),
        (with("staff", json!(-1)), ("NUMBER_RANGE", "input.staff")),
        (
            with("activities", json!("")),
            ("TEXT_LENGTH", "input.activities"),
        ),
        (
            with("sponsorReviewedOn", json!("2026-03-03")),
            ("DAY_IN_FUTURE", "input.sponsorReviewedOn"),
        ),
    ] {
        let (reason, at) = no_at(&house, &mine, "submitAnnualReport", input).await;
        assert_eq!((reason.as_str(), at.as_str()), expected);
    }
    // The registrar that entered it does not take it.
    let made = done(
        &house,
        &registrar(),
        "submitAnnualReport",
        report(&body, 2025),
        "report { id }",
    )
    .await;
    let decide = json!({ "reportId": made["report"]["id"], "accepted": true });
    let refused = no(&house, &registrar(), "decideAnnualReport", decide).await;
    assert_eq!(refused, "REPORT_TWO_PEOPLE");
}

#[tokio::test]
async fn a_report_is_for_its_registrar_and_its_own() {
    let house = House::open().await;
    let (body, other) = (house.registered(0).await, house.registered(1).await);
    let made = done(
        &house,
        &manager(&body),
        "submitAnnualReport",
        report(&body, 2025),
        "report { id }",
    )
    .await;
    let query = format!("annualReport(id: {}) {{ year }}", made["report"]["id"]);
    let list = "annualReportDuties(year: 2025) { nodes { report { year } } }";
    for (who, expected, duties) in [
        (manager(&body), true, 1),
        (registrar(), true, 2),
        (manager(&other), false, 1),
        (registrar_elsewhere(), false, 0),
        (nobody(), false, 0),
    ] {
        let found = seen(&house, &who, &query).await;
        assert_eq!(
            !found["annualReport"].is_null(),
            expected,
            "{:?}",
            who.actor
        );
        let found = seen(&house, &who, list).await;
        let nodes = found["annualReportDuties"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), duties, "{:?}", who.actor);
    }
    let refused = no(
        &house,
        &manager(&other),
        "submitAnnualReport",
        report(&body, 2024),
    )
    .await;
    assert_eq!(refused, "FORBIDDEN");
}
