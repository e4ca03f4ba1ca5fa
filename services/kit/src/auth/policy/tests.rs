use kernel::{DivisionCode, Fault as _, Kind, Lang};
use uuid::Uuid;

use super::*;
use crate::auth::Role;

const SCHEMA: &str = r"
// 招标与需求
entity Tender = { sealed: Bool, state: String, budget?: Long };
entity Need;
action read;
action readTender in [read] appliesTo { principal: User, resource: Tender };
action openTender appliesTo { principal: User, resource: Tender };
action readNeed in [read] appliesTo { principal: User, resource: Need };
action withdrawNeed appliesTo { principal: User, resource: Need };
";

const POLICIES: &str = r#"
@id("officers-read-in-their-division")
permit (principal, action in Sanshe::Action::"read", resource)
when {
    principal.roles.contains("procurement_officer")
    && resource.divisions.contains(principal.division)
};

@id("nobody-reads-a-sealed-tender")
forbid (principal, action == Sanshe::Action::"readTender", resource)
when { resource.sealed };

@id("officers-open-small-tenders")
permit (principal, action == Sanshe::Action::"openTender", resource)
when { resource has budget && resource.budget < 100 && resource.state == "closed" };

@id("own-needs")
permit (principal, action in [Sanshe::Action::"readNeed", Sanshe::Action::"withdrawNeed"], resource)
when { resource.owner == principal.residentId || resource.organization == principal.organizationId };
"#;

fn policies() -> Policies {
    Policies::load(SCHEMA, POLICIES).unwrap()
}

fn code(text: &str) -> DivisionCode {
    DivisionCode::try_new(text).unwrap()
}

fn officer() -> Actor {
    let mut actor = Actor::new("u-1", [Role::ProcurementOfficer]);
    actor.division = Some(code("110105000000"));
    actor
}

fn tender(division: &str, sealed: bool) -> Resource {
    Resource::new("Tender", "t-1")
        .in_division(code(division))
        .with("sealed", sealed)
        .with("state", "closed")
}

