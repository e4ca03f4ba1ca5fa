use super::*;
use crate::domain::organization::register::tests::{now, registered};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn applied() -> Incubatee {
    Incubatee {
        id: IncubateeId::from_uuid(uuid::Uuid::from_u128(1)),
        organization_id: registered().id,
        centre_id: IncubationCentreId::from_uuid(uuid::Uuid::from_u128(2)),
        division_code: "230103001001".parse().unwrap(),
        goal: "承接居家养老".into(),
        priority_points: 10,
        applied_on: day("2026-03-02"),
        created_at: now(),
        state: IncubateeState::Applied,
        stage: None,
        review_total: None,
        agreement_from: None,
        agreement_to: None,
        extensions: 0,
        started_on: None,
        graduated_on: None,
        ended_on: None,
        vacate_due: None,
        vacated_on: None,
        updated_at: now(),
        version: 1,
    }
}

fn started() -> Incubatee {
    let mut one = applied();
    one.state = IncubateeState::Reviewed;
    one.sign(Term {
        from: day("2026-03-02"),
        to: day("2027-03-02"),
        most: 12,
    })
    .unwrap();
    one.start(day("2026-03-02")).unwrap();
    one
}

#[test]
fn the_mean_is_rounded_down_and_its_kind_counts() {
    let mut one = applied();
    one.state = IncubateeState::Screened;
    let refused = one.decide(&[50, 50], 3, 60).unwrap_err();
    assert_eq!(refused.reason, "REVIEWS_MISSING");
    assert!(one.decide(&[50, 50, 51], 3, 60).unwrap());
    assert_eq!(one.review_total, Some(60));
    one.priority_points = 0;
    assert!(!one.decide(&[50, 50, 51], 3, 60).unwrap());
}

#[test]
fn an_agreement_runs_no_longer_than_the_term() {
    let mut one = applied();
    one.state = IncubateeState::Reviewed;
    let term = |to| Term {
        from: day("2026-03-02"),
        to: day(to),
        most: 12,
    };
    let reason = |one: &mut Incubatee, to| one.sign(term(to)).unwrap_err().reason;
    assert_eq!(reason(&mut one, "2027-03-03"), "AGREEMENT_TERM");
    assert_eq!(reason(&mut one, "2026-03-01"), "VALID_RANGE");
    one.sign(term("2027-03-02")).unwrap();
    let mut early = one.clone();
    let refused = early.start(day("2026-03-01")).unwrap_err();
    assert_eq!(refused.reason, "AGREEMENT_NOT_RUNNING");
}

#[test]
fn stages_follow_one_another_and_the_last_waits_for_the_midterm() {
    let mut one = started();
    one.advance(false).unwrap();
    assert_eq!(one.advance(false).unwrap_err().reason, "MIDTERM_MISSING");
    one.advance(true).unwrap();
    assert_eq!(one.stage, Some(IncubationStage::Growth));
    assert_eq!(one.advance(true).unwrap_err().reason, "STAGE_ORDER");
}

#[test]
fn it_is_extended_as_often_and_as_long_as_the_rule_says() {
    let mut one = started();
    let by = |to| Extension {
        to: day(to),
        most: 6,
        times: 1,
    };
    let mut long = one.clone();
    let refused = long.extend(by("2027-09-03")).unwrap_err();
    assert_eq!(refused.reason, "EXTENSION_LIMIT");
    assert_eq!(
        one.extend(by("2027-09-02")).unwrap(),
        Some(IncubateeState::Incubating)
    );
    let again = one.extend(by("2027-12-01")).unwrap_err();
    assert_eq!(again.reason, "EXTENSION_LIMIT");
}

#[test]
fn it_graduates_registered_or_filed_and_grown_enough() {
    use OrganizationStatus::{Filed, Preparing};
    let by = |status, score| Graduation {
        status,
        score,
        least: 70,
        on: day("2026-12-01"),
    };
    let reason = |by| started().graduate(by).unwrap_err().reason;
    assert_eq!(reason(by(Preparing, Some(90))), "GRADUATE_STANDING");
    assert_eq!(reason(by(Filed, Some(69))), "GROWTH_BELOW");
    assert_eq!(reason(by(Filed, None)), "GROWTH_BELOW");
    let mut one = started();
    one.graduate(by(Filed, Some(70))).unwrap();
    assert_eq!(
        one.go(IncubateeState::Tracked),
        Ok(IncubateeState::Graduated)
    );
}

#[test]
fn it_is_overdue_after_the_last_day_and_not_before() {
    let mut one = started();
    assert!(!one.overdue(day("2027-03-02")) && one.overdue(day("2027-03-03")));
    one.terminate(day("2026-06-01"), day("2026-06-22")).unwrap();
    assert!(!one.overdue(day("2026-06-22")) && one.overdue(day("2026-06-23")));
    one.vacate(day("2026-06-24")).unwrap();
    assert!(!one.overdue(day("2026-07-01")));
}
