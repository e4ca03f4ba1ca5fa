//! Who may do what: every action of the policies against everybody there is.

use std::collections::{BTreeMap, BTreeSet};

use kernel::DivisionCode;
use kit::auth::{Actor, Policies, Resource, Role};
use uuid::Uuid;

use crate::peers::{COMMUNITY, ELSEWHERE, WANG, adult};

/// Everybody, by a name for the table below.
fn everybody() -> BTreeMap<String, Actor> {
    let mut all = BTreeMap::from([("nobody".to_owned(), Actor::anonymous())]);
    let mut add = |name: &str, role: Role, division: Option<&str>, resident: Option<Uuid>| {
        let mut actor = Actor::new(name, [role]);
        actor.division = division.map(|code| DivisionCode::try_new(code).unwrap());
        actor.resident_id = resident;
        all.insert(name.to_owned(), actor);
    };
    add("owner", Role::Resident, Some(COMMUNITY), Some(WANG));
    add("neighbour", Role::Resident, Some(COMMUNITY), Some(adult(0)));
    add("stranger", Role::Resident, Some(ELSEWHERE), Some(adult(1)));
    for &role in Role::ALL.iter().filter(|role| **role != Role::Resident) {
        // Of the community, of its district, of another community, of nowhere.
        add(&format!("{role}"), role, Some(COMMUNITY), None);
        add(&format!("{role} above"), role, Some("230103000000"), None);
        add(&format!("{role} elsewhere"), role, Some(ELSEWHERE), None);
        add(&format!("{role} of nowhere"), role, None, None);
    }
    all
}

const STAFF: &[&str] = &["community_staff", "community_staff above"];
const WORKERS: &[&str] = &[
    "community_staff",
    "community_staff above",
    "grid_worker",
    "grid_worker above",
    "civil_affairs",
    "civil_affairs above",
];
const CIVIL: &[&str] = &["civil_affairs", "civil_affairs above"];
const FIELD: &[&str] = &[
    "grid_worker",
    "grid_worker above",
    "social_worker",
    "social_worker above",
];
const RESIDENTS: &[&str] = &["owner", "neighbour"];
const OWNER: &[&str] = &["owner"];
const OVERSIGHT: &[&str] = &[
    "auditor",
    "auditor above",
    "auditor of nowhere",
    "platform_admin",
    "platform_admin above",
    "platform_admin of nowhere",
];
const REGISTRARS: &[&str] = &[
    "civil_affairs",
    "civil_affairs above",
    "platform_admin",
    "platform_admin above",
    "platform_admin elsewhere",
    "platform_admin of nowhere",
];

