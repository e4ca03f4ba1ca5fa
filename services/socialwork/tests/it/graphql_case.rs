//! Cases through the real schema: phases, readers, consents, referrals.

use chrono::TimeDelta;
use kit::auth::{Actor, Caller, Role};
use serde_json::{Value, json};
use testkit::service::reason;

use crate::{
    casework::{Desk, opening, planning},
    peers::{ABNORMAL, AGENCY, CHEN, ELDER, LI},
    support::{
        auditor, civil, elder, li, nobody, organization_id, resident_id, staff, staff_elsewhere,
    },
};

const SEEN: &str = "phase round overdue contactBy closure moves { from to round }
    plans { number signedBy approved } client { id } worker { id } supervisor { id }";

fn by_id(case: &Value, rest: &str) -> String {
    format!("{{ case(id: {}) {{ {rest} }} }}", case["id"])
}

fn manager() -> Caller {
    let mut actor = Actor::new("agency-manager", [Role::OrgManager]);
    actor.organization_id = Some(AGENCY);
    Caller::of(actor)
}

fn consent(case: &Value) -> Value {
    json!({ "caseId": case["id"], "purpose": "LEGAL_AID", "expiresOn": "2026-06-30",
        "receiverOrganizationId": organization_id(AGENCY), "fields": ["IDENTITY", "FAMILY"],
        "signing": "ONLINE" })
}

fn referral(case: &Value, consent: &Value) -> Value {
    json!({ "caseId": case["id"], "toOrganizationId": organization_id(AGENCY),
        "purpose": "LEGAL_AID", "fields": ["FAMILY"], "consentId": consent["id"],
        "handOver": true, "summary": "房产继承纠纷" })
}

#[tokio::test]
async fn a_case_goes_through_its_phases_and_begins_again() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    let begin = json!({ "caseId": case["id"] });
    let (worker, supervisor) = (desk.worker(), desk.supervisor());
    let phase = async |name: &str, input: Value| desk.refused(&worker, name, input).await.0;

    assert_eq!(phase("planCase", planning(&case)).await, "CASE_PHASE");
    desk.assess(&case).await;
    assert_eq!(
        phase("beginIntervention", begin.clone()).await,
        "CASE_PHASE"
    );
    desk.plan(&case).await;
    assert_eq!(
        phase("beginIntervention", begin.clone()).await,
        "PLAN_NOT_SIGNED"
    );
    desk.sign(&case).await;
    assert_eq!(
        phase("beginIntervention", begin.clone()).await,
        "PLAN_NOT_APPROVED"
    );
    let back = json!({ "caseId": case["id"], "approved": false });
    assert_eq!(
        desk.refused(&supervisor, "reviewCasePlan", back.clone())
            .await,
        ("REVIEW_NOTE".into(), "input.note".into())
    );
    desk.approve(&case).await;
    desk.done(
        &worker,
        "beginIntervention",
        begin.clone(),
        "case { phase }",
    )
    .await;
    let close = json!({ "caseId": case["id"], "closure": "GOALS_MET" });
    assert_eq!(phase("closeCase", close.clone()).await, "CASE_PHASE");
    let evaluation = json!({ "caseId": case["id"], "attainments": [1], "summary": "已恢复外出" });
    assert_eq!(
        phase("evaluateCase", evaluation.clone()).await,
        "EVALUATION_ATTAINMENTS"
    );
    let mut whole = evaluation;
    whole["attainments"] = json!([1, 0]);
    desk.done(&worker, "evaluateCase", whole, "case { phase }")
        .await;
    desk.done(&worker, "closeCase", close, "case { phase }")
        .await;
    assert_eq!(
        phase(
            "assessCase",
            json!({ "caseId": case["id"], "risk": "LOW", "findings": "再次评估" })
        )
        .await,
        "CASE_OVER"
    );

    let seen = desk.read(&worker, &by_id(&case, SEEN)).await["case"].clone();
    assert_eq!(
        (&seen["phase"], &seen["closure"]),
        (&json!("CLOSED"), &json!("GOALS_MET"))
    );
    let to: Vec<&str> = seen["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["to"].as_str().unwrap())
        .collect();
    assert_eq!(
        to,
        [
            "INTAKE",
            "ASSESSMENT",
            "PLAN",
            "INTERVENTION",
            "EVALUATION",
            "CLOSED"
        ]
    );
    let again = desk
        .done(&worker, "reopenCase", begin, "case { phase round closure }")
        .await;
    assert_eq!(
        again["case"],
        json!({ "phase": "ASSESSMENT", "round": 2, "closure": null })
    );
    // A new round asks for an assessment and a plan of its own.
    assert_eq!(
        phase("planCase", planning(&case)).await,
        "CASE_NOT_ASSESSED"
    );
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'socialwork.case.moved'";
    assert_eq!(desk.house.count(told).await, 7);
}

