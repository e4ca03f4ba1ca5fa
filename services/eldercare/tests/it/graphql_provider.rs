//! Providers, their people and papers through the real schema: medical service
//! only by those whose papers hold on the planned day.

use chrono::TimeDelta;
use eldercare::domain::care_worker::CareWorkerId;
use kernel::keys::OrganizationId;
use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::{
    access::{Line, local, oversight},
    service::{data, reason, resident},
};
use uuid::Uuid;

use crate::{
    peers::{COMMUNITY, DEAD, LI, NURSE, ORGANIZATION, SOCIAL_WORKER, UNVERIFIED, VOLUNTEER},
    support::{
        ASSIGN, House, PLACE, contractor, id_of, li, nobody, officer, order, person, staff,
        staff_elsewhere, wang,
    },
};

const PAPER: &str = "credential { id state kind numberTail inForce version }";

fn organization() -> Value {
    json!(id_of::<OrganizationId>(ORGANIZATION))
}

fn nurse() -> Caller {
    resident(NURSE, COMMUNITY)
}

pub async fn provider(house: &House) -> Value {
    let input = json!({ "organizationId": organization(), "divisionCode": COMMUNITY,
        "lines": ["MEDICAL", "MEALS"] });
    let select = "provider { organizationId lines licensedLines }";
    let made = house
        .done(
            &officer(),
            ("registerProvider", select),
            "provider-001",
            input,
        )
        .await;
    made["provider"].clone()
}

pub async fn worker(house: &House, who: Uuid) -> Value {
    let input =
        json!({ "organizationId": organization(), "residentId": person(who), "job": "NURSE" });
    let select = "careWorker { id job startedOn endedOn resident { id } }";
    let key = format!("worker-{who}");
    let made = house
        .done(&contractor(), ("registerCareWorker", select), &key, input)
        .await;
    made["careWorker"].clone()
}

fn paper(worker: Option<&Value>, kind: &str, number: &str, to: &str) -> Value {
    json!({ "organizationId": organization(), "careWorkerId": worker.map(|one| one["id"].clone()),
        "kind": kind, "number": number, "issuer": "卫生健康局", "validFrom": "2026-01-01",
        "validTo": to })
}

async fn submitted(house: &House, worker: Option<&Value>, kind: &str, to: &str) -> Value {
    let (key, number) = (format!("submit-{kind}-{to}"), format!("{kind}-2015230100"));
    let input = paper(worker, kind, &number, to);
    let made = house
        .done(&contractor(), ("submitCredential", PAPER), &key, input)
        .await;
    made["credential"].clone()
}

async fn review(house: &House, paper: &Value, verdict: &str) -> Value {
    let id = paper["id"].as_str().unwrap();
    let key = format!("{verdict}-{}", &id[id.len() - 16..]);
    let input = json!({ "credentialId": id, "verdict": verdict, "reason": "查验原件" });
    house
        .act(&officer(), ("reviewCredential", PAPER), &key, input)
        .await
}

pub async fn verified(house: &House, worker: Option<&Value>, kind: &str, to: &str) -> Value {
    let made = submitted(house, worker, kind, to).await;
    data(review(house, &made, "VERIFY").await)["reviewCredential"]["credential"].clone()
}

/// Wound care on the menu.
async fn medical_menu(house: &House) {
    let mut item = crate::support::lunch("-")["input"].clone();
    item["code"] = json!("WOUND-CARE");
    item["name"] = json!("伤口护理");
    item["line"] = json!("MEDICAL");
    house
        .done(
            &officer(),
            ("publishMenuItem", "menuItem { code }"),
            "publish-wound",
            item,
        )
        .await;
}

fn wound_care(key: &str) -> Value {
    let mut input = order(LI, key);
    input["input"]["menuItemCode"] = json!("WOUND-CARE");
    input
}

/// With a licensed provider, a nurse with both papers, and an order of wound care.
async fn clinic(house: &House) -> (Value, Value) {
    medical_menu(house).await;
    provider(house).await;
    verified(house, None, "MEDICAL_LICENCE", "2026-12-31").await;
    let nurse = worker(house, NURSE).await;
    let placed = data(house.run(&staff(), PLACE, wound_care("order-000001")).await);
    (nurse, placed["placeOrder"]["order"].clone())
}

fn uuid(node: &Value) -> Uuid {
    CareWorkerId::from_global(node["id"].as_str().unwrap())
        .unwrap()
        .as_uuid()
}

