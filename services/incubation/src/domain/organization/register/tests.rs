//! Registration and filing, without a database.

use super::*;

/// A private non-enterprise unit's code whose sum is divisible by 31.
pub(crate) const CODE: &str = "522306000000000350";
/// A real early code whose check character is wrong.
const EARLY: &str = "91350100M0001TGQXM";

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn id() -> OrganizationId {
    OrganizationId::from_uuid(uuid::Uuid::from_u128(1))
}

fn division(code: &str) -> DivisionCode {
    DivisionCode::try_new(code).unwrap()
}

fn new() -> NewOrganization {
    NewOrganization {
        name: "花园社会工作服务中心".into(),
        kind: OrganizationKind::PrivateNonEnterprise,
        uscc: Some(CODE.into()),
        override_reason: None,
        functional_type: FunctionalType::SocialService,
        origin: Origin::Local,
        sponsor_body: None,
        registrar_division: division("230103000000"),
        fields: vec![],
        related_residents: vec![],
        registered_on: Some("2020-05-06".parse().unwrap()),
        demo: true,
    }
}

pub(crate) fn registered() -> Organization {
    Organization::register(id(), new(), "registrar", now()).unwrap()
}

pub(crate) fn preparing() -> Organization {
    let new = NewOrganization {
        uscc: None,
        ..new()
    };
    Organization::register(id(), new, "registrar", now()).unwrap()
}

fn filing() -> FileOrganization {
    FileOrganization {
        name: "邻里互助会".into(),
        functional_type: FunctionalType::Charity,
        origin: Origin::Local,
        fields: vec![
            ServiceField::MutualAid,
            ServiceField::Service,
            ServiceField::MutualAid,
        ],
        related_residents: vec![],
        demo: true,
    }
}

fn with(code: &str) -> FiledWith {
    FiledWith {
        division: division(code),
        community: None,
    }
}

pub(crate) fn filed() -> Organization {
    Organization::file(id(), with("230103001001"), filing(), now()).unwrap()
}

fn refusal(new: NewOrganization) -> Refusal {
    Organization::register(id(), new, "registrar", now()).unwrap_err()
}

#[test]
fn a_registered_organisation_is_a_legal_person_and_may_bid() {
    let organization = registered();
    assert_eq!(organization.status, OrganizationStatus::Registered);
    assert!(organization.legal_person() && organization.may_bid() && organization.public());
    assert_eq!(
        organization.uscc_standing(),
        Some(super::super::UsccStanding::Ok)
    );
}

#[test]
fn a_filed_organisation_is_none_and_has_no_code() {
    let organization = filed();
    assert!(!organization.legal_person() && organization.may_bid());
    assert_eq!(
        (organization.uscc_standing(), organization.uscc),
        (None, None)
    );
    assert_eq!(
        organization.fields,
        [ServiceField::Service, ServiceField::MutualAid]
    );
}

#[test]
fn an_application_without_a_code_is_preparing_and_not_public() {
    let organization = preparing();
    assert_eq!(organization.status, OrganizationStatus::Preparing);
    assert!(!organization.public() && !organization.legal_person());
    assert_eq!(organization.registered_on, None);
}

#[test]
fn an_early_code_needs_a_reason_and_keeps_who_gave_it() {
    let early = |reason: Option<&str>| NewOrganization {
        kind: OrganizationKind::Enterprise,
        uscc: Some(EARLY.into()),
        override_reason: reason.map(Into::into),
        ..new()
    };
    let refused = refusal(early(None));
    assert_eq!(refused.reason, "USCC_CHECK_DIGIT");
    assert_eq!(refused.field.as_deref(), Some("input.uscc"));
    assert_eq!(refusal(early(Some("早"))).reason, "USCC_OVERRIDE_REASON");
    let kept = Organization::register(id(), early(Some("证照原件核对无误")), "张", now()).unwrap();
    let reason = kept.uscc_override.unwrap();
    assert_eq!((reason.by.as_str(), reason.at), ("张", now()));
}

#[test]
fn a_sound_code_keeps_no_override() {
    let new = NewOrganization {
        override_reason: Some("证照原件核对无误".into()),
        ..new()
    };
    let organization = Organization::register(id(), new, "张", now()).unwrap();
    assert_eq!(organization.uscc_override, None);
}

#[test]
fn refuses_a_kind_that_the_code_contradicts() {
    use OrganizationKind::{
        Committee, Enterprise, Foundation, Institution, PrivateNonEnterprise, SocialGroup,
    };
    let fits = |kind, code: &str| check_uscc(kind, code, Some("为了测试"), "a", now()).is_ok();
    for (code, right) in [
        ("512306000000000350", SocialGroup),
        ("522306000000000350", PrivateNonEnterprise),
        ("532306000000000350", Foundation),
        ("542306000000000350", Committee),
        ("552306000000000350", Committee),
    ] {
        for &kind in OrganizationKind::ALL {
            assert_eq!(fits(kind, code), kind == right, "{code} {kind}");
        }
    }
    assert!(fits(Enterprise, "91350100M000100Y43") && fits(Institution, "122306000000000350"));
    assert!(!fits(SocialGroup, "91350100M000100Y43"));
    // Trade unions register social bodies of their own.
    assert!(fits(SocialGroup, "812306000000000350"));
    assert!(!fits(Foundation, "592306000000000350"));
}

#[test]
fn refuses_a_registrar_of_the_wrong_level() {
    let low = NewOrganization {
        registrar_division: division("230103001000"),
        ..new()
    };
    assert_eq!(refusal(low).reason, "REGISTRAR_LEVEL");
    let refused = Organization::file(id(), with("230103000000"), filing(), now()).unwrap_err();
    assert_eq!(refused.reason, "REGISTRAR_LEVEL");
}

#[test]
fn refuses_malformed_input_by_field() {
    let field = |new| refusal(new).field.unwrap();
    assert_eq!(
        field(NewOrganization {
            name: " ".into(),
            ..new()
        }),
        "input.name"
    );
    assert_eq!(
        field(NewOrganization {
            kind: OrganizationKind::Filed,
            ..new()
        }),
        "input.kind"
    );
    let tomorrow = Some("2026-03-03".parse().unwrap());
    assert_eq!(
        field(NewOrganization {
            registered_on: tomorrow,
            ..new()
        }),
        "input.registeredOn"
    );
    let nowhere = FileOrganization {
        fields: vec![],
        ..filing()
    };
    let refused = Organization::file(id(), with("230103001001"), nowhere, now()).unwrap_err();
    assert_eq!(refused.reason, "FIELD_MISSING");
}