fn failure(schema: &str, policies: &str) -> String {
    match Policies::load(schema, policies) {
        Ok(_) => panic!("accepted: {schema} {policies}"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn permits_within_the_division_and_nowhere_else() {
    let policies = policies();
    assert!(policies.allows(&officer(), "readTender", &tender("110105000000", false)));
    assert!(policies.allows(&officer(), "readTender", &tender("110105001002", false)));
    assert!(!policies.allows(&officer(), "readTender", &tender("110106000000", false)));
    assert!(!policies.allows(&officer(), "readTender", &tender("110000000000", false)));
}

#[test]
fn a_thing_and_an_actor_without_a_division_never_match() {
    let policies = policies();
    let mut nowhere = tender("110105000000", false);
    nowhere.division = None;
    let mut unplaced = officer();
    unplaced.division = None;
    assert!(!policies.allows(&officer(), "readTender", &nowhere));
    assert!(!policies.allows(&unplaced, "readTender", &nowhere));
    assert!(!policies.allows(&unplaced, "readTender", &tender("110105000000", false)));
}

#[test]
fn two_absent_ids_are_not_equal() {
    let policies = policies();
    assert!(!policies.allows(&officer(), "withdrawNeed", &Resource::new("Need", "n-1")));
    let mut resident = Actor::new("u-2", [Role::Resident]);
    resident.resident_id = Some(Uuid::from_u128(7));
    let own = Resource::new("Need", "n-1").owned_by(Uuid::from_u128(7));
    let others = Resource::new("Need", "n-1").owned_by(Uuid::from_u128(8));
    assert!(policies.allows(&resident, "withdrawNeed", &own));
    assert!(!policies.allows(&resident, "withdrawNeed", &others));
}

#[test]
fn a_forbid_outweighs_a_permit() {
    assert!(!policies().allows(&officer(), "readTender", &tender("110105000000", true)));
}

#[test]
fn knows_optional_attributes() {
    let policies = policies();
    let tender = tender("110105000000", false);
    assert!(!policies.allows(&officer(), "openTender", &tender));
    assert!(policies.allows(&officer(), "openTender", &tender.clone().with("budget", 99)));
    assert!(!policies.allows(&officer(), "openTender", &tender.with("budget", 100)));
}

#[test]
fn denies_by_default_and_tells_the_action_but_no_rule() {
    let policies = policies();
    let thing = tender("110106000000", false);
    let denied = policies
        .check(&officer(), "readTender", &thing)
        .unwrap_err();
    assert_eq!(
        (denied.kind(), denied.reason()),
        (Kind::Forbidden, "FORBIDDEN")
    );
    assert_eq!(denied.action(), "readTender");
    for lang in [Lang::Zh, Lang::En] {
        let message = denied.message(lang);
        assert!(
            message.contains("readTender") && !message.contains("officers"),
            "{message}"
        );
    }
    let denied = policies
        .check(&Actor::anonymous(), "readTender", &thing)
        .unwrap_err();
    assert_eq!(
        (denied.kind(), denied.reason()),
        (Kind::Unauthenticated, "UNAUTHENTICATED")
    );
}

#[test]
fn refuses_questions_the_schema_does_not_know() {
    let policies = policies();
    let sound = tender("110105000000", false);
    let mut bare = sound.clone();
    bare.extra.remove("sealed");
    let cases = [
        ("burnTender", sound.clone()),
        ("read", sound.clone()),
        ("readNeed", sound.clone()),
        ("readTender", Resource::new("Contract", "c-1")),
        ("readTender", bare),
        ("readTender", sound.clone().with("sealed", "no")),
        ("readTender", sound.with("colour", "red")),
    ];
    for (action, resource) in cases {
        let denied = policies.check(&officer(), action, &resource).unwrap_err();
        assert_eq!(denied.kind(), Kind::Internal, "{action} {resource:?}");
    }
}

#[test]
fn lists_its_actions_and_the_whole_schema() {
    let policies = policies();
    let actions: Vec<&str> = policies.actions().collect();
    assert_eq!(
        actions,
        ["openTender", "readNeed", "readTender", "withdrawNeed"]
    );
    let (schema, _) = cedar_policy::Schema::from_cedarschema_str(policies.schema_text()).unwrap();
    let validator = Validator::new(schema);
    let set: PolicySet = POLICIES.parse().unwrap();
    assert!(
        validator
            .validate(&set, ValidationMode::Strict)
            .validation_passed()
    );
}

#[test]
fn reads_the_same_schema_inside_its_namespace() {
    let wrapped = format!("namespace Sanshe {{ {SCHEMA} }}");
    let policies = Policies::load(&wrapped, POLICIES).unwrap();
    assert!(policies.allows(&officer(), "readTender", &tender("110105000000", false)));
}

#[test]
fn names_the_policy_that_does_not_validate() {
    let cases = [
        (
            r#"permit (principal, action == Sanshe::Action::"readTendr", resource)"#,
            "readTendr",
        ),
        (
            r#"permit (principal, action == Sanshe::Action::"readNeed", resource) when { resource.sealed }"#,
            "sealed",
        ),
        (
            r"permit (principal, action, resource) when { resource.owner == 3 }",
            "mine",
        ),
        (
            r"permit (principal, action, resource) when { false }",
            "false",
        ),
        (
            r#"permit (principal, action == Sanshe::Action::"readNeed", resource is Sanshe::Tender)"#,
            "appl",
        ),
        (
            r#"permit (principal, action, resource) when { principal.roles.contains("oficer") }"#,
            "oficer",
        ),
        (
            r#"permit (principal, action, resource) unless { true && principal.roles.containsAny(["auditor", "king"]) }"#,
            "king",
        ),
    ];
    for (policy, hint) in cases {
        let message = failure(SCHEMA, &format!("{POLICIES}\n@id(\"mine\")\n{policy};"));
        assert!(
            message.contains("mine") && message.contains(hint),
            "{message}"
        );
    }
}

#[test]
fn wants_a_name_for_every_policy() {
    let nameless = "permit (principal, action, resource);";
    assert!(failure(SCHEMA, nameless).contains("no @id"));
    let twice = format!("@id(\"a\") {nameless} @id(\"a\") {nameless}");
    assert!(failure(SCHEMA, &twice).contains("two policies are called a"));
}

#[test]
fn shows_the_line_of_a_fault() {
    assert!(failure(SCHEMA, "\n\npermit (principal, action resource);").contains("line 3"));
    assert!(failure("entity A;\nentity = B;", POLICIES).contains("line 2"));
}

#[test]
fn refuses_a_schema_that_goes_beyond_the_format() {
    let action = "action look appliesTo { principal: User, resource: Thing };";
    let cases = [
        ("", "nothing"),
        ("entity User;", "User is given"),
        ("entity Thing = { owner: String };", "owner is given"),
        (
            "entity Thing = { tags: Set<String> };",
            "neither Bool, Long nor String",
        ),
        ("entity Thing enum [\"a\"];", "enumerated"),
        (
            "namespace Other { entity Thing; }",
            "the only namespace is Sanshe",
        ),
        (action, "Thing"),
    ];
    for (schema, hint) in cases {
        let message = failure(schema, "");
        assert!(message.contains(hint), "{schema}: {message}");
    }
}

#[test]
fn permits_nothing_where_no_policy_is_written() {
    let policies = Policies::load(SCHEMA, "").unwrap();
    let mut admin = officer();
    admin.roles.extend(Role::ALL);
    assert!(!policies.allows(&admin, "readTender", &tender("110105000000", false)));
}