#[tokio::test]
async fn medical_service_is_ordered_only_from_a_licensed_provider() {
    let house = House::open().await;
    medical_menu(&house).await;
    let tried = house.run(&staff(), PLACE, wound_care("order-000001")).await;
    assert_eq!(reason(&tried), "PROVIDER_NOT_LICENSED");
    assert_eq!(
        tried["errors"][0]["extensions"]["field"],
        "input.contractId"
    );
    let made = provider(&house).await;
    assert_eq!(made["licensedLines"], json!(["MEALS"]));
    let licence = submitted(&house, None, "MEDICAL_LICENCE", "2026-12-31").await;
    assert_eq!(
        (&licence["numberTail"], &licence["inForce"]),
        (&json!("0100"), &json!(false))
    );
    let tried = house.run(&staff(), PLACE, wound_care("order-000002")).await;
    assert_eq!(
        reason(&tried),
        "PROVIDER_NOT_LICENSED",
        "one that nobody has seen does not count"
    );
    data(review(&house, &licence, "VERIFY").await);
    data(house.run(&staff(), PLACE, wound_care("order-000003")).await);
    assert_eq!(
        provider(&house).await["licensedLines"],
        json!(["MEALS", "MEDICAL"]),
        "the answer to the key is as it was, what it is licensed for is as of now"
    );
    let query = "query($id: ID!) { provider(organizationId: $id) { licensedLines } }";
    let seen = data(
        house
            .run(&nobody(), query, json!({ "id": organization() }))
            .await,
    );
    assert_eq!(
        seen["provider"]["licensedLines"],
        json!(["MEALS", "MEDICAL"])
    );
    // Lunch asks for no licence.
    house.ordered(LI, "order-000004").await;
}

#[tokio::test]
async fn a_nurse_is_sent_only_while_her_papers_hold_on_the_planned_day() {
    let house = House::open().await;
    let (nurse, placed) = clinic(&house).await;
    let id = uuid(&nurse);
    let assign = async |kind: &str, who: Uuid, key: &str| {
        house
            .run(&contractor(), ASSIGN, house.assign(&placed, kind, who, key))
            .await
    };
    for (kind, who) in [
        ("SOCIAL_WORKER", SOCIAL_WORKER),
        ("VOLUNTEER", VOLUNTEER),
        ("CARE_WORKER", id),
    ] {
        let tried = assign(kind, who, "assign-00001").await;
        assert_eq!(reason(&tried), "WORKER_CREDENTIAL_MISSING", "{kind}");
        assert_eq!(tried["errors"][0]["extensions"]["field"], "input.workerId");
    }
    verified(&house, Some(&nurse), "NURSE", "2026-06-30").await;
    assert_eq!(
        reason(&assign("CARE_WORKER", id, "assign-00002").await),
        "WORKER_CREDENTIAL_MISSING"
    );
    verified(&house, Some(&nurse), "HEALTH_CERTIFICATE", "2026-12-31").await;
    let mut later = house.assign(&placed, "CARE_WORKER", id, "assign-00003");
    later["input"]["plannedStart"] = json!("2026-06-30T15:30:00Z");
    later["input"]["plannedEnd"] = json!("2026-06-30T16:30:00Z");
    let tried = house.run(&contractor(), ASSIGN, later.clone()).await;
    assert_eq!(
        reason(&tried),
        "WORKER_CREDENTIAL_MISSING",
        "past midnight it has ended"
    );
    later["input"]["plannedStart"] = json!("2026-06-30T01:00:00Z");
    later["input"]["plannedEnd"] = json!("2026-06-30T02:00:00Z");
    data(house.run(&contractor(), ASSIGN, later).await);
    let stranger = assign("CARE_WORKER", Uuid::from_u128(9), "assign-00004").await;
    assert_eq!(reason(&stranger), "CARE_WORKER_NOT_OF_PROVIDER");
}

