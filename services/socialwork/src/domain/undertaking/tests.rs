//! The way of each kind, what its phases ask for, and when a target is reached.

use super::*;

fn new(kind: UndertakingKind) -> Undertaking {
    Undertaking {
        id: UndertakingId::from_uuid(uuid::Uuid::nil()),
        kind,
        community_id: CommunityId::from_uuid(uuid::Uuid::nil()),
        division_code: "230103001001".parse().unwrap(),
        lead_id: SocialWorkerId::from_uuid(uuid::Uuid::nil()),
        title: "银龄手拉手".into(),
        aim: "扩大社会支持".into(),
        audience: "独居老人".into(),
        phase: kind.first(),
        addressee: None,
        answer: None,
        summary: None,
        members: 3,
        version: 1,
        started_at: DateTime::UNIX_EPOCH,
        ended_at: None,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

const READY: Readiness = Readiness {
    measures: 1,
    unread: 0,
    least_members: 3,
};

fn said(text: &str) -> Words {
    Words {
        addressee: Some(text.into()),
        answer: Some(text.into()),
        summary: Some(text.into()),
    }
}

#[test]
fn each_kind_goes_its_way_to_the_end_and_no_further() {
    let now = DateTime::UNIX_EPOCH;
    for kind in UndertakingKind::ALL {
        let mut one = new(*kind);
        assert_eq!(kind.way()[0], kind.first());
        for phase in &kind.way()[1..] {
            one.advance(said("说明"), READY, now).unwrap();
            assert_eq!(one.phase, *phase);
        }
        assert!(one.phase.is_over() && one.ended_at.is_some());
        let refused = one.advance(said("说明"), READY, now).unwrap_err();
        assert_eq!(refused.reason, "UNDERTAKING_PHASE");
        assert_eq!(
            one.cancel("晚".into(), now).unwrap_err().reason,
            "UNDERTAKING_OVER"
        );
    }
}

#[test]
fn a_phase_asks_for_what_it_needs() {
    let now = DateTime::UNIX_EPOCH;
    let none = Readiness {
        measures: 0,
        ..READY
    };
    let mut one = new(UndertakingKind::Group);
    let reason = |answer: Result<(), Refusal>| answer.unwrap_err().reason;
    assert_eq!(
        reason(one.advance(Words::default(), none, now)),
        "MEASURES_MISSING"
    );
    one.members = 2;
    assert_eq!(
        reason(one.advance(Words::default(), READY, now)),
        "GROUP_TOO_SMALL"
    );
    one.phase = UndertakingPhase::Mature;
    let unread = Readiness { unread: 1, ..READY };
    assert_eq!(
        reason(one.advance(said("完"), unread, now)),
        "READINGS_MISSING"
    );
    let mut issue = new(UndertakingKind::Advocacy);
    issue.phase = UndertakingPhase::Evidence;
    let refused = issue.advance(Words::default(), READY, now).unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("input.addressee"));
}

#[test]
fn a_target_may_lie_above_or_below() {
    let measure = |baseline, target, value| Measure {
        id: MeasureId::from_uuid(uuid::Uuid::nil()),
        undertaking_id: UndertakingId::from_uuid(uuid::Uuid::nil()),
        name: "孤独感量表".into(),
        unit: "分".into(),
        baseline,
        target,
        value,
        taken_on: None,
    };
    assert!(measure(50, 40, Some(38)).is_reached());
    assert!(!measure(50, 40, Some(41)).is_reached());
    assert!(measure(1, 3, Some(3)).is_reached());
    assert!(!measure(1, 3, None).is_reached());
    assert!(check_measure(3, 3).is_err());
}
