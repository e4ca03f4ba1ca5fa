//! Who may do what: every operation tried by everybody.

use kit::auth::{Policies, Role};
use serde_json::{Value, json};
use testkit::{
    access::{self, Line, local, oversight},
    service::data,
};

use crate::{
    casework::{Desk, worker},
    graphql_volunteer_record::{correct, served},
    lines::{Scene, agencies, cases, studios, supervisions, undertakings},
    more_lines,
    peers::{AGENCY, COMMUNITY, ELDER, ELSEWHERE, LI, WANG},
    support::{civil, dispatched, elder, li, place, resident_id, volunteer, wang},
};

const ABOVE: &str = "230103000000";

#[tokio::test]
async fn exactly_those_may_whom_the_table_names() {
    let desk = Desk::open().await;
    let house = &desk.house;
    // Wang volunteers and has served the elder; Li is a social worker, and works
    // on a case of the elder that Wang supervises.
    let (volunteers, record) = served(house).await;
    let worker_of = desk.li.clone();
    let scene = Scene::set(&desk).await;
    let placement = house.place(&volunteers, "key-00000004").await;
    house.hours(LI, 8, "2026-02-01", "key-00000002").await;
    let code = "mutation($input: IssueVolunteerCertificateInput!) {
        issueVolunteerCertificate(input: $input) { certificate { id } } }";
    let whole =
        json!({ "volunteerId": volunteers["id"], "from": "2026-03-01", "to": "2026-03-02" });
    let mut input = whole.clone();
    input["idempotencyKey"] = json!("key-00000003");
    data(house.run(&civil(), code, json!({ "input": input })).await);

    let mut everybody = access::everybody(COMMUNITY, ABOVE, ELSEWHERE);
    everybody.insert("volunteer themself".into(), wang());
    everybody.insert("worker themself".into(), li());
    everybody.insert("whom they served".into(), elder());
    let mut agency = everybody["org_manager elsewhere"].clone();
    agency.actor.organization_id = Some(AGENCY);
    everybody.insert("their agency".into(), agency);
    everybody.insert("case worker".into(), desk.worker());
    everybody.insert("case supervisor".into(), desk.supervisor());
    everybody.insert("case teacher".into(), worker(&scene.chen));
    let workers = || {
        ["case worker", "case supervisor", "case teacher"]
            .map(ToOwned::to_owned)
            .to_vec()
    };

    let staff = || local(&["community_staff", "civil_affairs"]);
    let keepers = || {
        [
            local(&["community_staff", "civil_affairs", "social_worker"]),
            workers(),
        ]
        .concat()
    };
    let office = || [local(&["grid_worker"]), keepers()].concat();
    let civil = || local(&["civil_affairs"]);
    let volunteer_self = || vec!["volunteer themself".to_owned()];
    let worker_self = || vec!["worker themself".to_owned()];
    let served_one = || vec!["whom they served".to_owned()];
    let roles: Vec<&str> = Role::ALL
        .iter()
        .filter(|role| **role != Role::Service)
        .map(|role| role.as_str())
        .collect();
    let mut neighbours = local(&roles);
    neighbours.extend(
        ["volunteer themself", "worker themself", "whom they served"].map(ToOwned::to_owned),
    );
    neighbours.extend(
        [
            "their agency",
            "auditor of nowhere",
            "platform_admin of nowhere",
        ]
        .map(ToOwned::to_owned),
    );

    neighbours.extend(workers());

    let bare = |wrapped: Value| wrapped["input"].clone();
    let of = |id: &Value, rest: &str| format!("(id: \"{}\") {rest}", id.as_str().unwrap());
    let mut lines = vec![
        Line::act(
            "registerSocialWorker",
            bare(dispatched(LI, "-")),
            &[staff()],
        ),
        Line::act(
            "renewRegistration",
            json!({ "socialWorkerId": worker_of["id"] }),
            &[staff()],
        ),
        Line::act(
            "registerVolunteer",
            bare(volunteer(WANG, "-")),
            &[office(), volunteer_self()],
        ),
        Line::act(
            "trainVolunteer",
            json!({ "volunteerId": volunteers["id"], "topic": "礼仪", "on": "2026-03-01" }),
            &[keepers()],
        ),
        Line::act(
            "updateVolunteer",
            json!({ "volunteerId": volunteers["id"], "skills": ["理发"] }),
            &[keepers()],
        ),
        Line::act(
            "placeVolunteer",
            bare(place(&volunteers, "-")),
            &[keepers(), volunteer_self()],
        ),
        Line::act(
            "endPlacement",
            json!({ "placementId": placement["id"] }),
            &[keepers(), volunteer_self(), vec!["their agency".to_owned()]],
        ),
        Line::act(
            "issueVolunteerCertificate",
            whole,
            &[staff(), volunteer_self()],
        ),
        Line::act(
            "recordTraining",
            json!({ "residentId": resident_id(ELDER), "course": "照护", "hours": 2, "on": "2026-02-01" }),
            &[staff()],
        ),
        Line::act(
            "recordExam",
            json!({ "residentId": resident_id(ELDER), "passed": true, "score": 80, "on": "2026-02-01" }),
            &[civil()],
        ),
        Line::read(
            "socialWorker",
            &of(&worker_of["id"], "{ id }"),
            &[neighbours.clone()],
        )
        .asks(&["readSocialWorker"]),
        Line::read(
            "socialWorkers",
            "(first: 5) { nodes { id } }",
            &[neighbours],
        ),
        Line::read(
            "trainingLedger",
            &format!("(residentId: \"{}\") {{ totalMinutes }}", resident_id(LI)),
            &[staff(), oversight(), worker_self()],
        )
        .asks(&["readTraining"]),
        Line::public("verifyCertificate", "(code: \"no-such-code\") { valid }"),
        Line::read(
            "volunteer",
            &of(&volunteers["id"], "{ id }"),
            &[office(), oversight(), volunteer_self()],
        )
        .asks(&["readVolunteer"]),
        Line::read(
            "volunteers",
            "(first: 5) { nodes { id } }",
            &[office(), oversight(), volunteer_self()],
        ),
        Line::read(
            "volunteerRecord",
            &of(&record["id"], "{ id }"),
            &[office(), oversight(), volunteer_self(), served_one()],
        )
        .asks(&["readVolunteerRecord"]),
        Line::read(
            "myVolunteerRecords",
            "(first: 5) { nodes { id } }",
            &[volunteer_self()],
        ),
        Line::act(
            "correctVolunteerRecord",
            bare(correct(&record, "-")),
            &[staff()],
        ),
    ];
    let end = Line::act(
        "endSocialWorker",
        json!({ "socialWorkerId": worker_of["id"], "reason": "离职" }),
        &[staff()],
    );
    lines.extend(cases(&scene));
    lines.extend(studios(&scene));
    lines.extend(supervisions(&scene));
    lines.extend(agencies(&scene));
    lines.extend(undertakings(&scene));
    lines.extend(more_lines::courses(&desk).await);
    lines.extend(more_lines::teams(&desk).await);
    // Last, because nothing goes on without them.
    lines.push(end);
    let definition = &socialwork::serve::DEFINITION;
    let policies = Policies::load(definition.policy_schema, definition.policies).unwrap();
    let run = async |who: &_, query: &str, variables| house.run(who, query, variables).await;
    access::check(
        run,
        &policies,
        &everybody,
        lines,
        &[
            "readService",
            "getWorker",
            "readStudio",
            "readSessionRecord",
            "readAgency",
            "readUndertaking",
            "readParticipants",
            "readCourse",
            "readEnrolments",
            "readAssociation",
            "readMembers",
            "readTeam",
            "readSignups",
        ],
    )
    .await;
}