#[tokio::test]
async fn a_case_takes_two_social_workers_who_serve_and_a_client_who_is_neither() {
    let desk = Desk::open().await;
    let worker = desk.worker();
    let mut input = opening(&desk.li);
    let own = (
        "CASE_WORKER_SUPERVISES".to_owned(),
        "input.supervisorId".to_owned(),
    );
    assert_eq!(desk.refused(&worker, "openCase", input.clone()).await, own);
    input = opening(&desk.wang);
    input["problem"] = json!("  ");
    let empty = ("TEXT_LENGTH".to_owned(), "input.problem".to_owned());
    assert_eq!(
        desk.refused(&worker, "openCase", input.clone()).await,
        empty
    );
    input = opening(&desk.wang);
    input["residentId"] = json!(resident_id(LI));
    assert_eq!(
        desk.refused(&worker, "openCase", input.clone()).await.0,
        "CASE_OWN"
    );
    desk.case().await;
    let twice = desk.refused(&worker, "openCase", opening(&desk.wang)).await;
    assert_eq!(
        twice,
        ("CASE_OPEN_ALREADY".into(), "input.residentId".into())
    );
    for who in [staff(), civil(), elder(), li()] {
        assert_eq!(
            desk.refused(&who, "openCase", opening(&desk.wang)).await.0,
            "FORBIDDEN"
        );
    }
    let end = json!({ "socialWorkerId": desk.wang["id"], "reason": "退休" });
    desk.done(&civil(), "endSocialWorker", end, "socialWorker { id }")
        .await;
    let mut other = opening(&desk.wang);
    other["residentId"] = json!(resident_id(CHEN));
    let gone = desk.refused(&worker, "openCase", other).await;
    assert_eq!(
        gone,
        ("WORKER_INACTIVE".into(), "input.supervisorId".into())
    );
}

#[tokio::test]
async fn words_are_sealed_and_every_look_but_the_clients_is_on_record() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    desk.assess(&case).await;
    desk.plan(&case).await;
    let bytes: Vec<u8> = sqlx::query_scalar("SELECT problem_enc FROM cases")
        .fetch_one(&desk.house.service.db.owner)
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("老伴"));

    let file = by_id(
        &case,
        "file { problem assessments { findings risk }
        plans { goals { goal indicator } } evaluations { summary } }",
    );
    let reads = "SELECT count(*) FROM kit.audit_log WHERE action = 'readCase'";
    let own = desk.read(&elder(), &file).await["case"]["file"].clone();
    assert_eq!(own["problem"], "老伴去世后不愿出门");
    assert_eq!(desk.house.count(reads).await, 0);
    for who in [desk.worker(), desk.supervisor()] {
        assert_eq!(desk.read(&who, &file).await["case"]["file"], own);
    }
    assert_eq!(own["assessments"][0]["findings"], "独居,近期跌倒");
    assert_eq!(own["plans"][0]["goals"][1]["indicator"], "三个月无跌倒");
    assert_eq!(desk.house.count(reads).await, 2);
    for who in [staff(), civil(), auditor(), li(), nobody(), manager()] {
        assert_eq!(
            desk.read(&who, &by_id(&case, "id")).await["case"],
            json!(null)
        );
    }
    let log = "{ myCaseLog(first: 20) { nodes { actor action fields } } }";
    let log = desk.read(&elder(), log).await["myCaseLog"]["nodes"].clone();
    assert_eq!(log[0]["action"], "readCase");
    assert_eq!(
        log[0]["fields"],
        json!(["problem", "assessments", "plans", "evaluations"])
    );
    assert_eq!(log[2]["action"], "planCase");
}

