//! The rules of visits.

use super::*;
use crate::domain::pilot::PilotState;

fn code(text: &str) -> DivisionCode {
    DivisionCode::try_new(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn pilot() -> PilotId {
    PilotId::from_uuid(uuid::Uuid::from_u128(7))
}

fn visit(kind: StudyVisitKind) -> StudyVisit {
    StudyVisit {
        id: StudyVisitId::from_uuid(uuid::Uuid::from_u128(1)),
        division_code: code("230103001001"),
        pilot_id: None,
        kind,
        host_pilot_id: Some(pilot()),
        host_division_code: code("230102001001"),
        host_place: None,
        host_body: None,
        subject: StudySubject::ElderCare,
        purpose: "居家养老".into(),
        planned_by: "visitor".into(),
        created_at: now(),
        starts_on: day("2026-03-02"),
        ends_on: day("2026-03-03"),
        state: StudyVisitState::Planned,
        arrangement: None,
        confirmed_by: None,
        made_on: None,
        report_by: None,
        note: None,
        updated_at: now(),
        version: 1,
    }
}

fn reason<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> (String, Option<String>) {
    let refused = outcome.unwrap_err();
    (refused.reason.to_owned(), refused.field)
}

#[test]
fn a_host_near_by_operates_and_is_another() {
    let (here, there) = (code("230103001001"), code("230102001001"));
    for &state in PilotState::ALL {
        let host = Host::near(&here, (pilot(), there, state));
        assert_eq!(host.is_ok(), receives(state), "{state}");
        let itself = Host::near(&there, (pilot(), there, state));
        assert_eq!(reason(itself).0, "STUDY_VISIT_SELF");
    }
    assert!(receives(PilotState::Demonstration) && !receives(PilotState::Suspended));
    // Those of the county may learn from a community in it.
    let own = Host::near(
        &code("230102000000"),
        (pilot(), there, PilotState::Operating),
    );
    assert!(own.is_ok());
}

#[test]
fn far_is_a_city_that_is_not_ones_own() {
    let far = |visitor: &str, host: &str| {
        Host::far(&code(visitor), code(host), " 广东省深圳市 ", "民政局")
    };
    let host = far("230103001001", "440304000000").unwrap();
    assert_eq!(host.place.as_deref(), Some("广东省深圳市"));
    assert!(
        far("230103001001", "230200000000").is_ok(),
        "another city of the province"
    );
    assert!(
        far("230000000000", "230200000000").is_err(),
        "a province stays in itself"
    );
    let (same, province) = (
        far("230103001001", "230183000000"),
        far("230103001001", "440000000000"),
    );
    assert_eq!(reason(same).0, "STUDY_VISIT_NOT_FAR");
    assert_eq!(reason(province).0, "STUDY_VISIT_CITY");
    let nameless = Host::far(&code("230103001001"), code("440300000000"), " ", "民政局");
    assert_eq!(reason(nameless).1.as_deref(), Some("input.hostPlace"));
}

#[test]
fn days_lie_ahead_and_are_few() {
    let today = day("2026-03-02");
    let check = |from, until| check_days(day(from), day(until), today);
    assert!(check("2026-03-02", "2026-03-02").is_ok());
    assert!(check("2026-03-02", "2026-04-01").is_ok());
    assert_eq!(
        reason(check("2026-03-02", "2026-04-02")).0,
        "STUDY_VISIT_DAYS"
    );
    assert_eq!(
        reason(check("2026-03-02", "2026-03-01")).1.as_deref(),
        Some("input.endsOn")
    );
    assert_eq!(
        reason(check("2026-03-01", "2026-03-05")).0,
        "STUDY_VISIT_PAST"
    );
}

#[test]
fn people_are_counted_by_role_once() {
    use StudyRole::{Official, Resident};
    assert!(check_people(&[(Official, 1), (Resident, 500)]).is_ok());
    assert_eq!(reason(check_people(&[])).0, "STUDY_PEOPLE_NONE");
    let twice = check_people(&[(Official, 1), (Official, 2)]);
    assert_eq!(
        reason(twice),
        (
            "STUDY_PEOPLE_TWICE".into(),
            Some("input.people.1.role".into())
        )
    );
    for count in [0, -1, 501] {
        let wrong = check_people(&[(Resident, count)]);
        assert_eq!(reason(wrong).1.as_deref(), Some("input.people.0.people"));
    }
}

#[test]
fn a_host_is_asked_and_asked_again() {
    let mut near = visit(StudyVisitKind::Near);
    let made = |it: &mut StudyVisit| it.make(day("2026-03-03"), 15, (day("2026-03-04"), now()));
    assert_eq!(
        reason(made(&mut near.clone())).0,
        "STUDY_VISIT_NOT_CONFIRMED"
    );
    let itself = near.clone().confirm(None, "visitor".into(), now());
    assert_eq!(reason(itself).0, "STUDY_VISIT_CONFIRMED_BY_ANOTHER");
    near.confirm(Some("上午座谈".into()), "host".into(), now())
        .unwrap();
    let days = (day("2026-03-09"), day("2026-03-10"));
    let mut later = near.clone();
    later.postpone(days, day("2026-03-02"), now()).unwrap();
    assert_eq!(
        (later.state, later.confirmed_by.is_none()),
        (StudyVisitState::Planned, true)
    );
    made(&mut near).unwrap();
    assert_eq!(near.report_by, Some(day("2026-03-18")));
    assert_eq!(
        reason(near.clone().postpone(days, day("2026-03-02"), now())).0,
        "STUDY_VISIT_STATE"
    );
    assert_eq!(
        reason(near.decline("忙".into(), now())).0,
        "STUDY_VISIT_STATE"
    );
}

#[test]
fn far_away_nobody_is_asked() {
    let mut far = visit(StudyVisitKind::Far);
    assert_eq!(
        reason(far.confirm(None, "host".into(), now())).0,
        "STUDY_VISIT_FAR"
    );
    assert_eq!(reason(far.decline("忙".into(), now())).0, "STUDY_VISIT_FAR");
    let early = far.make(day("2026-03-01"), 15, (day("2026-03-04"), now()));
    assert_eq!(reason(early).1.as_deref(), Some("input.madeOn"));
    let tomorrow = far.make(day("2026-03-05"), 15, (day("2026-03-04"), now()));
    assert_eq!(reason(tomorrow).0, "STUDY_VISIT_MADE_ON");
    far.make(day("2026-03-04"), 15, (day("2026-03-04"), now()))
        .unwrap();
    assert!(far.was_made());
}

#[test]
fn what_should_have_been_there_is_overdue() {
    let mut far = visit(StudyVisitKind::Far);
    assert!(!far.is_overdue(day("2026-03-03")) && far.is_overdue(day("2026-03-04")));
    far.make(day("2026-03-03"), 15, (day("2026-03-04"), now()))
        .unwrap();
    assert!(!far.is_overdue(day("2026-03-18")) && far.is_overdue(day("2026-03-19")));
    far.step(StudyVisitState::Reported, None, now()).unwrap();
    assert!(!far.is_overdue(day("2027-01-01")));
}

#[test]
fn a_division_above_only_looks_on() {
    let (own, above) = (code("230103001001"), code("230103000000"));
    assert!(check_own(Some(&own), &own, "STUDY_VISIT_VISITOR").is_ok());
    for home in [None, Some(&above)] {
        let refused = check_own(home, &own, "STUDY_VISIT_VISITOR").unwrap_err();
        assert_eq!(refused.kind, kernel::Kind::Forbidden);
    }
}
