//! The lines of `graphql_access` for joint meetings and the Party–mass platform.

use serde_json::json;
use testkit::access::{Line, local, oversight};

use crate::{
    access_governance::open,
    graphql_entrepreneur::course,
    graphql_joint_meeting::{call, called, unit},
    graphql_party::organization,
    ground::{CITY, done, here, only},
    peers::{WANG, adult},
    steps::Chain,
    support::{House, resident_id, staff, wang},
};

pub async fn lines(house: &House, chain: &Chain) -> Vec<Line> {
    let community = || local(&["community_staff"]);
    let run = ["runJointMeeting"];
    let school = unit(house, "第三小学").await;
    let meeting = called(house).await;
    let hold = json!({ "meetingId": meeting, "unitIds": [school], "resolutions": [] });
    // A meeting that was held elsewhere left something to do.
    let action = uuid::Uuid::from_u128(0x79);
    house
        .sql(&format!(
            "ALTER TABLE joint_actions DISABLE TRIGGER joint_actions_guard;
             INSERT INTO joint_actions (id, meeting_id, community_id, division_code, title, due_on, created_at)
             SELECT '{action}', id, community_id, division_code, 'x', '2027-01-01', created_at FROM joint_meetings;
             ALTER TABLE joint_actions ENABLE TRIGGER joint_actions_guard"
        ))
        .await;
    let action = json!(kit::graph::global(
        communities::domain::joint_meeting::JointActionId::from_uuid(action)
    ));
    let mut lines = vec![
        Line::act(
            "registerResidentUnit",
            json!({ "communityId": here(house), "name": "银行", "kind": "ENTERPRISE" }),
            &[community()],
        )
        .asks(&run),
        Line::act("callJointMeeting", call(house, "2026-Q2"), &[community()]).asks(&run),
        Line::act("holdJointMeeting", hold, &[community()]).asks(&run),
        Line::act(
            "minuteJointMeeting",
            json!({ "meetingId": meeting, "minutes": "纪要" }),
            &[community()],
        )
        .asks(&run),
        Line::act(
            "addJointAction",
            json!({ "meetingId": meeting, "title": "办", "dueOn": "2026-12-01" }),
            &[community()],
        )
        .asks(&run),
        Line::act(
            "completeJointAction",
            json!({ "actionId": action, "result": "已办" }),
            &[community()],
        )
        .asks(&run),
        Line::act("closeJointMeeting", only(&meeting), &[community()]).asks(&run),
        Line::act("cancelJointMeeting", only(&meeting), &[community()]).asks(&run),
        Line::public("residentUnits", "(first: 5) { nodes { id } }"),
        // Some community is always late from some day on; here none is yet.
        Line::read(
            "overdueJointMeetings",
            &format!("(divisionCode: \"{CITY}\") {{ name }}"),
            &[],
        ),
    ];
    lines.extend(open("jointMeeting", &meeting, "jointMeetings"));
    lines.extend(open("jointAction", &action, "jointActions"));
    lines.push(Line::public(
        "residentUnit",
        &format!("(id: {school}) {{ id }}"),
    ));

    let committee = organization(house, "COMMITTEE", None).await;
    let group = organization(house, "GRID_GROUP", Some(&committee)).await;
    let joins = |id| json!({ "organizationId": committee, "residentId": resident_id(id), "role": "MEMBER", "joinedOn": "2020-07-01" });
    let member = done(
        house,
        &staff(),
        "addPartyMember",
        &joins(WANG),
        "member { id }",
    )
    .await["id"]
        .clone();
    let tree = ["managePartyOrganization"];
    let belongs = ["managePartyMember"];
    lines.extend([
        Line::act("registerPartyOrganization", json!({ "communityId": here(house), "kind": "BRANCH", "name": "一支部", "parentId": committee }), &[community()]).asks(&tree),
        Line::act("dissolvePartyOrganization", only(&group), &[community()]).asks(&tree),
        Line::act("addPartyMember", joins(adult(7)), &[community()]).asks(&belongs),
        Line::act("removePartyMember", only(&member), &[community()]).asks(&belongs),
    ]);
    lines.extend(open("partyOrganization", &committee, "partyOrganizations"));

    let owner = || vec!["owner".to_owned()];
    let report =
        json!({ "communityId": here(house), "residentId": resident_id(WANG), "offers": "送餐" });
    let made = done(
        house,
        &staff(),
        "registerCheckIn",
        &report,
        "checkIn { id }",
    )
    .await["id"]
        .clone();
    let idle = done(
        house,
        &staff(),
        "registerCheckIn",
        &report,
        "checkIn { id }",
    )
    .await["id"]
        .clone();
    let claim = json!({ "checkInId": made, "needId": chain.need });
    done(house, &staff(), "claimNeed", &claim, "checkIn { id }").await;
    let mut civil = local(&["civil_affairs"]);
    civil.push("city".into());
    let sees = || [owner(), community(), civil.clone()];
    let work = ["workCheckIn"];
    let id = format!("(id: {made}) {{ id }}");
    lines.extend([
        Line::act("registerCheckIn", report, &[owner(), community()]),
        Line::act("claimNeed", claim, &[owner(), community()]).asks(&work),
        Line::act(
            "completeCheckIn",
            json!({ "checkInId": made, "result": "已送" }),
            &[owner(), community()],
        )
        .asks(&work),
        Line::act("withdrawCheckIn", only(&idle), &[owner(), community()]).asks(&work),
        Line::act(
            "rateCheckIn",
            json!({ "checkInId": made, "stars": 5 }),
            &[owner()],
        ),
        Line::read("checkIn", &id, &sees()).asks(&["readCheckIn"]),
        Line::read("checkIns", "(first: 5) { nodes { id } }", &sees()),
    ]);
    let offer = json!({ "unitId": school, "kind": "VENUE", "description": "操场" });
    let offered =
        done(house, &staff(), "offerUnitResource", &offer, "offer { id }").await["id"].clone();
    let link = ["linkResource"];
    lines.extend([
        Line::act("offerUnitResource", offer, &[community()]).asks(&link),
        Line::act(
            "matchUnitOffer",
            json!({ "offerId": offered, "needId": chain.need }),
            &[community()],
        )
        .asks(&link),
        Line::act("unmatchUnitOffer", only(&offered), &[community()]).asks(&link),
        Line::act(
            "deliverUnitOffer",
            json!({ "offerId": offered, "result": "x" }),
            &[community()],
        )
        .asks(&link),
        Line::act("withdrawUnitOffer", only(&offered), &[community()]).asks(&link),
    ]);
    lines.extend(open("unitOffer", &offered, "unitOffers"));
    lines.extend(entrepreneurs(house).await);
    // Last: a unit that leaves comes to no meeting.
    lines.push(Line::act("retireResidentUnit", only(&school), &[community()]).asks(&run));
    lines
}