#[tokio::test]
async fn notes_have_levels_and_a_contact_moves_the_next_one() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    let note = |level: &str, text: &str| {
        json!({ "caseId": case["id"], "kind": "HOME_VISIT",
        "level": level, "on": "2026-03-02", "minutes": 45, "text": text })
    };
    let worker = desk.worker();
    for (level, text) in [
        ("CLIENT", "商定每周走访"),
        ("TEAM", "疑有家庭冲突"),
        ("RESTRICTED", "移情反应"),
    ] {
        desk.done(
            &worker,
            "addCaseNote",
            note(level, text),
            "case { contactBy }",
        )
        .await;
    }
    let notes = by_id(&case, "notes(first: 10) { nodes { text level } }");
    let texts = async |who: &Caller| {
        let found = desk.read(who, &notes).await["case"]["notes"]["nodes"].clone();
        found
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&worker).await.len(), 3);
    assert_eq!(texts(&desk.supervisor()).await.len(), 3);
    assert_eq!(texts(&elder()).await, ["商定每周走访"]);
    // Whoever goes on with the case does not read what was restricted.
    let chen = desk.house.dispatched(CHEN, "key-desk-chen").await;
    let over = json!({ "caseId": case["id"], "workerId": chen["id"], "reason": "轮岗" });
    assert_eq!(
        desk.refused(&worker, "handOverCase", over.clone()).await.0,
        "FORBIDDEN"
    );
    desk.done(
        &desk.supervisor(),
        "handOverCase",
        over,
        "case { worker { id } }",
    )
    .await;
    let chen = crate::casework::worker(&chen);
    assert_eq!(texts(&chen).await, ["疑有家庭冲突", "商定每周走访"]);
    assert_eq!(
        desk.refused(&worker, "addCaseNote", note("TEAM", "后续"))
            .await
            .0,
        "CASE_NOT_FOUND"
    );

    let mut late = note("TEAM", "明日");
    late["on"] = json!("2026-03-03");
    assert_eq!(
        desk.refused(&chen, "addCaseNote", late).await,
        ("NOTE_DATE".into(), "input.on".into())
    );
    let mut long = note("TEAM", "一天多");
    long["minutes"] = json!(1441);
    assert_eq!(
        desk.refused(&chen, "addCaseNote", long).await.1,
        "input.minutes"
    );
}

