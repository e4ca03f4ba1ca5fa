//! 个案: what a resident reported to the community becomes a case that nobody
//! reads by office, and whoever breaks the glass is seen by the client.

use chrono::TimeDelta;
use kit::auth::Role;
use sanshe::demo::{
    people::{GRID, RESIDENTS},
    seed::{self, uuid_of},
    world::World,
};
use serde_json::{Value, json};

use crate::support::House;

/// A resident who is registered as a social worker, and signs in as one.
async fn hire(world: &mut World, account: &str, certificate: &str) {
    let kept = format!("worker {account}");
    let known = match account {
        "sun" => world.made("social worker").unwrap().clone(),
        "chen" => world.made("second social worker").unwrap().clone(),
        _ => {
            let year = world.year().await.unwrap();
            let new = json!({
                "residentId": world.id(account).unwrap(), "source": "QUALIFIED", "grade": "ASSISTANT",
                "certificateNo": certificate, "registeredFrom": format!("{year}-01-01"),
                "communityIds": [world.id("community").unwrap()],
            });
            let made = world
                .act("civil", "registerSocialWorker", new, "socialWorker { id }")
                .await
                .unwrap();
            made["socialWorker"].clone()
        }
    };
    let person = RESIDENTS.iter().find(|one| one.account == account).unwrap();
    let resident = uuid_of(&world.id(account).unwrap()).unwrap();
    let mut card = person.account(resident, &[Role::SocialWorker]).unwrap();
    card.actor.social_worker_id = Some(uuid_of(&known["id"]).unwrap());
    world.desk().register(vec![card]).unwrap();
    world.keep(&kept, known);
}

/// A mutation about the case; answers its payload.
async fn act(world: &mut World, who: &str, verb: &str, more: Value, want: &str) -> Value {
    let input = with(world, more);
    world.act(who, verb, input, want).await.unwrap()
}

/// One that must not pass.
async fn refused(world: &mut World, who: &str, verb: &str, more: Value, reason: &str) {
    let input = with(world, more);
    world.must_refuse(who, verb, input, reason).await.unwrap();
}

fn with(world: &World, mut input: Value) -> Value {
    input["caseId"] = world.id("case").unwrap();
    input
}

