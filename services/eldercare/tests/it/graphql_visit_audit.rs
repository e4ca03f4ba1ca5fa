//! Call-back audits through the real schema: who is chosen, who calls, who
//! decides, and what is undone where a visit does not stand.

use chrono::TimeDelta;
use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::{
    access::{Line, local, oversight},
    service::{caller, data, reason, resident},
};

use crate::{
    graphql_credit::{DONATE, donate},
    peers::{COMMUNITY, LI, SOCIAL_WORKER, YOUNG, ZHAO},
    support::{
        House, PLACE, auditor, contractor, li, nobody, officer, order, social_worker, staff,
        staff_elsewhere, volunteer, wang,
    },
};

const AUDIT: &str =
    "visitAudit { id state random doubt tookPlace dueAt overdue visit { id state } }";
const ALL: &str = "UPDATE policy_parameters SET value = 1000 WHERE key = 'ec.audit.share_permille'";
const NONE: &str = "UPDATE policy_parameters SET value = 0 WHERE key = 'ec.audit.share_permille'";

fn colleague() -> Caller {
    let mut other = caller(Role::CivilAffairs, COMMUNITY);
    other.actor.subject = "colleague".into();
    other
}

async fn audits(house: &House, who: &Caller, more: &str) -> Vec<Value> {
    let found = house
        .nodes(who, "visitAudits", more, "id state random overdue")
        .await;
    found.as_array().unwrap().clone()
}

async fn flag(house: &House, who: &Caller, visit: &Value, key: &str) -> Value {
    let input = json!({ "visitId": visit["id"], "doubt": "老人说没有人来过" });
    house.act(who, ("flagVisit", AUDIT), key, input).await
}

async fn record(house: &House, who: &Caller, audit: &Value, took_place: bool, key: &str) -> Value {
    let input = json!({ "visitAuditId": audit["id"], "method": "PHONE", "tookPlace": took_place,
        "findings": "电话回访" });
    house
        .act(who, ("recordVisitAudit", AUDIT), key, input)
        .await
}

async fn decide(house: &House, who: &Caller, audit: &Value, stands: bool, key: &str) -> Value {
    let input = json!({ "visitAuditId": audit["id"], "stands": stands, "reasons": "核对属实与否" });
    house
        .act(who, ("decideVisitAudit", AUDIT), key, input)
        .await
}

#[tokio::test]
async fn chance_chooses_the_share_in_force() {
    let house = House::open().await;
    house.sql(NONE).await;
    house.volunteer_earned("00000001").await;
    assert!(audits(&house, &staff(), "").await.is_empty());
    house.sql(ALL).await;
    let visit = house.volunteer_earned("00000002").await;
    let chosen = audits(&house, &staff(), "").await;
    assert_eq!((chosen.len(), &chosen[0]["random"]), (1, &json!(true)));
    assert_eq!(house.told("eldercare.visit_audit.flagged").await, 1);
    let again = flag(&house, &staff(), &visit, "flag-0000001").await;
    assert_eq!(reason(&again), "VISIT_AUDIT_EXISTS");
    for (who, seen) in [
        (officer(), 1),
        (auditor(), 1),
        (li(), 0),
        (volunteer(), 0),
        (contractor(), 0),
        (staff_elsewhere(), 0),
        (nobody(), 0),
    ] {
        assert_eq!(
            audits(&house, &who, "").await.len(),
            seen,
            "{}",
            who.actor.subject
        );
    }
    assert!(audits(&house, &staff(), ", overdue: true").await.is_empty());
    house.service.clock.advance(TimeDelta::days(8));
    assert_eq!(audits(&house, &staff(), ", overdue: true").await.len(), 1);
}

