//! The lines of `graphql_access` for lists, admissions, tasks, seals, burdens,
//! evaluations, pilots, brands, premises and desks.

use serde_json::{Value, json};
use testkit::access::{Line, local, oversight};

use crate::{
    ground::{
        CITY, admission, allocation, announced, approval, assigned, ceded, county, done, drafted,
        drafted_pilot, evidence, here, housed, in_force, item, list, only, organization, premises,
        slip, space, task,
    },
    peers::WANG,
    support::{House, resident_id, staff, wang},
};

fn civil() -> Vec<String> {
    let mut names = local(&["civil_affairs"]);
    names.push("city".into());
    names
}

/// A thing by id, a page of them: open to all.
pub fn open(one: &'static str, id: &Value, many: &'static str) -> [Line; 2] {
    [
        Line::public(one, &format!("(id: \"{}\") {{ id }}", id.as_str().unwrap())),
        Line::public(many, "(first: 5) { nodes { id } }"),
    ]
}

pub async fn lines(house: &House) -> Vec<Line> {
    let community = || local(&["community_staff"]);
    let both = || [community(), civil()];
    let residents = || vec!["owner".to_owned(), "neighbour".into()];
    let owner = || vec!["owner".to_owned()];
    let mut lines = Vec::new();

    // Lists of the community, so that its staff may draft.
    let (open_list, _) = drafted(house, "DUTY").await;
    let mut own = list("DUTY");
    own["divisionCode"] = json!("230103001001");
    let made = done(house, &staff(), "draftWorkList", &own, "list { id }").await;
    let id = made["id"].clone();
    let added = done(
        house,
        &staff(),
        "addWorkListItem",
        &item(&id, "A-1"),
        "item { id }",
    )
    .await;
    let (draft, commented) = (["draftWorkList"], only(&id));
    lines.extend([
        Line::act("draftWorkList", own, &both()),
        Line::act("addWorkListItem", item(&id, "A-2"), &both()).asks(&draft),
        Line::act("openWorkListComment", commented.clone(), &both()).asks(&draft),
        Line::act("removeWorkListItem", only(&added["id"]), &both()).asks(&draft),
        Line::act(
            "commentOnWorkList",
            json!({ "listId": id, "text": "赞成" }),
            &[residents()],
        ),
        Line::act("reopenWorkList", commented.clone(), &both()).asks(&draft),
        Line::act(
            "approveWorkList",
            json!({ "listId": id, "approvalDocument": "文" }),
            &[civil()],
        ),
        Line::act("enforceWorkList", commented.clone(), &[civil()]).asks(&["approveWorkList"]),
        Line::act("retireWorkList", commented, &[civil()]).asks(&["approveWorkList"]),
    ]);
    lines.extend(open("workList", &open_list, "workLists"));
    let (commented, _) = drafted(house, "SEAL").await;
    done(
        house,
        &county(),
        "openWorkListComment",
        &only(&commented),
        "list { id }",
    )
    .await;
    let said = json!({ "listId": commented, "text": "赞成" });
    let said = done(house, &wang(), "commentOnWorkList", &said, "comment { id }").await;
    // A list of the county: its staff, not those of one community.
    let above = [
        "community_staff above".to_owned(),
        "civil_affairs above".into(),
        "city".into(),
    ];
    let answer = json!({ "commentId": said["id"], "answer": "谢谢" });
    lines.push(Line::act("answerWorkListComment", answer, &[above.to_vec()]).asks(&draft));

    let duty = json!({ "communityId": here(house), "code": "D-1", "title": "服务",
        "leadBody": "RESIDENTS_COMMITTEE", "basisDocument": "文" });
    let set = done(house, &county(), "setDutyItem", &duty, "item { id }").await;
    lines.extend([
        Line::act("setDutyItem", duty, &[civil()]),
        Line::act("endDutyItem", only(&set["id"]), &[civil()]).asks(&["setDutyItem"]),
    ]);
    lines.extend(open("dutyItem", &set["id"], "dutyItems"));

    let asked = admission(house, "2026-12-01");
    let sent = done(
        house,
        &county(),
        "submitAdmission",
        &asked,
        "admission { id }",
    )
    .await["id"]
        .clone();
    lines.extend([
        Line::act("submitAdmission", asked, &[civil()]),
        Line::act(
            "giveAdmissionOpinion",
            json!({ "admissionId": sent, "supports": true, "opinion": "可" }),
            &[community()],
        ),
        Line::act("reviewAdmission", only(&sent), &[civil()]),
        Line::act(
            "decideAdmission",
            json!({ "admissionId": sent, "approve": false, "note": "否" }),
            &[civil()],
        )
        .asks(&["reviewAdmission"]),
        Line::act("withdrawAdmission", only(&sent), &[civil()]).asks(&["submitAdmission"]),
    ]);
    lines.extend(open("admission", &sent, "admissions"));

    let given = assigned(house).await;
    let (_, work) = in_force(house, "DUTY").await;
    let noted = |field: &str| json!({ "taskId": given, field: "说明" });
    let mut refusal = noted("reason");
    refusal["refusal"] = json!("NO_FUNDING");
    let mut decision = noted("note");
    decision["uphold"] = json!(true);
    lines.extend([
        Line::act("assignTask", task(house, &work), &[civil()]),
        Line::act("refuseTask", refusal, &[community()]).asks(&["answerTask"]),
        Line::act("escalateTask", noted("reason"), &[civil()]).asks(&["assignTask"]),
        Line::act("decideTask", decision, &[civil()]),
        Line::act("withdrawTask", only(&given), &[civil()]).asks(&["assignTask"]),
        Line::act("acceptTask", only(&given), &[community()]).asks(&["answerTask"]),
        Line::act("completeTask", noted("result"), &[community()]).asks(&["answerTask"]),
    ]);
    lines.extend(open("communityTask", &given, "communityTasks"));

    lines.extend(transfer(house, &given).await);

    let (_, seal) = in_force(house, "SEAL").await;
    let request = json!({ "communityId": here(house), "itemId": seal, "purpose": "证明", "onBehalfOf": resident_id(WANG) });
    let wanted =
        done(house, &wang(), "requestSeal", &request, "request { id }").await["id"].clone();
    let sees = || [owner(), community(), civil(), oversight()];
    lines.extend([
        Line::act("requestSeal", request, &[owner(), community()]),
        Line::act(
            "decideSealRequest",
            json!({ "sealRequestId": wanted, "seal": true }),
            &[community()],
        ),
        Line::act("withdrawSealRequest", only(&wanted), &[owner()]),
        Line::read(
            "sealRequest",
            &format!("(id: \"{}\") {{ id }}", wanted.as_str().unwrap()),
            &sees(),
        )
        .asks(&["readSealRequest"]),
        Line::read("sealRequests", "(first: 5) { nodes { id } }", &sees()),
    ]);

    let burden = json!({ "communityId": here(house), "kind": "LEDGER", "title": "台账", "department": "局", "startsOn": "2026-01-01" });
    let heavy = done(house, &staff(), "recordBurden", &burden, "record { id }").await["id"].clone();
    lines.extend([
        Line::act("recordBurden", burden, &both()),
        Line::act("liftBurden", only(&heavy), &both()).asks(&["recordBurden"]),
        Line::public(
            "burdenIndex",
            &format!("(communityId: {}) {{ index }}", here(house)),
        ),
    ]);
    lines.extend(open("burdenRecord", &heavy, "burdenRecords"));
    lines.extend(evaluation(house).await);
    lines.extend(pilots(house).await);
    lines.extend(places(house).await);
    lines
}