#[tokio::test]
async fn whoever_breaks_the_glass_reads_for_a_day_and_the_client_sees_it() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    let input = json!({ "residentId": resident_id(ELDER), "reason": "110 报警,老人有轻生言语" });
    for who in [elder(), manager(), staff_elsewhere(), auditor()] {
        assert_eq!(
            desk.refused(&who, "breakCaseGlass", input.clone()).await.0,
            "FORBIDDEN"
        );
    }
    let opened = desk
        .done(
            &staff(),
            "breakCaseGlass",
            input.clone(),
            "cases { id phase }",
        )
        .await;
    assert_eq!(opened["cases"][0]["id"], case["id"]);
    let file = by_id(&case, "file { problem } notes { nodes { text } }");
    assert_eq!(
        desk.read(&staff(), &file).await["case"]["file"]["problem"],
        "老伴去世后不愿出门"
    );
    let listed = desk.read(&staff(), "{ cases { nodes { id } } }").await;
    assert_eq!(listed["cases"]["nodes"].as_array().unwrap().len(), 1);
    // Reading is all: nobody works on a case through broken glass.
    assert_eq!(
        desk.refused(
            &staff(),
            "closeCase",
            json!({ "caseId": case["id"], "closure": "OTHER" })
        )
        .await
        .0,
        "CASE_NOT_FOUND"
    );
    let glass = desk
        .read(&elder(), &by_id(&case, "glass { actor roles reason }"))
        .await;
    assert_eq!(
        glass["case"]["glass"][0]["reason"],
        "110 报警,老人有轻生言语"
    );
    assert_eq!(
        glass["case"]["glass"][0]["roles"],
        json!(["community_staff"])
    );
    let log = "{ myCaseLog { nodes { action } } }";
    let log = desk.read(&elder(), log).await;
    assert_eq!(log["myCaseLog"]["nodes"][0]["action"], "readCase");

    desk.house.service.clock.advance(TimeDelta::hours(25));
    assert_eq!(
        desk.read(&staff(), &by_id(&case, "id")).await["case"],
        json!(null)
    );
    // Somebody without a case: nothing is shown, and the look is on record.
    let mut other = input;
    other["residentId"] = json!(resident_id(CHEN));
    let none = desk
        .done(&staff(), "breakCaseGlass", other, "cases { id }")
        .await;
    assert_eq!(none["cases"], json!([]));
    let tried = "SELECT count(*) FROM kit.audit_log WHERE action = 'breakCaseGlass'";
    assert_eq!(desk.house.count(tried).await, 2);
}

#[tokio::test]
async fn a_referral_says_what_the_client_consented_to_and_nothing_else() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    let worker = desk.worker();
    let mut paper = consent(&case);
    paper["signing"] = json!("PAPER");
    assert_eq!(
        desk.refused(&worker, "giveCaseConsent", paper.clone())
            .await
            .0,
        "SIGNING_PAPER"
    );
    assert_eq!(
        desk.refused(&worker, "giveCaseConsent", consent(&case))
            .await
            .0,
        "SIGNING_ONLINE"
    );
    let mut endless = consent(&case);
    endless["expiresOn"] = json!("2028-01-01");
    assert_eq!(
        desk.refused(&elder(), "giveCaseConsent", endless).await,
        ("CONSENT_EXPIRY".into(), "input.expiresOn".into())
    );
    let given = desk
        .done(
            &elder(),
            "giveCaseConsent",
            consent(&case),
            "consent { id stands }",
        )
        .await["consent"]
        .clone();
    assert_eq!(given["stands"], true);

    for (field, value, refused) in [
        (
            "toOrganizationId",
            json!(organization_id(ABNORMAL)),
            "CONSENT_OTHER_RECEIVER",
        ),
        ("purpose", json!("ELDER_CARE"), "CONSENT_OTHER_PURPOSE"),
        ("fields", json!(["HEALTH"]), "CONSENT_OTHER_FIELDS"),
    ] {
        let mut input = referral(&case, &given);
        input[field] = value;
        let told = desk.refused(&worker, "referCase", input).await;
        assert_eq!(told, (refused.to_owned(), format!("input.{field}")));
    }
    let sent = desk
        .done(
            &worker,
            "referCase",
            referral(&case, &given),
            "referral { id state summary }",
        )
        .await["referral"]
        .clone();
    assert_eq!(sent["summary"], json!(null), "the receiver alone reads it");
    let list = "{ caseReferrals(state: SENT) { nodes { id summary fields purpose } } }";
    let waiting = desk.read(&manager(), list).await["caseReferrals"]["nodes"].clone();
    assert_eq!(waiting[0]["summary"], "房产继承纠纷");
    assert_eq!(
        desk.read(&staff(), list).await["caseReferrals"]["nodes"],
        json!([])
    );

    let answer = json!({ "referralId": sent["id"], "accepted": true });
    assert_eq!(
        desk.refused(&worker, "answerCaseReferral", answer.clone())
            .await
            .0,
        "REFERRAL_NOT_FOUND"
    );
    let which = json!({ "caseId": case["id"], "consentId": given["id"] });
    let no = json!({ "referralId": sent["id"], "accepted": false });
    assert_eq!(
        desk.refused(&manager(), "answerCaseReferral", no).await,
        ("REFERRAL_REASON".into(), "input.reason".into())
    );
    desk.done(
        &elder(),
        "withdrawCaseConsent",
        which.clone(),
        "consent { withdrawnAt }",
    )
    .await;
    assert_eq!(
        desk.refused(&elder(), "withdrawCaseConsent", which).await.0,
        "CONSENT_WITHDRAWN"
    );
    assert_eq!(
        desk.refused(&manager(), "answerCaseReferral", answer)
            .await
            .0,
        "CONSENT_NOT_VALID"
    );
    let gone = desk.read(&manager(), list).await["caseReferrals"]["nodes"].clone();
    assert_eq!(
        gone[0]["summary"],
        json!(null),
        "what was withdrawn is not told"
    );
    assert_eq!(
        desk.refused(&worker, "referCase", referral(&case, &given))
            .await
            .0,
        "CONSENT_NOT_VALID"
    );
}

