//! Which papers suffice, and for which days.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn paper(kind: CredentialKind, from: &str, to: &str) -> Credential {
    Credential {
        id: CredentialId::from_uuid(uuid::Uuid::nil()),
        organization_id: OrganizationId::from_uuid(uuid::Uuid::nil()),
        care_worker_id: None,
        division_code: "230103001001".parse().unwrap(),
        kind,
        number_tail: "1234".into(),
        issuer: "卫生健康局".into(),
        valid_from: day(from),
        valid_to: day(to),
        state: CredentialState::Verified,
        submitted_by: "manager".into(),
        submitted_at: DateTime::UNIX_EPOCH,
        reviewed_by: Some("officer".into()),
        reviewed_at: Some(DateTime::UNIX_EPOCH),
        review_reason: None,
        version: 2,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn rule(who: Who, line: Option<ServiceLine>, any_of: &[CredentialKind]) -> Requirement {
    Requirement {
        code: "x".into(),
        line,
        who,
        any_of: any_of.to_vec(),
        valid_from: day("2020-01-01"),
        valid_to: None,
        source: "测试".into(),
    }
}

fn rules() -> Vec<Requirement> {
    use CredentialKind::{HealthCertificate, MedicalLicence, Nurse, Physician};
    let medical = Some(ServiceLine::Medical);
    vec![
        rule(Who::Provider, medical, &[MedicalLicence]),
        rule(Who::Worker, medical, &[Physician, Nurse]),
        rule(Who::CareWorker, None, &[HealthCertificate]),
    ]
}

const DAYS: (&str, &str) = ("2026-03-31", "2026-04-01");

fn check(line: ServiceLine, serving: Serving<'_>) -> Result<(), &'static str> {
    let days = (day(DAYS.0), day(DAYS.1));
    check_papers(&rules(), line, serving, days).map_err(|refusal| refusal.reason)
}

#[test]
fn medical_service_needs_a_licence_and_a_credential_on_every_planned_day() {
    let licence = [paper(
        CredentialKind::MedicalLicence,
        "2025-01-01",
        "2026-04-01",
    )];
    let nurse = [
        paper(CredentialKind::Nurse, "2025-01-01", "2026-04-01"),
        paper(
            CredentialKind::HealthCertificate,
            "2026-01-01",
            "2026-12-31",
        ),
    ];
    let sent = |papers| Some(Sent::CareWorker(papers));
    let serving = |provider, worker| Serving { provider, worker };
    let medical = |provider, worker| check(ServiceLine::Medical, serving(provider, worker));
    assert_eq!(medical(&licence, sent(&nurse)), Ok(()));
    assert_eq!(
        medical(&licence, None),
        Ok(()),
        "only the provider is asked about"
    );
    assert_eq!(medical(&[], None), Err("PROVIDER_NOT_LICENSED"));
    // The last day of the visit is a day too late.
    let short = [
        paper(CredentialKind::Nurse, "2025-01-01", "2026-03-31"),
        nurse[1].clone(),
    ];
    assert_eq!(
        medical(&licence, sent(&short)),
        Err("WORKER_CREDENTIAL_MISSING")
    );
    assert_eq!(
        medical(&licence, sent(&nurse[..1])),
        Err("WORKER_CREDENTIAL_MISSING")
    );
    assert_eq!(
        medical(&licence, Some(Sent::Other)),
        Err("WORKER_CREDENTIAL_MISSING")
    );
    let mut revoked = nurse.clone();
    revoked[0].state = CredentialState::Revoked;
    assert_eq!(
        medical(&licence, sent(&revoked)),
        Err("WORKER_CREDENTIAL_MISSING")
    );
    // Whoever brings lunch needs no licence; a care worker is healthy all the same.
    assert_eq!(
        check(ServiceLine::Meals, serving(&[], Some(Sent::Other))),
        Ok(())
    );
    assert_eq!(
        check(ServiceLine::Meals, serving(&[], sent(&[]))),
        Err("WORKER_CREDENTIAL_MISSING")
    );
}

#[test]
fn nobody_reviews_their_own_paper_and_a_refusal_says_why() {
    use CredentialVerdict::{Reject, Revoke, Verify};
    let mut one = paper(CredentialKind::Nurse, "2026-01-01", "2026-12-31");
    one.state = CredentialState::Submitted;
    let now = DateTime::UNIX_EPOCH;
    let mut tried = |verdict, reason, by| {
        let outcome = one.review(verdict, reason, by, now);
        outcome.map_err(|refusal| refusal.reason)
    };
    assert_eq!(
        tried(Verify, None, "manager"),
        Err("CREDENTIAL_SELF_REVIEWED")
    );
    assert_eq!(tried(Reject, Some(" "), "officer"), Err("REASON_MISSING"));
    assert_eq!(tried(Revoke, Some("x"), "officer"), Err("CREDENTIAL_STATE"));
    assert_eq!(tried(Verify, None, "officer"), Ok(()));
    assert_eq!(tried(Verify, None, "officer"), Err("CREDENTIAL_STATE"));
    assert_eq!(tried(Revoke, Some("注销"), "officer"), Ok(()));
}

#[test]
fn a_number_is_never_shown_whole() {
    let submit = |number: &str| SubmitCredential {
        organization_id: OrganizationId::from_uuid(uuid::Uuid::nil()),
        care_worker_id: None,
        kind: CredentialKind::FoodLicence,
        number: number.into(),
        issuer: "局".into(),
        valid_from: day("2026-01-01"),
        valid_to: day("2026-12-31"),
    };
    assert_eq!(submit("201523010012345").tail(), "2345");
    assert_eq!(submit("1234").tail(), "34");
    let today = day("2026-03-02");
    assert!(submit("1").check(today).is_ok());
    let mut ended = submit("1");
    ended.valid_to = day("2026-03-01");
    assert_eq!(ended.check(today).unwrap_err().reason, "CREDENTIAL_DAYS");
    let mut personal = submit("1");
    personal.kind = CredentialKind::Nurse;
    assert_eq!(
        personal.check(today).unwrap_err().reason,
        "CREDENTIAL_HOLDER"
    );
}