/// A decision there is, of another task; and one that is asked for in vain, since
/// the proposal is still being voted on.
async fn transfer(house: &House, task: &Value) -> Vec<Line> {
    let made = uuid::Uuid::from_u128(0x78);
    house
        .sql(&format!(
            "INSERT INTO work_transfers
             SELECT '{made}', '{}', id, community_id, division_code, 'x', gen_random_uuid(), 'x', created_at
             FROM proposals LIMIT 1",
            crate::support::raw(task)
        ))
        .await;
    let proposal: uuid::Uuid = sqlx::query_scalar("SELECT id FROM proposals LIMIT 1")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    let proposal = kit::graph::global(kernel::keys::ProposalId::from_uuid(proposal));
    let input = json!({ "taskId": task, "proposalId": proposal, "reason": "专业", "title": "核查",
        "lines": [{ "description": "核查", "kind": "SERVICE_UNIT", "unit": "户", "quantity": 1, "unitCeiling": 1 }] });
    let made = json!(kit::graph::global(
        communities::domain::task::TransferId::from_uuid(made)
    ));
    let mut lines = vec![Line::act(
        "transferWork",
        input,
        &[local(&["community_staff"])],
    )];
    lines.extend(open("workTransfer", &made, "workTransfers"));
    lines
}

async fn evaluation(house: &House) -> Vec<Line> {
    let community = || local(&["community_staff"]);
    let residents = vec!["owner".to_owned(), "neighbour".into()];
    let (round, dimensions) = announced(house).await;
    let opens = house.service.core.clock.now() + chrono::TimeDelta::days(30);
    let window = json!({ "opensAt": opens, "closesAt": opens + chrono::TimeDelta::days(1) });
    let mut again = window.clone();
    again["evaluationId"] = round.clone();
    let mut new = window;
    for (key, value) in [
        ("communityId", here(house)),
        ("title", json!("一轮")),
        (
            "dimensions",
            json!([{ "code": "A", "title": "服务", "weight": 100 }]),
        ),
    ] {
        new[key] = value;
    }
    let measure = json!({ "evaluationId": round, "dimensionId": dimensions[0], "measure": "改", "dueOn": "2026-12-01" });
    // Published and put right elsewhere: a measure there is.
    let id = crate::support::raw(&round);
    let dimension = crate::support::raw(&dimensions[0]);
    let item = uuid::Uuid::from_u128(0x77);
    house
        .sql(&format!(
            "ALTER TABLE rectification_items DISABLE TRIGGER rectification_guard;
             INSERT INTO rectification_items (id, evaluation_id, dimension_id, measure, due_on, created_at)
             VALUES ('{item}', '{id}', '{dimension}', '改', '2026-12-01', '2026-03-02');
             ALTER TABLE rectification_items ENABLE TRIGGER rectification_guard"
        ))
        .await;
    let item = kit::graph::global(communities::domain::evaluation::RectificationId::from_uuid(
        item,
    ));
    let run = ["openEvaluation"];
    let right = ["rectifyEvaluation"];
    let mut lines = vec![
        Line::act("openCommitteeEvaluation", new, &[civil()]).asks(&run),
        Line::act(
            "rateCommittee",
            slip(&round, &dimensions, [5, 5]),
            &[residents],
        ),
        Line::act("closeCommitteeEvaluation", only(&round), &[civil()]).asks(&run),
        Line::act("publishCommitteeEvaluation", only(&round), &[civil()]).asks(&run),
        Line::act("addRectification", measure, &[community()]).asks(&right),
        Line::act("beginRectification", only(&round), &[community()]).asks(&right),
        Line::act(
            "completeRectification",
            json!({ "rectificationId": item, "evidence": "已改" }),
            &[community()],
        )
        .asks(&right),
        Line::act("openSecondRating", again, &[civil()]).asks(&run),
        Line::act("verifyCommitteeEvaluation", only(&round), &[civil()]).asks(&run),
    ];
    lines.extend(open("committeeEvaluation", &round, "committeeEvaluations"));
    lines
}

