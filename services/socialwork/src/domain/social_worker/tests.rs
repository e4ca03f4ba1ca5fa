use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn new(source: SocialWorkerSource) -> NewSocialWorker {
    NewSocialWorker {
        resident_id: ResidentId::from_uuid(Uuid::from_u128(1)),
        source,
        grade: SocialWorkerGrade::Assistant,
        certificate_no: Some("hlj2023000123".into()),
        registered_from: Some(day("2025-01-10")),
        employer: Some(OrganizationId::from_uuid(Uuid::from_u128(2))),
        exam_passed_on: None,
        community_ids: vec![CommunityId::from_uuid(Uuid::from_u128(3))],
    }
}

fn worker(source: SocialWorkerSource, registration: Option<Registration>) -> SocialWorker {
    let at = "2026-03-02T01:00:00Z".parse().unwrap();
    SocialWorker {
        id: SocialWorkerId::from_uuid(Uuid::from_u128(9)),
        resident_id: ResidentId::from_uuid(Uuid::from_u128(1)),
        source,
        grade: SocialWorkerGrade::Assistant,
        certificate_tail: None,
        registration,
        employer: None,
        exam_passed_on: None,
        communities: Vec::new(),
        active: true,
        demo: false,
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

fn refused(new: NewSocialWorker) -> &'static str {
    new.checked(day("2026-03-02")).unwrap_err().reason
}

#[test]
fn each_source_asks_for_its_own_evidence() {
    use SocialWorkerSource::{Dispatched, MunicipalExam, Qualified};
    let today = day("2026-03-02");
    assert_eq!(
        new(Qualified)
            .checked(today)
            .unwrap()
            .certificate_no
            .as_deref(),
        Some("HLJ2023000123")
    );
    let bare = |source| NewSocialWorker {
        grade: SocialWorkerGrade::None,
        certificate_no: None,
        registered_from: None,
        employer: None,
        ..new(source)
    };
    assert_eq!(refused(bare(Qualified)), "SOCIAL_WORKER_GRADE_MISSING");
    assert_eq!(refused(bare(Dispatched)), "SOCIAL_WORKER_EMPLOYER_MISSING");
    assert!(bare(MunicipalExam).checked(today).is_ok());
    let no_number = NewSocialWorker {
        certificate_no: None,
        ..new(Qualified)
    };
    assert_eq!(refused(no_number), "SOCIAL_WORKER_CERTIFICATE_MISSING");
    let unregistered = NewSocialWorker {
        registered_from: None,
        ..new(Qualified)
    };
    assert_eq!(refused(unregistered), "SOCIAL_WORKER_REGISTRATION_MISSING");
    let ungraded = NewSocialWorker {
        grade: SocialWorkerGrade::None,
        ..new(Dispatched)
    };
    assert_eq!(refused(ungraded), "SOCIAL_WORKER_GRADE_MISSING");
}

#[test]
fn the_municipal_route_needs_hours_and_a_pass() {
    let new = new(SocialWorkerSource::MunicipalExam);
    let needed = Minutes::new(4800);
    assert_eq!(
        new.check_municipal(Minutes::new(4799), needed, true)
            .unwrap_err()
            .reason,
        "TRAINING_HOURS_INSUFFICIENT"
    );
    assert_eq!(
        new.check_municipal(needed, needed, false)
            .unwrap_err()
            .reason,
        "EXAM_NOT_PASSED"
    );
    assert!(new.check_municipal(needed, needed, true).is_ok());
}

#[test]
fn refuses_no_community_and_counts_each_once() {
    let mut none = new(SocialWorkerSource::Dispatched);
    none.community_ids.clear();
    assert_eq!(refused(none), "SOCIAL_WORKER_COMMUNITIES");
    let mut twice = new(SocialWorkerSource::Dispatched);
    twice.community_ids.push(twice.community_ids[0]);
    assert_eq!(
        twice
            .checked(day("2026-03-02"))
            .unwrap()
            .community_ids
            .len(),
        1
    );
}

#[test]
fn refuses_a_malformed_certificate_and_a_future_registration() {
    let malformed = NewSocialWorker {
        certificate_no: Some("黑123".into()),
        ..new(SocialWorkerSource::Qualified)
    };
    assert_eq!(refused(malformed), "CERTIFICATE_MALFORMED");
    let early = NewSocialWorker {
        registered_from: Some(day("2026-03-03")),
        ..new(SocialWorkerSource::Qualified)
    };
    assert_eq!(refused(early), "DATE_IN_FUTURE");
}

#[test]
fn serves_to_the_last_day_of_the_cycle_and_not_after() {
    let cycle = Registration::cycle(day("2023-03-03"), 3).unwrap();
    assert_eq!(cycle.to, day("2026-03-02"));
    let qualified = worker(SocialWorkerSource::Qualified, Some(cycle));
    assert_eq!(qualified.fitness(day("2026-03-02")), Ok(()));
    assert_eq!(
        qualified.fitness(day("2026-03-03")),
        Err(Unfit::RegistrationExpired)
    );
    assert_eq!(
        qualified.fitness(day("2023-03-02")),
        Err(Unfit::RegistrationExpired)
    );
    let dispatched = worker(SocialWorkerSource::Dispatched, None);
    assert_eq!(dispatched.fitness(day("2026-03-03")), Ok(()));
    let mut ended = dispatched;
    ended.end("2026-03-02T01:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(ended.fitness(day("2026-03-03")), Err(Unfit::Inactive));
}

#[test]
fn renewal_needs_the_hours_and_follows_the_old_cycle_without_a_gap() {
    let now = "2026-03-02T01:00:00Z".parse().unwrap();
    let today = day("2026-03-02");
    let cycle = Registration::cycle(day("2024-01-01"), 3).unwrap();
    let mut one = worker(SocialWorkerSource::Qualified, Some(cycle));
    let needed = Minutes::from_hours(72).unwrap();
    let short = one
        .renew(3, Minutes::new(4319), needed, today, now)
        .unwrap_err();
    assert_eq!(short.reason, "CPD_HOURS_INSUFFICIENT");
    one.renew(3, needed, needed, today, now).unwrap();
    assert_eq!(
        one.registration,
        Some(Registration {
            from: day("2027-01-01"),
            to: day("2029-12-31")
        })
    );
    let lapsed = Registration::cycle(day("2020-01-01"), 3).unwrap();
    let mut late = worker(SocialWorkerSource::Qualified, Some(lapsed));
    late.renew(3, needed, needed, today, now).unwrap();
    assert_eq!(late.registration.unwrap().from, today);
    let mut never = worker(SocialWorkerSource::Dispatched, None);
    let refused = never.renew(3, needed, needed, today, now).unwrap_err();
    assert_eq!(refused.reason, "SOCIAL_WORKER_NOT_REGISTERED");
}

proptest! {
    #[test]
    fn a_cycle_covers_its_days_and_meets_the_next(start in 0_i64..20_000, years in 1_i64..10) {
        let from = day("1990-01-01") + chrono::TimeDelta::days(start);
        let cycle = Registration::cycle(from, years).unwrap();
        prop_assert!(cycle.covers(cycle.from) && cycle.covers(cycle.to));
        let next = cycle.to.succ_opt().unwrap();
        prop_assert!(!cycle.covers(next));
        let days = (cycle.to - cycle.from).num_days() + 1;
        prop_assert!((365 * years - 1..=366 * years).contains(&days));
    }
}