async fn entrepreneurs(house: &House) -> Vec<Line> {
    let community = || local(&["community_staff"]);
    let wanted = json!({ "communityId": here(house), "idea": "编织", "homeBased": true });
    let one = done(
        house,
        &wang(),
        "applyEntrepreneur",
        &wanted,
        "entrepreneur { id }",
    )
    .await["id"]
        .clone();
    let lesson = course(house, &one, 1);
    let yes = json!({ "entrepreneurId": one, "admit": true });
    done(
        house,
        &staff(),
        "admitEntrepreneur",
        &yes,
        "entrepreneur { id }",
    )
    .await;
    let held = done(
        house,
        &staff(),
        "holdStartupCourse",
        &lesson,
        "course { id }",
    )
    .await["id"]
        .clone();
    let run = ["coachEntrepreneur"];
    let mut civil = local(&["civil_affairs"]);
    civil.push("city".into());
    let owner = || vec!["owner".to_owned()];
    let sees = || [owner(), community(), civil.clone(), oversight()];
    let id = format!("(id: {one}) {{ id }}");
    let mut lines = vec![
        // A neighbour applies for themself.
        Line::act(
            "applyEntrepreneur",
            wanted,
            &[vec!["owner".into(), "neighbour".into()]],
        ),
        Line::act("admitEntrepreneur", yes, &[community()]).asks(&run),
        Line::act("coachEntrepreneur", only(&one), &[community()]),
        Line::act(
            "startEntrepreneur",
            json!({ "entrepreneurId": one, "business": "x", "startedOn": "2026-03-01" }),
            &[community()],
        )
        .asks(&run),
        Line::act(
            "trackEntrepreneur",
            json!({ "entrepreneurId": one, "note": "x" }),
            &[community()],
        )
        .asks(&run),
        Line::act("holdStartupCourse", lesson, &[community()]).asks(&run),
        Line::act(
            "grantStartupSupport",
            json!({ "entrepreneurId": one, "kind": "TEAM", "description": "x" }),
            &[community()],
        )
        .asks(&run),
        Line::read("entrepreneur", &id, &sees()).asks(&["readEntrepreneur"]),
        Line::read(
            "entrepreneurs",
            "(first: 5) { nodes { id } }",
            &[sees().concat(), vec!["neighbour".into()]],
        ),
    ];
    lines.extend(open("startupCourse", &held, "startupCourses"));
    lines.push(
        Line::act("withdrawEntrepreneur", only(&one), &[owner()]).asks(&["applyEntrepreneur"]),
    );
    lines
}