#[tokio::test]
async fn a_case_that_is_taken_over_ends_here_as_referred() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    let given = desk
        .done(
            &elder(),
            "giveCaseConsent",
            consent(&case),
            "consent { id }",
        )
        .await["consent"]
        .clone();
    let sent = desk
        .done(
            &desk.worker(),
            "referCase",
            referral(&case, &given),
            "referral { id }",
        )
        .await["referral"]
        .clone();
    let answer = json!({ "referralId": sent["id"], "accepted": true });
    desk.done(
        &manager(),
        "answerCaseReferral",
        answer.clone(),
        "referral { state }",
    )
    .await;
    assert_eq!(
        desk.refused(&manager(), "answerCaseReferral", answer)
            .await
            .0,
        "REFERRAL_ANSWERED"
    );
    let seen = desk
        .read(&elder(), &by_id(&case, "phase closure referrals { state }"))
        .await;
    assert_eq!(
        seen["case"],
        json!({ "phase": "REFERRED", "closure": "REFERRED_ON",
        "referrals": [{ "state": "ACCEPTED" }] })
    );
}

#[tokio::test]
async fn lists_show_what_is_due_and_officials_see_numbers_without_persons() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    desk.assess(&case).await;
    desk.plan(&case).await;
    let overdue = "{ cases(part: WORKER, overdue: true) { nodes { id overdue } } }";
    let due = async |who: &Caller| {
        desk.read(who, overdue).await["cases"]["nodes"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(due(&desk.worker()).await, 0);
    desk.house.service.clock.advance(TimeDelta::days(8));
    assert_eq!(due(&desk.worker()).await, 1);
    assert_eq!(due(&desk.supervisor()).await, 0, "another part");
    let load = "{ caseload { worker { id } open overdue atRisk plansWaiting } }";
    let told = json!([{ "worker": { "id": desk.li["id"] }, "open": 1, "overdue": 1, "atRisk": 1,
        "plansWaiting": 1 }]);
    for who in [desk.worker(), desk.supervisor()] {
        assert_eq!(desk.read(&who, load).await["caseload"], told);
    }
    let numbers = "{ caseStatistics(from: \"2026-01-01\", to: \"2026-12-31\") {
        least phases { key count } opened ended } }";
    let few = desk.read(&civil(), numbers).await["caseStatistics"].clone();
    assert_eq!(
        few["phases"],
        json!([{ "key": "PLAN", "count": null }]),
        "one case could be known"
    );
    assert_eq!((&few["opened"], &few["ended"]), (&json!(null), &json!(0)));
    let refused = desk.house.run(&elder(), numbers, json!({})).await;
    assert_eq!(reason(&refused), "FORBIDDEN");
    let stop = json!({ "caseId": case["id"], "closure": "OTHER" });
    let ended = desk
        .done(&elder(), "terminateCase", stop, "case { phase closure }")
        .await;
    assert_eq!(
        ended["case"],
        json!({ "phase": "TERMINATED", "closure": "CLIENT_WITHDREW" })
    );
}