#[tokio::test]
async fn a_nurse_visits_by_her_own_login_and_earns_no_volunteers_minutes() {
    let house = House::open().await;
    let (worker, placed) = clinic(&house).await;
    verified(&house, Some(&worker), "NURSE", "2026-12-31").await;
    verified(&house, Some(&worker), "HEALTH_CERTIFICATE", "2026-12-31").await;
    let visit = house
        .assigned(&placed, "CARE_WORKER", uuid(&worker), "assign-00001")
        .await;
    assert_eq!(visit["workerKind"], "CARE_WORKER");
    for (who, why) in [
        (wang(), "VISIT_NOT_FOUND"),
        (staff(), "FORBIDDEN"),
        (nobody(), "UNAUTHENTICATED"),
    ] {
        let tried = house.step(&who, "acceptVisit", &visit, json!({})).await;
        assert_eq!(reason(&tried), why);
    }
    let select = "id workerKind careWorker { id }";
    let seen = house.nodes(&nurse(), "visits", "", select).await;
    assert_eq!(
        seen,
        json!([{ "id": visit["id"], "workerKind": "CARE_WORKER",
        "careWorker": { "id": worker["id"] } }])
    );
    house.served(&nurse(), &visit).await;
    let own = house
        .step(
            &nurse(),
            "confirmVisit",
            &visit,
            json!({ "method": "CARD" }),
        )
        .await;
    assert_eq!(reason(&own), "FORBIDDEN");
    let done = house
        .step(&li(), "confirmVisit", &visit, json!({ "method": "APP" }))
        .await;
    assert_eq!(done["state"], "SETTLED");
    assert_eq!(house.told("eldercare.care_visit.settled").await, 1);
    assert_eq!(house.told("eldercare.visit.settled").await, 0);
}

#[tokio::test]
async fn whose_paper_was_revoked_does_not_begin() {
    let house = House::open().await;
    let (worker, placed) = clinic(&house).await;
    let paper = verified(&house, Some(&worker), "NURSE", "2026-12-31").await;
    verified(&house, Some(&worker), "HEALTH_CERTIFICATE", "2026-12-31").await;
    let visit = house
        .assigned(&placed, "CARE_WORKER", uuid(&worker), "assign-00001")
        .await;
    house.step(&nurse(), "acceptVisit", &visit, json!({})).await;
    data(review(&house, &paper, "REVOKE").await);
    house.service.clock.advance(TimeDelta::hours(1));
    let tried = house
        .step(&nurse(), "checkIn", &visit, json!({ "method": "TOKEN" }))
        .await;
    assert_eq!(reason(&tried), "WORKER_CREDENTIAL_MISSING");
}

#[tokio::test]
async fn people_and_papers_are_registered_with_care() {
    let house = House::open().await;
    let register = async |who: Uuid, key: &str| {
        let input =
            json!({ "organizationId": organization(), "residentId": person(who), "job": "NURSE" });
        house
            .act(
                &contractor(),
                ("registerCareWorker", "careWorker { id }"),
                key,
                input,
            )
            .await
    };
    assert_eq!(
        reason(&register(NURSE, "worker-000001").await),
        "PROVIDER_NOT_FOUND"
    );
    provider(&house).await;
    assert_eq!(
        reason(&register(DEAD, "worker-000002").await),
        "RESIDENT_DECEASED"
    );
    assert_eq!(
        reason(&register(UNVERIFIED, "worker-000003").await),
        "RESIDENT_NOT_VERIFIED"
    );
    let one = worker(&house, NURSE).await;
    assert_eq!(worker(&house, NURSE).await, one, "the same key");
    assert_eq!(
        reason(&register(NURSE, "worker-000004").await),
        "CARE_WORKER_EXISTS"
    );
    let other = worker(&house, crate::peers::CHILD).await;
    let submit = async |worker: Option<&Value>, kind: &str, number: &str, to: &str, key: &str| {
        let input = paper(worker, kind, number, to);
        house
            .act(&contractor(), ("submitCredential", PAPER), key, input)
            .await
    };
    let tries = [
        (None, "NURSE", "12345678", "2026-12-31", "CREDENTIAL_HOLDER"),
        (
            Some(&one),
            "FOOD_LICENCE",
            "12345678",
            "2026-12-31",
            "CREDENTIAL_HOLDER",
        ),
        (Some(&one), "NURSE", " ", "2026-12-31", "TEXT_LENGTH"),
        (
            Some(&one),
            "NURSE",
            "12345678",
            "2026-03-01",
            "CREDENTIAL_DAYS",
        ),
    ];
    for (n, (holder, kind, number, to, why)) in tries.into_iter().enumerate() {
        let tried = submit(holder, kind, number, to, &format!("submit-00000{n}")).await;
        assert_eq!(reason(&tried), why);
    }
    data(
        submit(
            Some(&one),
            "NURSE",
            "12345678",
            "2026-12-31",
            "submit-000010",
        )
        .await,
    );
    let lent = submit(
        Some(&other),
        "NURSE",
        "12345678",
        "2026-12-31",
        "submit-000011",
    )
    .await;
    assert_eq!(
        reason(&lent),
        "CREDENTIAL_NUMBER_USED",
        "one paper, one holder"
    );
    data(
        submit(
            Some(&one),
            "NURSE",
            "12345678",
            "2027-12-31",
            "submit-000012",
        )
        .await,
    );
    let own = submitted(&house, Some(&one), "CAREGIVER", "2026-12-31").await;
    let mut both = officer();
    both.actor.subject = contractor().actor.subject;
    let input = json!({ "credentialId": own["id"], "verdict": "VERIFY" });
    let tried = house
        .act(&both, ("reviewCredential", PAPER), "review-000001", input)
        .await;
    assert_eq!(reason(&tried), "CREDENTIAL_SELF_REVIEWED");
    let wordless = json!({ "credentialId": own["id"], "verdict": "REJECT" });
    let tried = house
        .act(
            &officer(),
            ("reviewCredential", PAPER),
            "review-000002",
            wordless,
        )
        .await;
    assert_eq!(reason(&tried), "REASON_MISSING");
    // Who leaves is sent no more, and may be registered by another one later.
    let end = async |key: &str| {
        let input = json!({ "careWorkerId": one["id"], "reason": "辞职" });
        house
            .act(
                &contractor(),
                ("endCareWorker", "careWorker { endedOn }"),
                key,
                input,
            )
            .await
    };
    assert_eq!(
        data(end("end-00000001").await)["endCareWorker"]["careWorker"]["endedOn"],
        "2026-03-02"
    );
    assert_eq!(reason(&end("end-00000002").await), "CARE_WORKER_ENDED");
}