/// The case as somebody sees it, or null.
async fn seen(world: &World, who: &str, want: &str) -> Value {
    let query = format!("query($id: ID!) {{ case(id: $id) {{ {want} }} }}");
    let id = json!({ "id": world.id("case").unwrap() });
    world.ask(who, &query, id).await.unwrap()["case"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_worked_on_in_confidence_and_a_look_in_need_is_seen() {
    let house = House::open().await;
    let mut world = house.world();
    seed::seed(&mut world).await.unwrap();
    for (account, certificate) in [("sun", ""), ("chen", ""), ("zhou", "SW2301032022003")] {
        hire(&mut world, account, certificate).await;
    }
    opened(&mut world).await;
    planned(&mut world).await;
    referred(&mut world).await;
    broken(&mut world).await;
    supervised(&mut world).await;
    closed(&mut world).await;
    house.platform.stop().await;
}

/// Reported to the community, verified there, taken up by a social worker.
async fn opened(world: &mut World) {
    let report = json!({
        "communityId": world.id("community").unwrap(), "gridCode": GRID, "category": "OTHER", "forElders": true,
        "description": "老伴去世后不愿出门,想找人说说话",
    });
    let made = world
        .act("wang", "reportNeed", report, "need { id }")
        .await
        .unwrap();
    let need = made["need"]["id"].clone();
    let verify = json!({ "needId": need, "accept": true });
    world
        .act("grid", "verifyNeed", verify, "need { state }")
        .await
        .unwrap();
    let query = "query($id: ID!) { need(id: $id) { state description reportedBy { id } } }";
    let told = world
        .ask("staff", query, json!({ "id": need }))
        .await
        .unwrap()["need"]
        .clone();
    assert_eq!(
        told,
        json!({
            "state": "VERIFIED", "description": "老伴去世后不愿出门,想找人说说话",
            "reportedBy": { "id": world.id("wang").unwrap() },
        })
    );

    let open = |world: &World, client: &Value, supervisor: &str| {
        json!({
            "residentId": client, "supervisorId": world.id(supervisor).unwrap(), "risk": "MID",
            "problem": told["description"],
        })
    };
    let client = told["reportedBy"]["id"].clone();
    let own = world.id("chen").unwrap();
    for (who, input, reason) in [
        ("staff", open(world, &client, "worker sun"), "FORBIDDEN"),
        (
            "chen",
            open(world, &client, "worker chen"),
            "CASE_WORKER_SUPERVISES",
        ),
        ("chen", open(world, &own, "worker sun"), "CASE_OWN"),
    ] {
        world
            .must_refuse(who, "openCase", input, reason)
            .await
            .unwrap();
    }
    let input = open(world, &client, "worker sun");
    let made = world
        .act("chen", "openCase", input, "case { id phase }")
        .await
        .unwrap();
    world.keep("case", made["case"].clone());
    let twice = open(world, &client, "worker sun");
    world
        .must_refuse("chen", "openCase", twice, "CASE_OPEN_ALREADY")
        .await
        .unwrap();
    // Nobody reads it by their office.
    for who in ["staff", "civil", "auditor", "admin", "zhou", "org-a"] {
        assert_eq!(seen(world, who, "id").await, Value::Null, "{who}");
    }
    let whole = "phase client { id } worker { id } supervisor { id }";
    assert_eq!(
        seen(world, "wang", whole).await,
        json!({
            "phase": "INTAKE", "client": { "id": client }, "worker": { "id": world.id("worker chen").unwrap() },
            "supervisor": { "id": world.id("worker sun").unwrap() },
        })
    );
}

/// Nothing is done to somebody that they did not sign and no supervisor saw.
async fn planned(world: &mut World) {
    let review = world.day().await.unwrap() + chrono::Days::new(60);
    let plan = json!({ "reviewOn": review, "goals": [
        { "goal": "恢复社会交往", "indicator": "每周外出两次" },
        { "goal": "居家安全", "indicator": "三个月无跌倒" } ] });
    let phase = "case { phase }";
    refused(world, "chen", "planCase", plan.clone(), "CASE_PHASE").await;
    let findings = json!({ "risk": "MID", "findings": "独居,情绪低落" });
    act(world, "chen", "assessCase", findings, phase).await;
    act(world, "chen", "planCase", plan, phase).await;
    refused(
        world,
        "chen",
        "beginIntervention",
        json!({}),
        "PLAN_NOT_SIGNED",
    )
    .await;
    let online = json!({ "signing": "ONLINE" });
    refused(
        world,
        "chen",
        "signCasePlan",
        online.clone(),
        "SIGNING_ONLINE",
    )
    .await;
    act(world, "wang", "signCasePlan", online, phase).await;
    refused(
        world,
        "chen",
        "beginIntervention",
        json!({}),
        "PLAN_NOT_APPROVED",
    )
    .await;
    let approve = json!({ "approved": true });
    refused(
        world,
        "chen",
        "reviewCasePlan",
        approve.clone(),
        "FORBIDDEN",
    )
    .await;
    act(world, "sun", "reviewCasePlan", approve, phase).await;
    let begun = act(world, "chen", "beginIntervention", json!({}), phase).await;
    assert_eq!(begun["case"]["phase"], "INTERVENTION");
}

/// A referral says what the client agreed to, to whom they agreed, as long as
/// they do.
async fn referred(world: &mut World) {
    let until = world.day().await.unwrap() + chrono::Days::new(90);
    let consent = json!({
        "purpose": "LEGAL_AID", "expiresOn": until, "receiverOrganizationId": world.id("org-a").unwrap(),
        "fields": ["FAMILY"], "signing": "ONLINE",
    });
    // The client gives it, not whoever works with them.
    refused(
        world,
        "chen",
        "giveCaseConsent",
        consent.clone(),
        "SIGNING_ONLINE",
    )
    .await;
    let given = act(
        world,
        "wang",
        "giveCaseConsent",
        consent,
        "consent { id stands }",
    )
    .await;
    assert_eq!(given["consent"]["stands"], true);
    let consent = given["consent"]["id"].clone();
    let refer = |world: &World, to: &str, field: &str| {
        json!({
            "toOrganizationId": world.id(to).unwrap(), "purpose": "LEGAL_AID", "fields": [field],
            "consentId": consent, "summary": "房产继承纠纷",
        })
    };
    let (wrong, more) = (
        refer(world, "org-b", "FAMILY"),
        refer(world, "org-a", "HEALTH"),
    );
    refused(world, "chen", "referCase", wrong, "CONSENT_OTHER_RECEIVER").await;
    refused(world, "chen", "referCase", more, "CONSENT_OTHER_FIELDS").await;
    let input = refer(world, "org-a", "FAMILY");
    let sent = act(world, "chen", "referCase", input, "referral { id }").await["referral"].clone();

    let list = "{ caseReferrals(first: 5) { nodes { id state summary fields } } }";
    let told = |summary: Option<&str>| json!([{ "id": sent["id"], "state": "SENT", "summary": summary, "fields": ["FAMILY"] }]);
    let nodes = async |world: &World, who: &str| {
        world.ask(who, list, json!({})).await.unwrap()["caseReferrals"]["nodes"].clone()
    };
    assert_eq!(nodes(world, "org-a").await, told(Some("房产继承纠纷")));
    assert_eq!(nodes(world, "org-b").await, json!([]));
    // Refused after all: what was sent is not told any more.
    let back = json!({ "consentId": consent });
    act(
        world,
        "wang",
        "withdrawCaseConsent",
        back,
        "consent { withdrawnAt }",
    )
    .await;
    assert_eq!(nodes(world, "org-a").await, told(None));
    let take = json!({ "referralId": sent["id"], "accepted": true });
    world
        .must_refuse("org-a", "answerCaseReferral", take, "CONSENT_NOT_VALID")
        .await
        .unwrap();
    let again = refer(world, "org-a", "FAMILY");
    refused(world, "chen", "referCase", again, "CONSENT_NOT_VALID").await;
}

/// Another worker, in need, for a day; the client sees who and why.
async fn broken(world: &mut World) {
    let reason = "邻居报警,老人有轻生言语";
    let glass = json!({ "residentId": world.id("wang").unwrap(), "reason": reason });
    for who in ["auditor", "stranger", "org-a"] {
        world
            .must_refuse(who, "breakCaseGlass", glass.clone(), "FORBIDDEN")
            .await
            .unwrap();
    }
    let case = world.id("case").unwrap();
    let file = "file { problem assessments { findings } plans { goals { goal } } evaluations { summary } }";
    let opened = world
        .act("zhou", "breakCaseGlass", glass, "cases { id }")
        .await
        .unwrap();
    assert_eq!(opened["cases"], json!([{ "id": case }]));
    assert_eq!(
        seen(world, "zhou", file).await,
        json!({ "file": {
            "problem": "老伴去世后不愿出门,想找人说说话", "assessments": [{ "findings": "独居,情绪低落" }],
            "plans": [{ "goals": [{ "goal": "恢复社会交往" }, { "goal": "居家安全" }] }], "evaluations": [],
        } })
    );
    let note = json!({
        "kind": "HOME_VISIT", "level": "TEAM", "on": world.day().await.unwrap(), "minutes": 30, "text": "我来办",
    });
    refused(world, "zhou", "addCaseNote", note, "CASE_NOT_FOUND").await;

    let mine = seen(world, "wang", "glass { actor actorName roles reason }").await;
    assert_eq!(
        mine["glass"],
        json!([{ "actor": "zhou", "actorName": "周敏", "roles": ["resident", "social_worker"], "reason": reason }])
    );
    let log = "{ myCaseLog(first: 20) { nodes { actor action fields } } }";
    let log = world.ask("wang", log, json!({})).await.unwrap()["myCaseLog"]["nodes"].clone();
    let looks: Vec<&Value> = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["actor"] == "zhou")
        .collect();
    assert_eq!(
        json!(looks),
        json!([
            { "actor": "zhou", "action": "readCase", "fields": ["problem", "assessments", "plans", "evaluations"] },
            { "actor": "zhou", "action": "breakCaseGlass", "fields": [] },
        ])
    );
    world.wait(TimeDelta::hours(25)).await.unwrap();
    assert_eq!(seen(world, "zhou", file).await, Value::Null);
}

/// Hours count when both say so.
async fn supervised(world: &mut World) {
    let now = world.desk().now().await.unwrap();
    let today = kernel::china_date(now);
    let assign = |world: &World, above: &str, below: &str| {
        json!({
            "supervisorId": world.id(above).unwrap(), "superviseeId": world.id(below).unwrap(),
            "from": today, "everyDays": 30, "topics": "个案概念化与界限",
        })
    };
    let too_low = assign(world, "worker chen", "worker sun");
    world
        .must_refuse("staff", "assignSupervisor", too_low, "SUPERVISOR_GRADE")
        .await
        .unwrap();
    let input = assign(world, "worker sun", "worker chen");
    let made = world
        .act("staff", "assignSupervisor", input, "supervision { id }")
        .await
        .unwrap();
    let plan = json!({
        "supervisionId": made["supervision"]["id"], "method": "INDIVIDUAL", "topic": "结案技巧", "at": now,
    });
    let made = world
        .act("sun", "planSupervisionSession", plan, "session { id }")
        .await
        .unwrap();
    let session = json!({ "sessionId": made["session"]["id"] });
    world.wait(TimeDelta::hours(2)).await.unwrap();
    let mut held = session.clone();
    held["from"] = json!(now);
    held["to"] = json!(now + TimeDelta::minutes(60));
    let mut record = session.clone();
    record["text"] = json!("讨论了结案准备");
    for (verb, input) in [
        ("holdSupervisionSession", held),
        ("recordSupervisionSession", record),
    ] {
        world
            .act("sun", verb, input, "session { state }")
            .await
            .unwrap();
    }
    let query = "query($id: ID!, $from: Date!, $to: Date!) {
        supervisionHours(socialWorkerId: $id, from: $from, to: $to) { received given } }";
    let variables = json!({
        "id": world.id("worker chen").unwrap(), "from": today, "to": today + chrono::Days::new(1),
    });
    let hours = async |world: &World| {
        let told = world.ask("staff", query, variables.clone()).await.unwrap();
        told["supervisionHours"].clone()
    };
    assert_eq!(hours(world).await, json!({ "received": 0, "given": 0 }));
    world
        .must_refuse(
            "sun",
            "confirmSupervisionSession",
            session.clone(),
            "FORBIDDEN",
        )
        .await
        .unwrap();
    world
        .act(
            "chen",
            "confirmSupervisionSession",
            session,
            "session { state }",
        )
        .await
        .unwrap();
    assert_eq!(hours(world).await, json!({ "received": 60, "given": 0 }));
}