async fn pilots(house: &House) -> Vec<Line> {
    let community = || local(&["community_staff"]);
    let both = || [community(), civil()];
    let city = || [vec!["city".to_owned()]];
    let pilot = drafted_pilot(house).await;
    let noted = json!({ "pilotId": pilot, "note": "说明" });
    let tests = json!({ "pilotId": pilot, "mechanism": true, "orderly": true, "satisfied": true, "replicable": true, "evidence": "报告" });
    let stated =
        json!({ "pilotId": pilot, "guarantee": "FUNDING", "status": "GREEN", "grounds": "到位" });
    let review = ["reviewPilot"];
    let brand = json!({ "communityId": here(house), "theme": "书香", "evidence": "三年" });
    let declared =
        done(house, &staff(), "declareBrand", &brand, "brand { id }").await["id"].clone();
    let mut lines = vec![
        Line::act(
            "draftPilot",
            json!({ "communityId": here(house), "reason": "好" }),
            &both(),
        ),
        Line::act(
            "attestPilot",
            evidence(&pilot, "DAY_CARE_ROOM", "MET"),
            &both(),
        ),
        Line::act("statePilotGuarantee", stated, &both()).asks(&["attestPilot"]),
        // Each step is of one level: the rules say so after the policies.
        Line::act(
            "recommendPilot",
            json!({ "pilotId": pilot, "countyDocument": "文" }),
            &[vec!["civil_affairs above".into()]],
        ),
        Line::act("reviewPilot", only(&pilot), &city()),
        Line::act("approvePilot", approval(&pilot, 2), &city()).asks(&review),
        Line::act("returnPilot", noted.clone(), &city()).asks(&review),
        Line::act("buildPilot", only(&pilot), &city()).asks(&review),
        Line::act("operatePilot", only(&pilot), &city()).asks(&review),
        Line::act("assessPilot", tests, &city()).asks(&review),
        Line::act("nameDemonstrationPilot", only(&pilot), &city()).asks(&review),
        Line::act("suspendPilot", noted.clone(), &city()).asks(&review),
        Line::act("exitPilot", noted, &city()).asks(&review),
        Line::public(
            "pilotQuotas",
            &format!("(divisionCode: \"{CITY}\", year: 2026) {{ least }}"),
        ),
        Line::act("declareBrand", brand, &[community()]),
        Line::act("retireBrand", only(&declared), &[community()]).asks(&["declareBrand"]),
    ];
    lines.extend(open("pilot", &pilot, "pilots"));
    lines.extend(open("communityBrand", &declared, "communityBrands"));
    lines
}

