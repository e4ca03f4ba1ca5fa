//! Lines of the table of permissions, for what social workers do together.

use serde_json::{Value, json};
use testkit::access::{Line, local, oversight};

use crate::{
    casework::{Desk, opening, planning},
    graphql_agency::{applying, manager, sending},
    graphql_studio::founding,
    graphql_supervision::{assigning, planning as session, supervisor},
    graphql_undertaking::{joining, measuring, starting},
    peers::{AGENCY, COMMUNITY, ELDER},
    support::{elder, organization_id, resident_id, staff},
};

/// What the lines are about.
pub struct Scene {
    li: Value,
    wang: Value,
    pub chen: Value,
    case: Value,
    consent: Value,
    referral: Value,
    studio: Value,
    post: Value,
    holding: Value,
    supervision: Value,
    session: Value,
    agency: Value,
    dispatch: Value,
    group: Value,
    measure: Value,
}

fn consenting(case: &Value) -> Value {
    json!({ "caseId": case["id"], "purpose": "LEGAL_AID", "expiresOn": "2026-06-30",
        "receiverOrganizationId": organization_id(AGENCY), "fields": ["FAMILY"], "signing": "ONLINE" })
}

fn referring(case: &Value, consent: &Value) -> Value {
    json!({ "caseId": case["id"], "toOrganizationId": organization_id(AGENCY), "purpose": "LEGAL_AID",
        "fields": ["FAMILY"], "consentId": consent["id"], "summary": "继承纠纷" })
}

impl Scene {
    pub async fn set(desk: &Desk) -> Self {
        let case = desk.case().await;
        let consent = desk
            .done(
                &elder(),
                "giveCaseConsent",
                consenting(&case),
                "consent { id }",
            )
            .await["consent"]
            .clone();
        let referral = desk
            .done(
                &desk.worker(),
                "referCase",
                referring(&case, &consent),
                "referral { id }",
            )
            .await["referral"]
            .clone();
        let studio = desk
            .done(&staff(), "foundStudio", founding(), "studio { id }")
            .await["studio"]
            .clone();
        let input = json!({ "studioId": studio["id"], "title": "一号岗", "duties": "个案" });
        let post = desk
            .done(&staff(), "establishPost", input, "post { id }")
            .await["post"]
            .clone();
        let input =
            json!({ "postId": post["id"], "socialWorkerId": desk.li["id"], "from": "2026-03-01" });
        let holding = desk
            .done(&staff(), "appointToPost", input, "holding { id }")
            .await["holding"]
            .clone();
        let chen = supervisor(desk).await;
        let supervision = desk
            .done(
                &staff(),
                "assignSupervisor",
                assigning(&chen, &desk.li),
                "supervision { id }",
            )
            .await["supervision"]
            .clone();
        let session = desk
            .done(
                &crate::casework::worker(&chen),
                "planSupervisionSession",
                session(&supervision, "2026-03-02T01:00:00Z"),
                "session { id }",
            )
            .await["session"]
            .clone();
        let agency = desk
            .done(&manager(), "applyAgency", applying(), "agency { id }")
            .await["agency"]
            .clone();
        let input = json!({ "agencyId": agency["id"], "note": "证书齐全" });
        desk.done(
            &crate::support::civil(),
            "checkAgency",
            input,
            "agency { id }",
        )
        .await;
        let dispatch = desk
            .done(
                &manager(),
                "dispatchSocialWorker",
                sending(&agency, &desk.li),
                "dispatch { id }",
            )
            .await["dispatch"]
            .clone();
        let group = desk
            .done(
                &desk.worker(),
                "startUndertaking",
                starting("GROUP"),
                "undertaking { id }",
            )
            .await["undertaking"]
            .clone();
        let measure = desk
            .done(
                &desk.worker(),
                "addUndertakingMeasure",
                measuring(&group),
                "undertaking { measures { id } }",
            )
            .await["undertaking"]["measures"][0]
            .clone();
        Self {
            li: desk.li.clone(),
            wang: desk.wang.clone(),
            chen,
            case,
            consent,
            referral,
            studio,
            post,
            holding,
            supervision,
            session,
            agency,
            dispatch,
            group,
            measure,
        }
    }
}

fn staffed() -> Vec<String> {
    local(&["community_staff", "civil_affairs"])
}

fn civil() -> Vec<String> {
    local(&["civil_affairs"])
}