/// Evaluated, closed, and told in numbers that name nobody.
async fn closed(world: &mut World) {
    let close = json!({ "closure": "GOALS_MET" });
    refused(world, "chen", "closeCase", close.clone(), "CASE_PHASE").await;
    let evaluation = json!({ "attainments": [1, 0], "summary": "已恢复外出" });
    act(world, "chen", "evaluateCase", evaluation, "case { phase }").await;
    refused(world, "sun", "closeCase", close.clone(), "FORBIDDEN").await;
    act(world, "chen", "closeCase", close, "case { phase }").await;
    let late = json!({ "risk": "LOW", "findings": "再次评估" });
    refused(world, "chen", "assessCase", late, "CASE_OVER").await;
    let moves = [
        "INTAKE",
        "ASSESSMENT",
        "PLAN",
        "INTERVENTION",
        "EVALUATION",
        "CLOSED",
    ];
    assert_eq!(
        seen(world, "wang", "phase closure moves { to }").await,
        json!({
            "phase": "CLOSED", "closure": "GOALS_MET",
            "moves": moves.map(|to| json!({ "to": to })),
        })
    );
    let query = "query($from: Date!, $to: Date!) {
        caseStatistics(from: $from, to: $to) { least phases { key count } opened ended } }";
    let day = world.day().await.unwrap();
    let span = json!({ "from": day, "to": day + chrono::Days::new(10) });
    let told = world.ask("civil", query, span.clone()).await.unwrap();
    assert_eq!(
        told["caseStatistics"],
        json!({ "least": 3, "phases": [], "opened": null, "ended": null }),
        "one case could be known"
    );
    let answer = world.send(Some("wang"), query, span).await.unwrap();
    assert_eq!(answer.failure().unwrap().reason, "FORBIDDEN");
}
