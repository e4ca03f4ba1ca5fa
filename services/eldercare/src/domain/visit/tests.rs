//! SM-11 over its whole table, and the clock of a visit.

use kernel::keys::VolunteerId;
use uuid::Uuid;

use super::*;

fn at(minutes: i64) -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

fn visit(state: VisitState) -> Visit {
    let id = Uuid::from_u128(1);
    Visit {
        id: VisitId::from_uuid(id),
        order_id: OrderId::from_uuid(id),
        trace_id: TraceId::from_uuid(id),
        contract_id: ContractId::from_uuid(id),
        organization_id: OrganizationId::from_uuid(id),
        elder_id: ResidentId::from_uuid(id),
        division_code: DivisionCode::try_new("110105001001").unwrap(),
        worker: Worker::Volunteer(VolunteerId::from_uuid(id)),
        worker_resident_id: None,
        planned_start: at(60),
        planned_end: at(120),
        in_at: None,
        in_method: None,
        in_location: None,
        out_at: None,
        minutes: None,
        tasks: vec![],
        confirm_method: None,
        confirmed_at: None,
        confirmed_by: None,
        end_reason: None,
        state,
        version: 1,
        assigned_at: at(0),
        updated_at: at(0),
    }
}

#[test]
fn only_the_listed_moves_are_legal() {
    for &from in VisitState::ALL {
        for &next in VisitState::ALL {
            let legal = VisitState::MOVES.contains(&(from, next));
            assert_eq!(from.to(next).is_ok(), legal, "{from:?} → {next:?}");
        }
    }
}

#[test]
fn a_refused_missed_or_void_visit_never_moves_again_and_a_settled_one_only_to_void() {
    let after = |end: VisitState| -> Vec<VisitState> {
        let all = VisitState::ALL.iter().copied();
        all.filter(|next| end.to(*next).is_ok()).collect()
    };
    for end in [VisitState::Voided, VisitState::Refused, VisitState::NoShow] {
        assert!(after(end).is_empty());
    }
    assert_eq!(after(VisitState::Settled), [VisitState::Voided]);
}

#[test]
fn whole_minutes_count_and_a_forgotten_check_out_is_capped() {
    let mut visit_ = visit(VisitState::Accepted);
    visit_
        .check_in(CheckMethod::Token, None, Minutes::ZERO, at(60))
        .unwrap();
    let mut forgotten = visit_.clone();
    visit_
        .check_out(vec![" 送餐 ".into()], Minutes::new(480), at(125))
        .unwrap();
    assert_eq!(visit_.minutes, Some(Minutes::new(65)));
    assert_eq!(visit_.tasks, ["送餐"]);
    forgotten
        .check_out(vec![], Minutes::new(480), at(60 + 3000))
        .unwrap();
    assert_eq!(forgotten.minutes, Some(Minutes::new(480)));
}

#[test]
fn nobody_checks_in_long_before_the_plan_or_by_gps_without_a_place() {
    let mut early = visit(VisitState::Accepted);
    let refused = early.check_in(CheckMethod::Phone, None, Minutes::new(30), at(29));
    assert_eq!(refused.unwrap_err().reason, "CHECK_IN_TOO_EARLY");
    let mut nowhere = visit(VisitState::Accepted);
    let refused = nowhere.check_in(CheckMethod::Gps, None, Minutes::new(30), at(60));
    assert_eq!(refused.unwrap_err().reason, "LOCATION_MISSING");
    let off = Some(Location {
        latitude: 91.0,
        longitude: 0.0,
    });
    let refused = nowhere.check_in(CheckMethod::Gps, off, Minutes::new(30), at(60));
    assert_eq!(refused.unwrap_err().reason, "LOCATION_RANGE");
}

#[test]
fn a_visit_cannot_end_the_moment_it_began() {
    let mut visit = visit(VisitState::Accepted);
    visit
        .check_in(CheckMethod::Token, None, Minutes::ZERO, at(60))
        .unwrap();
    let refused = visit.check_out(vec![], Minutes::new(480), at(60));
    assert_eq!(refused.unwrap_err().reason, "VISIT_ACTUAL_ORDER");
}

#[test]
fn nobody_is_missing_before_the_planned_time() {
    let refused = visit(VisitState::Accepted).record_no_show("没人", at(59));
    assert_eq!(refused.unwrap_err().reason, "NO_SHOW_TOO_EARLY");
    assert!(
        visit(VisitState::Accepted)
            .record_no_show("没人", at(61))
            .is_ok()
    );
    let refused = visit(VisitState::Accepted).record_no_show(" ", at(61));
    assert_eq!(refused.unwrap_err().reason, "REASON_LENGTH");
}

#[test]
fn a_plan_lies_ahead_and_within_a_day() {
    let plan = |from, to| {
        let wanted = AssignVisit {
            order_id: OrderId::from_uuid(Uuid::nil()),
            worker: Worker::Volunteer(VolunteerId::from_uuid(Uuid::nil())),
            planned_start: at(from),
            planned_end: at(to),
        };
        wanted.check(at(0)).map_err(|refusal| refusal.reason)
    };
    assert_eq!(plan(10, 70), Ok(()));
    assert_eq!(plan(70, 10), Err("PLANNED_RANGE"));
    assert_eq!(plan(10, 10), Err("PLANNED_RANGE"));
    assert_eq!(plan(0, 1441), Err("PLANNED_RANGE"));
    assert_eq!(plan(-60, -10), Err("PLANNED_PAST"));
}

#[test]
fn nobody_confirms_in_the_name_of_another() {
    use ConfirmMethod::{App, Card, Family, Phone};
    for (who, methods) in [
        (Confirmer::Elder, &[App, Card][..]),
        (Confirmer::Relative, &[Family]),
        (Confirmer::Staff, &[Card, Phone]),
    ] {
        for &method in ConfirmMethod::ALL {
            assert_eq!(
                who.check(method).is_ok(),
                methods.contains(&method),
                "{who:?} {method:?}"
            );
        }
    }
}