fn only(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn of(node: &Value, rest: &str) -> String {
    format!("(id: {}) {rest}", node["id"])
}

pub fn cases(scene: &Scene) -> Vec<Line> {
    let case = &scene.case;
    let id = json!({ "caseId": case["id"] });
    let with = |more: Value| {
        let mut input = id.clone();
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let worker = || only(&["case worker"]);
    let supervisor = || only(&["case supervisor"]);
    let client = || only(&["whom they served"]);
    vec![
        Line::read("case", &of(case, "{ id }"), &[worker(), supervisor(), client()]).asks(&["readCase"]),
        Line::read("cases", "(first: 5) { nodes { id } }", &[worker(), supervisor(), client()]),
        Line::read("caseload", "{ open }", &[worker(), supervisor()]),
        Line::read("caseReferrals", "(first: 5) { nodes { id } }", &[only(&["their agency"])]).asks(&["readReferral"]),
        Line::read("caseStatistics",
            &format!("(divisionCode: \"{COMMUNITY}\", from: \"2026-01-01\", to: \"2026-12-31\") {{ least }}"),
            &[staffed(), oversight()]).asks(&["readCaseStatistics"]),
        Line::read("myCaseLog", "(first: 5) { nodes { action } }",
            &[client(), only(&["volunteer themself", "worker themself"])]),
        Line::act("openCase", opening(&scene.wang),
            &[only(&["case worker", "case supervisor", "case teacher"])]),
        Line::act("assessCase", with(json!({ "risk": "LOW", "findings": "稳定" })), &[worker()]),
        Line::act("planCase", planning(case), &[worker()]),
        Line::act("reviewCasePlan", with(json!({ "approved": true })), &[supervisor()]),
        Line::act("signCasePlan", with(json!({ "signing": "ONLINE" })), &[client()]),
        Line::act("beginIntervention", id.clone(), &[worker()]),
        Line::act("addCaseNote", with(json!({ "kind": "PHONE", "level": "TEAM", "on": "2026-03-02",
            "minutes": 5, "text": "回访" })), &[worker(), supervisor()]),
        Line::act("evaluateCase", with(json!({ "attainments": [1, 1], "summary": "达成" })), &[worker()]),
        Line::act("giveCaseConsent", consenting(case), &[client()]),
        Line::act("referCase", referring(case, &scene.consent), &[worker()]),
        Line::act("answerCaseReferral", json!({ "referralId": scene.referral["id"], "accepted": true }),
            &[only(&["their agency"])]),
        Line::act("withdrawCaseConsent", with(json!({ "consentId": scene.consent["id"] })), &[worker(), client()]),
        Line::act("closeCase", with(json!({ "closure": "GOALS_MET" })), &[worker()]),
        Line::act("reopenCase", id.clone(), &[worker()]),
        Line::act("handOverCase", with(json!({ "workerId": scene.li["id"], "reason": "轮岗" })), &[supervisor()]),
        Line::act("terminateCase", with(json!({ "closure": "OTHER" })), &[worker(), supervisor(), client()]),
        Line::act("breakCaseGlass", json!({ "residentId": resident_id(ELDER), "reason": "报警" }),
            &[local(&["social_worker", "community_staff", "civil_affairs"]),
              only(&["case worker", "case supervisor", "case teacher"])]),
    ]
}

pub fn studios(scene: &Scene) -> Vec<Line> {
    let studio = json!({ "studioId": scene.studio["id"] });
    vec![
        Line::public("studio", &of(&scene.studio, "{ id }")),
        Line::public("studios", "(first: 5) { nodes { id } }"),
        Line::public("posts", "(first: 5) { nodes { id } }"),
        Line::act("foundStudio", founding(), &[staffed()]),
        Line::act(
            "checkStudio",
            json!({ "studioId": scene.studio["id"], "item": "SIGN", "met": true,
            "evidence": "照片", "on": "2026-03-02" }),
            &[staffed()],
        ),
        Line::act(
            "establishPost",
            json!({ "studioId": scene.studio["id"], "title": "二号岗", "duties": "小组" }),
            &[staffed()],
        ),
        Line::act("openStudio", studio.clone(), &[civil()]),
        Line::act(
            "appointToPost",
            json!({ "postId": scene.post["id"], "socialWorkerId": scene.wang["id"],
            "from": "2026-03-01" }),
            &[staffed()],
        ),
        Line::act(
            "endPostHolding",
            json!({ "holdingId": scene.holding["id"], "on": "2026-03-02" }),
            &[staffed()],
        ),
        Line::act(
            "abolishPost",
            json!({ "postId": scene.post["id"] }),
            &[staffed()],
        ),
        Line::act("closeStudio", studio, &[civil()]),
    ]
}

pub fn supervisions(scene: &Scene) -> Vec<Line> {
    let session_id = json!({ "sessionId": scene.session["id"] });
    let above = || only(&["case teacher"]);
    let below = || only(&["case worker"]);
    vec![
        Line::read(
            "supervision",
            &of(&scene.supervision, "{ id }"),
            &[staffed(), oversight(), above(), below()],
        )
        .asks(&["readSupervision"]),
        Line::read(
            "supervisions",
            "(first: 5) { nodes { id } }",
            &[staffed(), oversight(), above(), below()],
        ),
        Line::read(
            "supervisionHours",
            &format!(
                "(socialWorkerId: {}, from: \"2026-01-01\", to: \"2026-12-31\") {{ received }}",
                scene.li["id"]
            ),
            &[
                staffed(),
                oversight(),
                only(&["worker themself", "their agency"]),
            ],
        ),
        Line::act(
            "assignSupervisor",
            assigning(&scene.chen, &scene.li),
            &[staffed()],
        ),
        Line::act(
            "planSupervision",
            json!({ "supervisionId": scene.supervision["id"], "everyDays": 14,
            "topics": "危机" }),
            &[above()],
        ),
        Line::act(
            "planSupervisionSession",
            session(&scene.supervision, "2026-03-02T01:00:00Z"),
            &[above()],
        ),
        Line::act(
            "holdSupervisionSession",
            json!({ "sessionId": scene.session["id"], "from": "2026-03-02T01:00:00Z",
            "to": "2026-03-02T02:00:00Z" }),
            &[above()],
        ),
        Line::act(
            "recordSupervisionSession",
            json!({ "sessionId": scene.session["id"], "text": "讨论" }),
            &[above()],
        ),
        Line::act(
            "returnSupervisionSession",
            json!({ "sessionId": scene.session["id"], "reason": "遗漏" }),
            &[below()],
        ),
        Line::act(
            "missSupervisionSession",
            json!({ "sessionId": scene.session["id"], "reason": "出差" }),
            &[above(), below()],
        ),
        Line::act("confirmSupervisionSession", session_id, &[below()]),
        Line::act(
            "endSupervision",
            json!({ "supervisionId": scene.supervision["id"], "on": "2026-12-31" }),
            &[staffed()],
        ),
    ]
}

fn district() -> Vec<String> {
    only(&["civil_affairs above"])
}

pub fn agencies(scene: &Scene) -> Vec<Line> {
    let agency = |more: &str| json!({ "agencyId": scene.agency["id"], more: "核查" });
    let own = || only(&["their agency"]);
    vec![
        Line::public("agency", &of(&scene.agency, "{ id }")),
        Line::public("agencies", "(first: 5) { nodes { id } }"),
        Line::act("applyAgency", applying(), &[district(), own()]),
        Line::act("checkAgency", agency("note"), &[district()]),
        Line::act(
            "dispatchSocialWorker",
            sending(&scene.agency, &scene.wang),
            &[district(), own()],
        ),
        Line::act(
            "endAgencyDispatch",
            json!({ "dispatchId": scene.dispatch["id"], "on": "2026-03-02" }),
            &[district(), own()],
        ),
        Line::act("suspendAgency", agency("reason"), &[district()]),
        Line::act("endAgency", agency("reason"), &[district(), own()]),
    ]
}

pub fn undertakings(scene: &Scene) -> Vec<Line> {
    let group = &scene.group;
    let lead = || only(&["case worker"]);
    let more = |more: Value| {
        let mut input = json!({ "undertakingId": group["id"] });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let client = || only(&["whom they served"]);
    vec![
        Line::public("undertaking", &of(group, "{ id }")),
        Line::public("undertakings", "(first: 5) { nodes { id } }"),
        Line::act(
            "startUndertaking",
            starting("PROGRAMME"),
            &[only(&["case worker", "case supervisor", "case teacher"])],
        ),
        Line::act(
            "joinUndertaking",
            joining(group, ELDER),
            &[lead(), client()],
        ),
        Line::read("myUndertakings", "(first: 5) { nodes { id } }", &[client()]),
        Line::act("addUndertakingMeasure", measuring(group), &[lead()]),
        Line::act(
            "readUndertakingMeasure",
            more(json!({ "measureId": scene.measure["id"], "value": 45, "on": "2026-03-02" })),
            &[lead()],
        ),
        Line::act(
            "holdUndertakingSession",
            more(json!({ "topic": "认识彼此", "from": "2026-03-01T01:00:00Z",
            "to": "2026-03-01T02:00:00Z" })),
            &[lead()],
        ),
        Line::act(
            "leaveUndertaking",
            joining(group, ELDER),
            &[lead(), client()],
        ),
        Line::act("advanceUndertaking", more(json!({})), &[lead()]),
        Line::act(
            "cancelUndertaking",
            more(json!({ "reason": "场地维修" })),
            &[lead(), staffed()],
        ),
    ]
}