async fn places(house: &House) -> Vec<Line> {
    let community = || local(&["community_staff"]);
    let workers = || local(&["community_staff", "grid_worker", "social_worker"]);
    let manage = ["managePremises"];
    let place = housed(house).await;
    let desk = json!({ "premisesId": place, "label": "A1" });
    let desk_id = done(house, &staff(), "addDesk", &desk, "desk { id }").await["id"].clone();
    let hours = |from: i64| {
        let now = house.service.core.clock.now();
        json!({ "deskId": desk_id, "startsAt": now + chrono::TimeDelta::hours(from), "endsAt": now + chrono::TimeDelta::hours(from + 1) })
    };
    let booked = done(house, &staff(), "bookDesk", &hours(1), "booking { id }").await["id"].clone();
    let mut asked = space(&place, "SOCIAL_ORGANIZATION", 10);
    let applied = done(
        house,
        &staff(),
        "applyForSpace",
        &asked,
        "application { id }",
    )
    .await["id"]
        .clone();
    let given = ceded(house, &place, 5).await;
    asked["organizationId"] = organization(0x51);
    let mut survey = premises(house, "x");
    let fields = survey.as_object_mut().unwrap();
    fields.remove("communityId");
    fields.remove("name");
    fields.insert("premisesId".into(), place.clone());
    let applicants = || [community(), vec!["manager".to_owned()]];
    let day = json!({ "communityId": here(house), "day": "2026-03-02", "fieldMinutes": 1, "totalMinutes": 2 });
    let days = format!(
        "(communityId: {}, from: \"2026-03-01\", until: \"2026-04-01\") {{ days }}",
        here(house)
    );
    let mut lines = vec![
        Line::act(
            "registerPremises",
            premises(house, "二号楼"),
            &[community()],
        )
        .asks(&manage),
        Line::act("resurveyPremises", survey, &[community()]).asks(&manage),
        Line::act(
            "addPremisesRoom",
            json!({ "premisesId": place, "name": "1", "kind": "OFFICE", "areaM2": 1 }),
            &[community()],
        )
        .asks(&manage),
        Line::act("addDesk", desk, &[community()]).asks(&manage),
        Line::act("applyForSpace", asked, &applicants()),
        Line::act(
            "allocateSpace",
            allocation(&applied, 10, false),
            &[community()],
        ),
        Line::act(
            "refuseSpaceApplication",
            json!({ "applicationId": applied, "note": "无" }),
            &[community()],
        )
        .asks(&["allocateSpace"]),
        Line::act("withdrawSpaceApplication", only(&applied), &applicants())
            .asks(&["applyForSpace"]),
        Line::act("endSpaceAllocation", only(&given), &[community()]).asks(&["allocateSpace"]),
        Line::act("bookDesk", hours(3), &[workers()]),
        Line::act("cancelDeskBooking", only(&booked), &[workers()]).asks(&["bookDesk"]),
        Line::act("logFieldTime", day, &[workers()]).asks(&["bookDesk"]),
        Line::public(
            "cededSpace",
            &format!("(communityId: {}) {{ least }}", here(house)),
        ),
        Line::public("fieldTime", &days),
        Line::public("premises", &format!("(id: {place}) {{ id }}")),
        Line::public("communityPremises", "(first: 5) { nodes { id } }"),
    ];
    lines.extend(open("spaceApplication", &applied, "spaceApplications"));
    lines.extend(open("spaceAllocation", &given, "spaceAllocations"));
    lines.extend(open("deskBooking", &booked, "deskBookings"));
    lines
}