#[tokio::test]
async fn four_eyes_decide_and_a_visit_that_stands_stays() {
    let house = House::open().await;
    house.sql(NONE).await;
    let placed = house.ordered(LI, "order-000001").await;
    let visit = house
        .assigned(&placed, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-00001")
        .await;
    let early = flag(&house, &staff(), &visit, "flag-0000001").await;
    assert_eq!(
        reason(&early),
        "VISIT_AUDIT_STATE",
        "nothing is settled yet"
    );
    house.served(&social_worker(), &visit).await;
    house
        .step(
            &staff(),
            "confirmVisit",
            &visit,
            json!({ "method": "PHONE" }),
        )
        .await;
    for (who, why) in [
        (nobody(), "UNAUTHENTICATED"),
        (li(), "VISIT_NOT_FOUND"),
        (staff_elsewhere(), "VISIT_NOT_FOUND"),
    ] {
        assert_eq!(
            reason(&flag(&house, &who, &visit, "flag-0000002").await),
            why
        );
    }
    let made = data(flag(&house, &officer(), &visit, "flag-0000003").await);
    let audit = made["flagVisit"]["visitAudit"].clone();
    assert_eq!(
        (&audit["random"], &audit["state"]),
        (&json!(false), &json!("FLAGGED"))
    );
    let own = record(&house, &staff(), &audit, true, "record-00001").await;
    assert_eq!(reason(&own), "VISIT_AUDIT_BY_CONFIRMER");
    // The worker by another login: staff who made the visit themself.
    let mut worker = colleague();
    worker.actor.resident_id = Some(YOUNG);
    let own = record(&house, &worker, &audit, true, "record-00002").await;
    assert_eq!(reason(&own), "VISIT_SELF_CONFIRMED");
    let early = decide(&house, &officer(), &audit, true, "decide-00001").await;
    assert_eq!(reason(&early), "VISIT_AUDIT_STATE");
    data(record(&house, &officer(), &audit, true, "record-00003").await);
    let own = decide(&house, &officer(), &audit, true, "decide-00002").await;
    assert_eq!(reason(&own), "VISIT_AUDIT_SELF_DECIDED");
    let done = data(decide(&house, &colleague(), &audit, true, "decide-00003").await);
    let done = done["decideVisitAudit"]["visitAudit"].clone();
    assert_eq!(
        (&done["state"], &done["visit"]["state"]),
        (&json!("UPHELD"), &json!("SETTLED"))
    );
}

#[tokio::test]
async fn a_visit_that_does_not_stand_is_undone() {
    let house = House::open().await;
    house.sql(NONE).await;
    // Li pays in minutes, and the volunteer earns; then gives half of it away.
    house.endow(LI, 60).await;
    let mut input = order(LI, "order-000001");
    input["input"]["payWithMinutes"] = json!(true);
    let placed = data(house.run(&li(), PLACE, input).await)["placeOrder"]["order"].clone();
    let visit = house
        .assigned(
            &placed,
            "VOLUNTEER",
            crate::peers::VOLUNTEER,
            "assign-00001",
        )
        .await;
    house.served(&volunteer(), &visit).await;
    house
        .step(&li(), "confirmVisit", &visit, json!({ "method": "APP" }))
        .await;
    let mut zhao = volunteer();
    zhao.actor.roles.insert(Role::Resident);
    data(house.run(&zhao, DONATE, donate("donate-00001", 40)).await);
    assert_eq!(house.account(&li(), LI).await["balance"], 0);

    let made = data(flag(&house, &staff(), &visit, "flag-0000001").await);
    let audit = made["flagVisit"]["visitAudit"].clone();
    data(record(&house, &staff(), &audit, false, "record-00001").await);
    let done = data(decide(&house, &officer(), &audit, false, "decide-00001").await);
    assert_eq!(
        data(decide(&house, &officer(), &audit, false, "decide-00001").await),
        done
    );
    let done = done["decideVisitAudit"]["visitAudit"].clone();
    assert_eq!(
        (&done["state"], &done["visit"]["state"]),
        (&json!("VOIDED"), &json!("VOIDED"))
    );
    // Twenty were left of what was earned; what was paid comes back whole.
    assert_eq!(house.account(&volunteer(), ZHAO).await["balance"], 0);
    assert_eq!(house.account(&li(), LI).await["balance"], 60);
    let pool = data(
        house
            .run(&nobody(), "{ creditPool { balance } }", json!({}))
            .await,
    );
    assert_eq!(pool["creditPool"]["balance"], 40);
    let detail: Value =
        sqlx::query_scalar("SELECT detail FROM kit.audit_log WHERE action = 'decideVisitAudit'")
            .fetch_one(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(detail, json!({ "minutes_not_recovered": 40 }));
    let mut conn = house.service.db.owner.acquire().await.unwrap();
    assert_eq!(eldercare::store::gauge::drift(&mut conn).await.unwrap(), 0);
    let again = "INSERT INTO journal_entries (id, kind, key, request_hash, at, reverses)
        SELECT gen_random_uuid(), 'REVERSE', 'by-hand', sha256('x'), at, reverses
        FROM journal_entries WHERE kind = 'REVERSE' LIMIT 1";
    assert_eq!(house.refused(again).await, "CREDIT_REVERSED_ONCE");
    // The unit may be ordered again, and procurement counts the visit no more.
    let left: i64 = sqlx::query_scalar("SELECT ordered FROM ref_contracts")
        .fetch_one(&house.service.db.owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
    let orders = house.nodes(&li(), "orders", "", "state").await;
    assert_eq!(orders, json!([{ "state": "CANCELLED" }]));
    assert_eq!(house.told("eldercare.visit.voided").await, 1);
}

#[tokio::test]
async fn nothing_is_undone_by_hand() {
    let house = House::open().await;
    house.sql(ALL).await;
    let visit = house.volunteer_earned("00000001").await;
    let young = resident(YOUNG, COMMUNITY);
    let settled =
        json!({ "orderId": house.nodes(&li(), "orders", "", "id").await[0]["id"], "reason": "x" });
    let tried = house
        .act(
            &li(),
            ("cancelOrder", "order { state }"),
            "cancel-00001",
            settled,
        )
        .await;
    assert_eq!(reason(&tried), "ORDER_STATE");
    assert!(audits(&house, &young, "").await.is_empty());
    let called = "UPDATE visit_audits SET state = 'AUDITED', method = 'PHONE', took_place = false,
        findings = 'x', audited_by = 'a', audited_at = now();";
    for (sql, why) in [
        (
            "UPDATE visits SET state = 'VOIDED'".to_owned(),
            "VISIT_VOID_BY_AUDIT",
        ),
        (
            "UPDATE orders SET state = 'CANCELLED', cancel_reason = 'x'".to_owned(),
            "ORDER_STATE",
        ),
        (
            "UPDATE visit_audits SET state = 'VOIDED'".to_owned(),
            "VISIT_AUDIT_STATE",
        ),
        (
            "UPDATE visit_audits SET due_at = due_at + interval '1 day'".to_owned(),
            "VISIT_AUDIT_FIXED",
        ),
        (
            format!(
                "{called} UPDATE visit_audits SET state = 'VOIDED', reasons = 'x', decided_by = 'a', decided_at = now()"
            ),
            "VISIT_AUDIT_SELF_DECIDED",
        ),
        (
            format!(
                "{called} UPDATE visit_audits SET state = 'VOIDED', reasons = 'x', decided_by = 'b', decided_at = now()"
            ),
            "VISIT_VOID_BY_AUDIT",
        ),
        (
            format!("{called} UPDATE visit_audits SET findings = 'y'"),
            "VISIT_AUDIT_FIXED",
        ),
        (
            format!("UPDATE visits SET confirmed_by = 'a'; {called}"),
            "VISIT_AUDIT_BY_CONFIRMER",
        ),
    ] {
        assert_eq!(house.refused(&sql).await, why, "{sql}");
    }
    assert_eq!(visit["workerKind"], "VOLUNTEER");
    assert!(
        house
            .nodes(&wang(), "visits", "", "id")
            .await
            .as_array()
            .unwrap()
            .is_empty()
    );
}

/// Who may do what with audits. Time passes meanwhile: two hours.
pub async fn lines(house: &House) -> Vec<Line> {
    house.sql(NONE).await;
    let placed = house.ordered(LI, "order-audit-1").await;
    let visit = house
        .assigned(&placed, "SOCIAL_WORKER", SOCIAL_WORKER, "assign-audit-1")
        .await;
    house.served(&social_worker(), &visit).await;
    let card = json!({ "method": "APP" });
    let done = house.step(&li(), "confirmVisit", &visit, card).await;
    assert_eq!(done["state"], "SETTLED", "{done}");
    let made = data(flag(house, &staff(), &visit, "flag-0000001").await);
    let audit = made["flagVisit"]["visitAudit"].clone();
    let staff = || local(&["community_staff", "civil_affairs"]);
    vec![
        Line::act(
            "flagVisit",
            json!({ "visitId": visit["id"], "doubt": "疑问" }),
            &[staff()],
        ),
        Line::act(
            "recordVisitAudit",
            json!({ "visitAuditId": audit["id"], "method": "PHONE", "tookPlace": true,
                "findings": "属实" }),
            &[staff()],
        ),
        Line::act(
            "decideVisitAudit",
            json!({ "visitAuditId": audit["id"], "stands": true, "reasons": "属实" }),
            &[local(&["civil_affairs"])],
        ),
        Line::read(
            "visitAudit",
            &format!("(id: {}) {{ id }}", audit["id"]),
            &[staff(), oversight()],
        )
        .asks(&["readVisitAudit"]),
        Line::read(
            "visitAudits",
            "(first: 5) { nodes { id } }",
            &[staff(), oversight()],
        ),
    ]
}