#[tokio::test]
async fn a_paper_that_ends_is_told_of_in_time_and_listed_until_it_is_renewed() {
    let house = House::open().await;
    provider(&house).await;
    let one = worker(&house, NURSE).await;
    verified(&house, Some(&one), "NURSE", "2026-06-30").await;
    let expiring = async |who: &Caller| {
        house
            .nodes(who, "credentials", ", expiring: true", "kind validTo")
            .await
    };
    assert_eq!(expiring(&contractor()).await, json!([]));
    house.pass(TimeDelta::days(59)).await;
    assert_eq!(house.told("eldercare.credential.expiring").await, 0);
    house.pass(TimeDelta::days(2)).await;
    assert_eq!(house.told("eldercare.credential.expiring").await, 1);
    let listed = json!([{ "kind": "NURSE", "validTo": "2026-06-30" }]);
    assert_eq!(expiring(&contractor()).await, listed);
    assert_eq!(expiring(&officer()).await, listed);
    for who in [staff_elsewhere(), wang(), nobody()] {
        assert_eq!(expiring(&who).await, json!([]));
    }
    verified(&house, Some(&one), "NURSE", "2027-06-30").await;
    assert_eq!(expiring(&contractor()).await, json!([]));
}

#[tokio::test]
async fn papers_are_guarded_also_by_hand() {
    let house = House::open().await;
    let (worker, placed) = clinic(&house).await;
    verified(&house, Some(&worker), "HEALTH_CERTIFICATE", "2026-12-31").await;
    submitted(&house, Some(&worker), "NURSE", "2026-12-31").await;
    let lunch = house.ordered(LI, "order-lunch-1").await;
    house
        .assigned(&lunch, "CARE_WORKER", uuid(&worker), "assign-lunch-1")
        .await;
    for (sql, why) in [
        ("UPDATE credentials SET valid_to = '2030-01-01'", "CREDENTIAL_FIXED"),
        ("UPDATE credentials SET state = 'REJECTED', reviewed_by = 'x', reviewed_at = now(), review_reason = 'x'
          WHERE kind = 'MEDICAL_LICENCE'", "CREDENTIAL_STATE"),
        ("UPDATE credentials SET state = 'VERIFIED', reviewed_by = submitted_by, reviewed_at = now()
          WHERE kind = 'NURSE'", "CREDENTIAL_SELF_REVIEWED"),
        ("UPDATE credentials SET state = 'REJECTED', reviewed_by = 'x', reviewed_at = now() WHERE kind = 'NURSE'",
         "CREDENTIAL_REASON"),
        ("UPDATE care_workers SET resident_id = gen_random_uuid()", "CARE_WORKER_FIXED"),
        ("INSERT INTO care_workers SELECT gen_random_uuid(), organization_id, division_code, resident_id, job,
              started_on, NULL, NULL, registered_by, registered_at FROM care_workers", "CARE_WORKER_EXISTS"),
        ("UPDATE visits SET planned_end = '2027-01-01T01:00:00Z'", "WORKER_CREDENTIAL_MISSING"),
        ("UPDATE care_workers SET ended_on = '2026-03-01', end_reason = 'x'", "CARE_WORKERS_CHECK"),
    ] {
        assert_eq!(house.refused(sql).await, why, "{sql}");
    }
    // The nurse's licence is not verified yet: nobody is planned for wound care.
    let sql = format!(
        "INSERT INTO visits (id, order_id, trace_id, contract_id, organization_id, elder_id, division_code,
             worker_kind, worker_id, worker_resident_id, planned_start, planned_end, state, assigned_at, updated_at)
         SELECT gen_random_uuid(), o.id, o.trace_id, o.contract_id, o.organization_id, o.elder_id,
             o.division_code, 'CARE_WORKER', '{}', '{NURSE}', '2026-03-05T01:00:00Z', '2026-03-05T02:00:00Z',
             'ASSIGNED', now(), now()
         FROM orders o WHERE o.line = 'MEDICAL'",
        uuid(&worker)
    );
    assert_eq!(house.refused(&sql).await, "WORKER_CREDENTIAL_MISSING");
    let other = sql.replace(&NURSE.to_string(), &LI.to_string());
    assert!(
        ["CARE_WORKER_NOT_OF_PROVIDER", "VISIT_TO_SELF"]
            .contains(&house.refused(&other).await.as_str())
    );
    house.sql("UPDATE credentials SET state = 'REVOKED', review_reason = 'x' WHERE kind = 'MEDICAL_LICENCE'").await;
    let copy = "INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object(
        'id', gen_random_uuid()))).* FROM orders o WHERE o.line = 'MEDICAL'";
    assert_eq!(house.refused(copy).await, "PROVIDER_NOT_LICENSED");
    assert_eq!(placed["state"], "PLACED");
}

