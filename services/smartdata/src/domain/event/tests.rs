use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn event(state: EventState) -> Event {
    Event {
        id: EventId::from_uuid(uuid::Uuid::from_u128(1)),
        number: number("E", "2026-03-02".parse().unwrap(), 7),
        class_code: "DISPUTE".into(),
        source: EventSource::GridWorker,
        division_code: DivisionCode::try_new("230103001001").unwrap(),
        grid_code: None,
        location: "2 号楼".into(),
        description: "噪声".into(),
        resident_id: None,
        external_reference: None,
        patrol_task_id: None,
        reported_by: "u".into(),
        channel: "app".into(),
        assisted_by: None,
        state,
        handler_subject: Some("zhao".into()),
        handler_name: Some("赵".into()),
        outcome: Some("已劝解".into()),
        merged_into: None,
        reworks: 0,
        reported_at: at("2026-03-02T01:00:00Z"),
        due_at: at("2026-03-03T01:00:00Z"),
        step_due_at: Some(at("2026-03-02T03:00:00Z")),
        closed_at: None,
        verified_by: None,
        stars: None,
        rating_note: None,
        version: 1,
        updated_at: at("2026-03-02T01:00:00Z"),
    }
}

#[test]
fn whoever_did_the_work_does_not_verify_it() {
    let now = at("2026-03-02T05:00:00Z");
    let mut done = event(EventState::FedBack);
    assert_eq!(
        done.close("zhao", now).unwrap_err().reason,
        "EVENT_VERIFIED_BY_ANOTHER"
    );
    done.close("li", now).unwrap();
    assert_eq!(done.closed_at, Some(now));
}

#[test]
fn a_closed_event_is_reopened_while_there_is_time() {
    let now = at("2026-03-02T05:00:00Z");
    let mut closed = event(EventState::FedBack);
    closed.close("li", now).unwrap();
    let refused = closed.clone().reopen(now, now).unwrap_err();
    assert_eq!(refused.reason, "EVENT_REOPEN_ENDED");
    closed.reopen(at("2026-03-07T00:00:00Z"), now).unwrap();
    assert_eq!((closed.state, closed.reworks), (EventState::Rework, 1));
    assert_eq!((closed.closed_at, closed.verified_by), (None, None));
}

#[test]
fn a_limit_reached_is_a_limit_missed() {
    let open = event(EventState::Handling);
    assert!(!open.is_overdue(at("2026-03-03T00:59:59Z")));
    assert!(open.is_overdue(open.due_at));
    assert!(open.is_step_overdue(at("2026-03-02T03:00:00Z")));
    let mut closed = event(EventState::FedBack);
    closed.close("li", at("2026-03-02T05:00:00Z")).unwrap();
    assert!(!closed.is_overdue(at("2027-01-01T00:00:00Z")));
    assert!(!event(EventState::Merged).is_overdue(at("2027-01-01T00:00:00Z")));
}

#[test]
fn is_never_merged_into_itself_or_into_one_that_is_gone() {
    let now = at("2026-03-02T05:00:00Z");
    let mut double = event(EventState::Registered);
    let same = double.clone();
    assert!(double.merge_into(&same, now).is_err());
    let mut other = event(EventState::Invalid);
    other.id = EventId::from_uuid(uuid::Uuid::from_u128(2));
    assert!(double.merge_into(&other, now).is_err());
    other.state = EventState::Handling;
    double.merge_into(&other, now).unwrap();
    assert_eq!(double.merged_into, Some(other.id));
}

#[test]
fn a_deferral_lengthens_and_is_decided_by_another() {
    let now = at("2026-03-02T05:00:00Z");
    let id = DeferralId::from_uuid(uuid::Uuid::from_u128(3));
    let ask = |until: &str, state| {
        let until = at(until);
        Deferral::ask(id, &event(state), ("等配件".into(), until), "zhao", now)
    };
    assert!(ask("2026-03-02T06:00:00Z", EventState::Handling).is_err());
    assert!(ask("2026-03-09T06:00:00Z", EventState::FedBack).is_err());
    let mut asked = ask("2026-03-09T06:00:00Z", EventState::Handling).unwrap();
    assert!(asked.decide((true, None), "zhao", now).is_err());
    asked.decide((true, None), "li", now).unwrap();
    assert_eq!(asked.approved, Some(true));
}

#[test]
fn a_report_of_a_resident_names_the_resident() {
    let report = NewEvent {
        class_code: "DISPUTE".into(),
        source: EventSource::Resident,
        division_code: DivisionCode::try_new("230103001001").unwrap(),
        grid_code: None,
        location: " 2 号楼 ".into(),
        description: "噪声".into(),
        resident_id: None,
        external_reference: None,
        patrol_task_id: None,
    };
    assert_eq!(
        report.clone().checked().unwrap_err().reason,
        "REPORTER_MISSING"
    );
    let hotline = NewEvent {
        source: EventSource::Hotline12345,
        ..report
    };
    assert_eq!(hotline.clone().checked().unwrap().location, "2 号楼");
    let mute = NewEvent {
        description: "  ".into(),
        ..hotline
    };
    assert_eq!(
        mute.checked().unwrap_err().field.as_deref(),
        Some("input.description")
    );
}
