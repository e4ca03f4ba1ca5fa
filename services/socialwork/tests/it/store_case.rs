//! The database refuses what a case must never be, also by hand.

use serde_json::json;

use crate::{casework::Desk, peers::AGENCY, support::elder};

#[tokio::test]
async fn phases_follow_the_table_and_each_has_what_it_needs() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    let set = |rest: &str| format!("UPDATE cases SET updated_at = updated_at, {rest}");
    for (rest, refused) in [
        ("phase = 'INTERVENTION'", "CASE_PHASE"),
        ("round = 2", "CASE_PHASE"),
        ("client_resident_id = gen_random_uuid()", "CASE_ORIGIN"),
        ("supervisor_id = worker_id", "CASE_WORKER_SUPERVISES"),
        ("phase = 'TERMINATED'", "CASE_END"),
        (
            "phase = 'REFERRED', ended_at = now(), closure = 'REFERRED_ON'",
            "CASE_NOT_TAKEN",
        ),
        (
            "client_resident_id = (SELECT resident_id FROM social_workers WHERE id = worker_id)",
            "CASE_OWN",
        ),
    ] {
        assert_eq!(desk.by_hand(&set(rest)).await, refused, "{rest}");
    }
    desk.hand("UPDATE cases SET phase = 'ASSESSMENT'").await;
    assert_eq!(
        desk.by_hand(&set("phase = 'PLAN'")).await,
        "CASE_NOT_ASSESSED"
    );
    desk.assess(&case).await;
    desk.plan(&case).await;
    assert_eq!(
        desk.by_hand(&set("phase = 'INTERVENTION'")).await,
        "PLAN_NOT_SIGNED"
    );
    assert_eq!(
        desk.by_hand(
            "UPDATE case_plans SET approved = true, reviewed_at = now(),
            reviewed_by = (SELECT worker_id FROM cases)"
        )
        .await,
        "PLAN_OTHER_SUPERVISOR"
    );
    desk.sign(&case).await;
    assert_eq!(
        desk.by_hand(&set("phase = 'INTERVENTION'")).await,
        "PLAN_NOT_APPROVED"
    );
    desk.approve(&case).await;
    assert_eq!(
        desk.by_hand("UPDATE case_plans SET approved = false").await,
        "PLAN_FIXED"
    );
    assert_eq!(
        desk.by_hand("UPDATE case_plans SET signed_at = now()")
            .await,
        "PLAN_FIXED"
    );
    desk.hand("UPDATE cases SET phase = 'INTERVENTION'").await;
    assert_eq!(
        desk.by_hand(&set("phase = 'EVALUATION'")).await,
        "CASE_NOT_EVALUATED"
    );
    let twice =
        "INSERT INTO cases (id, client_resident_id, division_code, worker_id, supervisor_id,
        risk, phase, problem_enc, contact_by, demo, moved_by, opened_at, updated_at)
        SELECT gen_random_uuid(), client_resident_id, division_code, worker_id, supervisor_id, risk,
        'INTAKE', problem_enc, contact_by, demo, 'x', opened_at, updated_at FROM cases";
    assert_eq!(desk.by_hand(twice).await, "CASE_OPEN_ALREADY");
}

#[tokio::test]
async fn what_was_written_stays_and_a_referral_rests_on_its_consent() {
    let desk = Desk::open().await;
    let case = desk.case().await;
    desk.assess(&case).await;
    desk.plan(&case).await;
    let note = json!({ "caseId": case["id"], "kind": "PHONE", "level": "TEAM", "on": "2026-03-02",
        "minutes": 5, "text": "电话回访" });
    desk.done(&desk.worker(), "addCaseNote", note, "case { id }")
        .await;
    for table in [
        "case_moves",
        "case_assessments",
        "case_plan_goals",
        "case_notes",
    ] {
        assert_eq!(
            desk.by_hand(&format!("DELETE FROM {table}")).await,
            "APPEND_ONLY",
            "{table}"
        );
    }
    assert_eq!(
        desk.by_hand("UPDATE case_notes SET minutes = 6").await,
        "APPEND_ONLY"
    );
    let other = "INSERT INTO case_notes SELECT gen_random_uuid(), id, round,
        (SELECT id FROM social_workers WHERE id NOT IN (worker_id, supervisor_id)), 'PHONE', 'TEAM',
        'x', '2026-03-02', 1, NULL, now() FROM cases";
    desk.house.dispatched(crate::peers::CHEN, "key-chen").await;
    assert_eq!(desk.by_hand(other).await, "NOTE_AUTHOR");

    let consent = json!({ "caseId": case["id"], "purpose": "LEGAL_AID", "expiresOn": "2026-06-30",
        "receiverOrganizationId": crate::support::organization_id(AGENCY),
        "fields": ["FAMILY"], "signing": "ONLINE" });
    desk.done(&elder(), "giveCaseConsent", consent, "consent { id }")
        .await;
    assert_eq!(
        desk.by_hand("UPDATE case_consents SET expires_on = '2027-01-01'")
            .await,
        "CONSENT_FIXED"
    );
    let refer = |to: &str, purpose: &str, fields: &str, at: &str| {
        format!(
        "INSERT INTO case_referrals (id, case_id, division_code, round, to_organization_id, purpose,
            fields, consent_id, hand_over, summary_enc, state, sent_by, sent_at)
         SELECT gen_random_uuid(), c.id, c.division_code, 1, {to}, '{purpose}', '{fields}', k.id, true,
            'x', 'SENT', 'x', '{at}' FROM cases c, case_consents k")
    };
    let (to, now) = ("k.receiver_id", "2026-03-03");
    for (sql, refused) in [
        (
            refer("gen_random_uuid()", "LEGAL_AID", "{FAMILY}", now),
            "CONSENT_OTHER_RECEIVER",
        ),
        (
            refer(to, "ELDER_CARE", "{FAMILY}", now),
            "CONSENT_OTHER_PURPOSE",
        ),
        (
            refer(to, "LEGAL_AID", "{FAMILY,HEALTH}", now),
            "CONSENT_OTHER_FIELDS",
        ),
        (
            refer(to, "LEGAL_AID", "{FAMILY}", "2026-07-02"),
            "CONSENT_NOT_VALID",
        ),
        (
            refer(to, "LEGAL_AID", "{FAMILY}", "2026-03-01"),
            "CONSENT_NOT_VALID",
        ),
    ] {
        assert_eq!(desk.by_hand(&sql).await, refused);
    }
    desk.hand(&refer(to, "LEGAL_AID", "{FAMILY}", now)).await;
    assert_eq!(
        desk.by_hand(&refer(to, "LEGAL_AID", "{FAMILY}", now)).await,
        "REFERRAL_WAITS"
    );
    desk.hand("UPDATE case_consents SET withdrawn_at = given_at")
        .await;
    let take = "UPDATE case_referrals SET state = 'ACCEPTED', answered_by = 'x', answered_at = '2026-03-04'";
    assert_eq!(desk.by_hand(take).await, "CONSENT_NOT_VALID");
    let glass = "INSERT INTO case_glass SELECT gen_random_uuid(), id, 'x', NULL, '{}', 'r', now(),
        now() + interval '8 days' FROM cases";
    assert_eq!(desk.by_hand(glass).await, "CASE_GLASS_ENDS");
}