/// Who may do what with providers, their people and papers.
pub async fn lines(house: &House) -> Vec<Line> {
    provider(house).await;
    let one = worker(house, NURSE).await;
    let paper_ = submitted(house, Some(&one), "NURSE", "2026-12-31").await;
    let officers = || local(&["civil_affairs"]);
    let bound = || vec!["contractor".to_owned()];
    let desk = || local(&["grid_worker", "community_staff", "civil_affairs"]);
    let register =
        json!({ "organizationId": organization(), "divisionCode": COMMUNITY, "lines": ["MEALS"] });
    let hire =
        json!({ "organizationId": organization(), "residentId": person(NURSE), "job": "NURSE" });
    let own = format!("(organizationId: {}) {{ lines }}", organization());
    vec![
        Line::act("registerProvider", register, &[officers()]),
        Line::act("registerCareWorker", hire, &[officers(), bound()]),
        Line::act(
            "submitCredential",
            paper(Some(&one), "CAREGIVER", "998877", "2026-12-31"),
            &[officers(), bound()],
        ),
        Line::act(
            "reviewCredential",
            json!({ "credentialId": paper_["id"], "verdict": "VERIFY" }),
            &[officers()],
        ),
        Line::read(
            "credentials",
            "(first: 5) { nodes { id } }",
            &[desk(), bound(), oversight()],
        )
        .asks(&["readCredential"]),
        Line::read(
            "careWorker",
            &format!("(id: {}) {{ id }}", one["id"]),
            &[desk(), bound(), oversight()],
        )
        .asks(&["readCareWorker"]),
        Line::read(
            "careWorkers",
            "(first: 5) { nodes { id } }",
            &[desk(), bound(), oversight()],
        ),
        Line::act(
            "endCareWorker",
            json!({ "careWorkerId": one["id"], "reason": "辞职" }),
            &[officers(), bound()],
        ),
        Line::public("provider", &own),
        Line::public("providers", "(first: 5) { nodes { lines } }"),
        Line::public("lineRequirements", " { code }"),
    ]
}
