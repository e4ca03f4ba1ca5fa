//! Lines of the table of permissions: courses, associations, teams.

use serde_json::{Value, json};
use testkit::access::{Line, local};

use crate::{
    casework::Desk,
    graphql_association::founding as associating,
    graphql_course::{announced, announcing, placing},
    graphql_volunteer_team::{founding, publishing},
    peers::{LI, WANG},
    support::{civil, li, wang},
};

fn only(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn staffed() -> Vec<String> {
    local(&["community_staff", "civil_affairs"])
}

fn of(node: &Value, rest: &str) -> String {
    format!("(id: {}) {rest}", node["id"])
}

fn social_workers() -> Vec<String> {
    only(&["case worker", "case supervisor", "case teacher"])
}

/// Who may do what about courses and associations.
pub async fn courses(desk: &Desk) -> Vec<Line> {
    let course = announced(desk, "CONTINUING").await;
    desk.done(
        &li(),
        "enrolInCourse",
        placing(&course, LI),
        "enrolment { state }",
    )
    .await;
    let association = desk
        .done(
            &civil(),
            "registerAssociation",
            associating(),
            "association { id }",
        )
        .await["association"]
        .clone();
    let district = || only(&["civil_affairs above"]);
    let which = json!({ "associationId": association["id"] });
    vec![
        Line::public("course", &of(&course, "{ id }")),
        Line::public("courses", "(first: 5) { nodes { id } }"),
        Line::read(
            "myEnrolments",
            "(first: 5) { nodes { state } }",
            &[only(&["worker themself"])],
        ),
        Line::act("announceCourse", announcing("POPULAR"), &[staffed()]),
        Line::act(
            "enrolInCourse",
            placing(&course, WANG),
            &[staffed(), only(&["volunteer themself"])],
        ),
        Line::act(
            "withdrawEnrolment",
            placing(&course, LI),
            &[staffed(), only(&["worker themself"])],
        ),
        Line::act(
            "settleCourse",
            json!({ "courseId": course["id"], "attendedIds": [] }),
            &[staffed()],
        ),
        Line::act(
            "cancelCourse",
            json!({ "courseId": course["id"], "reason": "讲师有事" }),
            &[staffed()],
        ),
        Line::public("association", &of(&association, "{ id }")),
        Line::public("associations", "(first: 5) { nodes { id } }"),
        Line::act("registerAssociation", associating(), &[district()]),
        Line::act("joinAssociation", which.clone(), &[social_workers()]),
        Line::act("leaveAssociation", which.clone(), &[social_workers()]),
        Line::act(
            "dissolveAssociation",
            json!({ "associationId": association["id"], "reason": "合并" }),
            &[district()],
        ),
    ]
}

/// Who may do what about teams: Li leads, Wang volunteers.
pub async fn teams(desk: &Desk) -> Vec<Line> {
    let lead = desk.worker();
    let team = desk
        .done(&lead, "foundVolunteerTeam", founding(), "team { id }")
        .await["team"]
        .clone();
    let activity = desk
        .done(
            &lead,
            "publishTeamActivity",
            publishing(&team),
            "activity { id }",
        )
        .await["activity"]
        .clone();
    let which = json!({ "activityId": activity["id"] });
    desk.done(
        &lead,
        "recruitForTeamActivity",
        which.clone(),
        "activity { state }",
    )
    .await;
    let signup = desk
        .done(&wang(), "signUpForActivity", which.clone(), "signup { id }")
        .await["signup"]
        .clone();
    let signed = json!({ "signupId": signup["id"] });
    let team_id = json!({ "teamId": team["id"] });
    let leads = || only(&["case worker"]);
    let volunteer = || only(&["volunteer themself"]);
    let mut lines = vec![
        Line::public("volunteerTeam", &of(&team, "{ id }")),
        Line::public("volunteerTeams", "(first: 5) { nodes { id } }"),
        Line::public("teamActivity", &of(&activity, "{ id }")),
        Line::public("teamActivities", "(first: 5) { nodes { id } }"),
        Line::read("mySignups", "(first: 5) { nodes { id } }", &[volunteer()]),
        Line::act("foundVolunteerTeam", founding(), &[social_workers()]),
        Line::act("joinVolunteerTeam", team_id.clone(), &[volunteer()]),
        Line::act("leaveVolunteerTeam", team_id.clone(), &[volunteer()]),
        Line::act("publishTeamActivity", publishing(&team), &[leads()]),
        Line::act("recruitForTeamActivity", which.clone(), &[leads()]),
        Line::act("signUpForActivity", which, &[volunteer()]),
        Line::act(
            "matchSignup",
            json!({ "signupId": signup["id"], "accepted": true }),
            &[leads()],
        ),
    ];
    for name in [
        "agreeSignup",
        "checkInSignup",
        "checkOutSignup",
        "withdrawSignup",
    ] {
        lines.push(Line::act(name, signed.clone(), &[volunteer()]));
    }
    lines.extend([
        Line::act("confirmSignup", signed, &[leads()]),
        Line::act(
            "cancelTeamActivity",
            json!({ "activityId": activity["id"], "reason": "下雪" }),
            &[leads()],
        ),
        Line::act("disbandVolunteerTeam", team_id, &[leads()]),
    ]);
    lines
}