/// Each action, the kind of thing it is about, and all who may; nobody else.
const CASES: &[(&str, &str, &[&[&str]])] = &[
    ("registerCommunity", "Community", &[REGISTRARS]),
    ("reportNeed", "Community", &[OWNER, WORKERS]),
    ("verifyNeed", "Need", &[WORKERS]),
    ("readNeed", "Need", &[OWNER, WORKERS, OVERSIGHT]),
    ("raiseProposal", "Need", &[OWNER, STAFF]),
    ("rateResult", "Need", &[OWNER]),
    ("screenProposal", "Proposal", &[STAFF]),
    ("placeOnAgenda", "Proposal", &[STAFF]),
    ("openBallot", "Proposal", &[STAFF]),
    ("enterPaperBallot", "Proposal", &[STAFF]),
    ("closeBallot", "Proposal", &[STAFF]),
    ("publishDecision", "Proposal", &[STAFF]),
    ("resolveObjection", "Proposal", &[STAFF]),
    ("projectiseProposal", "Proposal", &[STAFF]),
    ("secondProposal", "Proposal", &[RESIDENTS]),
    ("castBallot", "Proposal", &[RESIDENTS]),
    ("objectDecision", "Proposal", &[RESIDENTS]),
    ("draftWorkList", "WorkList", &[STAFF, CIVIL]),
    ("approveWorkList", "WorkList", &[CIVIL]),
    ("commentOnWorkList", "WorkList", &[RESIDENTS]),
    ("setDutyItem", "DutyItem", &[CIVIL]),
    ("submitAdmission", "Admission", &[CIVIL]),
    ("giveAdmissionOpinion", "Admission", &[STAFF]),
    ("reviewAdmission", "Admission", &[CIVIL]),
    ("assignTask", "Task", &[CIVIL]),
    ("answerTask", "Task", &[STAFF]),
    ("decideTask", "Task", &[CIVIL]),
    ("transferWork", "Task", &[STAFF]),
    ("requestSeal", "SealRequest", &[OWNER, STAFF]),
    ("decideSealRequest", "SealRequest", &[STAFF]),
    ("withdrawSealRequest", "SealRequest", &[OWNER]),
    (
        "readSealRequest",
        "SealRequest",
        &[OWNER, STAFF, CIVIL, OVERSIGHT],
    ),
    ("recordBurden", "BurdenRecord", &[STAFF, CIVIL]),
    ("openEvaluation", "Evaluation", &[CIVIL]),
    ("rateCommittee", "Evaluation", &[RESIDENTS]),
    ("rectifyEvaluation", "Evaluation", &[STAFF]),
    ("draftPilot", "Pilot", &[STAFF, CIVIL]),
    ("attestPilot", "Pilot", &[STAFF, CIVIL]),
    ("recommendPilot", "Pilot", &[CIVIL]),
    ("reviewPilot", "Pilot", &[CIVIL]),
    ("planStudyVisit", "StudyVisit", &[STAFF, CIVIL]),
    ("answerStudyVisit", "StudyVisit", &[STAFF]),
    ("reportStudyVisit", "StudyVisit", &[STAFF, CIVIL]),
    // Only planned; once made, all.
    ("readStudyVisit", "StudyVisit", &[STAFF, CIVIL, OVERSIGHT]),
    ("declareBrand", "CommunityBrand", &[STAFF]),
    ("managePremises", "Premises", &[STAFF]),
    ("applyForSpace", "SpaceApplication", &[STAFF]),
    ("allocateSpace", "SpaceApplication", &[STAFF]),
    ("bookDesk", "Desk", &[STAFF, FIELD]),
    ("runJointMeeting", "JointMeeting", &[STAFF]),
    ("managePartyOrganization", "PartyOrganization", &[STAFF]),
    ("managePartyMember", "PartyMember", &[STAFF]),
    ("readPartyMember", "PartyMember", &[STAFF]),
    ("registerCheckIn", "CheckIn", &[OWNER, STAFF]),
    ("workCheckIn", "CheckIn", &[OWNER, STAFF]),
    ("rateCheckIn", "CheckIn", &[OWNER]),
    ("readCheckIn", "CheckIn", &[OWNER, STAFF, CIVIL]),
    ("linkResource", "ResourceOffer", &[STAFF]),
    ("applyEntrepreneur", "Entrepreneur", &[OWNER]),
    ("coachEntrepreneur", "Entrepreneur", &[STAFF]),
    (
        "readEntrepreneur",
        "Entrepreneur",
        &[OWNER, STAFF, CIVIL, OVERSIGHT],
    ),
];

fn policies() -> Policies {
    let definition = &communities::serve::DEFINITION;
    Policies::load(definition.policy_schema, definition.policies).unwrap()
}

#[test]
fn every_action_has_its_case() {
    let policies = policies();
    let actions: BTreeSet<&str> = policies.actions().collect();
    let cases: BTreeSet<&str> = CASES.iter().map(|case| case.0).collect();
    assert_eq!(actions, cases, "write down in CASES who may do it");
    assert_eq!(cases.len(), CASES.len(), "an action stands twice");
}

#[test]
fn exactly_those_may_whom_the_table_names() {
    let policies = policies();
    let everybody = everybody();
    for (action, kind, allowed) in CASES {
        let allowed: BTreeSet<&str> = allowed.iter().copied().flatten().copied().collect();
        assert!(allowed.iter().all(|name| everybody.contains_key(*name)));
        let thing = Resource::new(kind, "1")
            .in_division(DivisionCode::try_new(COMMUNITY).unwrap())
            .owned_by(WANG);
        for (name, actor) in &everybody {
            assert_eq!(
                policies.allows(actor, action, &thing),
                allowed.contains(name.as_str()),
                "{name}: {action}"
            );
        }
    }
}

#[test]
fn a_thing_of_no_division_and_no_owner_is_nobodys_own() {
    let policies = policies();
    for (action, kind, _) in CASES {
        let thing = Resource::new(kind, "1");
        for (name, actor) in &everybody() {
            let over = name.starts_with("platform_admin") || name == "auditor of nowhere";
            if !over {
                assert!(!policies.allows(actor, action, &thing), "{name}: {action}");
            }
        }
    }
}
