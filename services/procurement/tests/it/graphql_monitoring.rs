//! While a contract is performed: outsiders look, the plan changes only by approval,
//! and what was done against it is found.

use kit::auth::Role;
use serde_json::{Value, json};
use testkit::service::caller;

use crate::{
    peers::COMMUNITY_CODE,
    support::{House, elder, expert, manager, nobody, officer, org_id, uuid_of},
};

fn civil() -> kit::auth::Caller {
    caller(Role::CivilAffairs, COMMUNITY_CODE)
}

fn finding(contract: &Value, kind: &str, score: Value) -> Value {
    json!({
        "contractId": contract, "kind": kind, "visitedOn": "2026-03-10", "score": score,
        "findings": "按计划实施", "redFlag": true,
    })
}

#[tokio::test]
async fn whoever_judged_or_is_tied_neither_supervises_nor_evaluates() {
    let house = House::open().await;
    let (contract, _, _) = house.signed().await;
    let query =
        "query($id: ID!) { contract(id: $id) { tender { panel { members { expert { id } } } } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": contract })).await;
    let member = seen["contract"]["tender"]["panel"]["members"][0]["expert"]["id"].clone();
    let sound = finding(&contract, "EVALUATION", json!(88));
    assert_eq!(
        house
            .refused(&expert(uuid_of(&member)), "recordMonitoring", &sound)
            .await,
        "EVALUATOR_WAS_REVIEWER"
    );
    let tied = house.expert(false).await;
    let declare = json!({ "expertId": tied, "organizationId": org_id(0), "kind": "KINSHIP" });
    house
        .act(&officer(), "declareRelation", &declare, "expert { id }")
        .await;
    let of_buyer = house.buyer().await;
    for one in [&tied, &of_buyer] {
        assert_eq!(
            house
                .refused(&expert(uuid_of(one)), "recordMonitoring", &sound)
                .await,
            "EVALUATOR_CONFLICTED"
        );
    }
    assert_eq!(
        house.refused(&officer(), "recordMonitoring", &sound).await,
        "FORBIDDEN"
    );
    let outsider = house.expert(false).await;
    let judge = expert(uuid_of(&outsider));
    for (kind, score) in [
        ("EVALUATION", json!(null)),
        ("EVALUATION", json!(101)),
        ("SUPERVISION", json!(5)),
    ] {
        let input = finding(&contract, kind, score);
        assert_eq!(
            house.refused_at(&judge, "recordMonitoring", &input).await,
            ("EVALUATION_SCORE".into(), "input.score".into())
        );
    }
    let mut future = sound.clone();
    future["visitedOn"] = json!("2027-01-01");
    assert_eq!(
        house.refused_at(&judge, "recordMonitoring", &future).await,
        ("VISIT_IN_FUTURE".into(), "input.visitedOn".into())
    );
    house
        .act(&judge, "recordMonitoring", &sound, "monitoring { id }")
        .await;
    assert_eq!(
        house.refused_at(&judge, "recordMonitoring", &sound).await,
        ("EVALUATED_ALREADY".into(), "input.contractId".into())
    );
    let query = "query($id: ID!) { contract(id: $id) { monitorings { kind score redFlag } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": contract })).await;
    assert_eq!(
        seen["contract"]["monitorings"],
        json!([{ "kind": "EVALUATION", "score": 88, "redFlag": true }])
    );
    let copy = |expert: &Value| {
        format!(
            "INSERT INTO contract_monitorings SELECT gen_random_uuid(), contract_id, 'SUPERVISION', visited_on, NULL,
                 findings, red_flag, '{}', recorded_at FROM contract_monitorings",
            uuid_of(expert)
        )
    };
    assert_eq!(
        house.refused_sql(&copy(&member)).await,
        "EVALUATOR_WAS_REVIEWER"
    );
    assert_eq!(
        house.refused_sql(&copy(&tied)).await,
        "EVALUATOR_CONFLICTED"
    );
    assert_eq!(
        house
            .refused_sql("UPDATE contract_monitorings SET score = 1")
            .await,
        "APPEND_ONLY"
    );
}

#[tokio::test]
async fn the_plan_changes_only_by_somebody_elses_approval() {
    let house = House::open().await;
    let (contract, _, _) = house.signed().await;
    let mut change = json!({
        "contractId": contract, "content": "午餐改为早餐", "reason": "居民要求",
        "newEndsOn": "2027-03-25",
    });
    let at: (String, String) = ("VARIATION_NOT_LATER".into(), "input.newEndsOn".into());
    assert_eq!(
        house
            .refused_at(&manager(0), "proposeVariation", &change)
            .await,
        at
    );
    change["newEndsOn"] = json!("2029-04-01");
    assert_eq!(
        house
            .refused_at(&manager(0), "proposeVariation", &change)
            .await,
        ("VARIATION_TERM_TOO_LONG".into(), "input.newEndsOn".into())
    );
    change["newEndsOn"] = json!("2027-06-30");
    assert_eq!(
        house
            .refused(&manager(1), "proposeVariation", &change)
            .await,
        "FORBIDDEN"
    );
    let want = "variation { id }";
    let own = house
        .act(&officer(), "proposeVariation", &change, want)
        .await["variation"]["id"]
        .clone();
    assert_eq!(
        house
            .refused_at(&manager(0), "proposeVariation", &change)
            .await,
        ("VARIATION_EXISTS".into(), "input.contractId".into())
    );
    let yes = |id: &Value| json!({ "variationId": id, "approved": true });
    assert_eq!(
        house
            .refused(&officer(), "decideVariation", &yes(&own))
            .await,
        "VARIATION_OF_DECIDER"
    );
    let mut other = officer();
    other.actor.subject = "another officer".into();
    let no = json!({ "variationId": own, "approved": false });
    assert_eq!(
        house.refused_at(&other, "decideVariation", &no).await,
        ("TEXT_LENGTH".into(), "input.note".into())
    );
    let no = json!({ "variationId": own, "approved": false, "note": "理由不足" });
    house.act(&other, "decideVariation", &no, want).await;
    let made = house
        .act(&manager(0), "proposeVariation", &change, want)
        .await["variation"]["id"]
        .clone();
    house
        .act(&officer(), "decideVariation", &yes(&made), want)
        .await;
    assert_eq!(
        house.refused(&other, "decideVariation", &yes(&made)).await,
        "VARIATION_DECIDED"
    );
    let query = "query($id: ID!) { contract(id: $id) { planVersion endsOn runsUntil variations { state } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": contract })).await;
    assert_eq!(
        seen["contract"],
        json!({
            "planVersion": 2, "endsOn": "2027-03-25", "runsUntil": "2027-06-30",
            "variations": [{ "state": "APPROVED" }],
        })
    );
    house.wait_days(400);
    let overdue = "{ contracts(first: 5, overdue: true) { nodes { id } } }";
    let list =
        async || house.ask(&nobody(), overdue, json!({})).await["contracts"]["nodes"].clone();
    assert_eq!(list().await, json!([]));
    house.wait_days(100);
    assert_eq!(list().await, json!([{ "id": contract }]));
    for (sql, reason) in [
        ("UPDATE contract_variations SET content = 'x'", "VARIATION_FIXED"),
        (
            "INSERT INTO contract_variations (id, contract_id, content, reason, new_ends_on, proposed_side, proposed_by, proposed_at, state)
             SELECT gen_random_uuid(), id, 'x', 'x', '2030-01-01', 'BUYER', 'x', signed_at, 'PROPOSED' FROM contracts",
            "VARIATION_TERM_TOO_LONG",
        ),
        (
            "INSERT INTO contract_variations (id, contract_id, content, reason, proposed_side, proposed_by, proposed_at, state)
             SELECT gen_random_uuid(), id, 'x', 'x', 'BUYER', 'x', signed_at, 'PROPOSED' FROM contracts;
             UPDATE contract_variations SET state = 'APPROVED', plan_version = 3, decided_by = 'x', decided_at = now()
             WHERE state = 'PROPOSED'",
            "VARIATION_OF_DECIDER",
        ),
    ] {
        assert_eq!(house.refused_sql(sql).await, reason, "{sql}");
    }
}

#[tokio::test]
async fn a_violation_is_found_after_the_contractor_was_heard_and_by_somebody_else() {
    let house = House::open().await;
    let (contract, _, _) = house.signed().await;
    let report = json!({ "contractId": contract, "kind": "FALSE_RECORD", "facts": "虚报送餐次数" });
    assert_eq!(
        house.refused(&nobody(), "reportViolation", &report).await,
        "UNAUTHENTICATED"
    );
    let want = "violation { id state }";
    let made =
        house.act(&elder(0), "reportViolation", &report, want).await["violation"]["id"].clone();
    let list = "{ violations(first: 5) { nodes { id } } }";
    let house = &house;
    let seen = async |who: kit::auth::Caller| {
        house.ask(&who, list, json!({})).await["violations"]["nodes"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((seen(nobody()).await, seen(civil()).await), (0, 1));
    let found = json!({ "violationId": made, "confirmed": true, "finding": "经核查属实" });
    assert_eq!(
        house.refused(&civil(), "decideViolation", &found).await,
        "OTHER_SIDE_NOT_HEARD"
    );
    assert_eq!(
        house.refused(&officer(), "decideViolation", &found).await,
        "FORBIDDEN"
    );
    let heard = json!({ "violationId": made, "statement": "系统重复登记" });
    assert_eq!(
        house.refused(&manager(1), "answerViolation", &heard).await,
        "FORBIDDEN"
    );
    house
        .act(&manager(0), "answerViolation", &heard, want)
        .await;
    assert_eq!(
        house.refused(&manager(0), "answerViolation", &heard).await,
        "VIOLATION_ANSWERED"
    );
    let mut reporter = civil();
    reporter.actor.subject = elder(0).actor.subject;
    assert_eq!(
        house.refused(&reporter, "decideViolation", &found).await,
        "VIOLATION_OF_REPORTER"
    );
    house.act(&civil(), "decideViolation", &found, want).await;
    assert_eq!(
        house.refused(&civil(), "decideViolation", &found).await,
        "VIOLATION_STATE"
    );
    let query = "query($o: ID!) { violations(first: 5, organizationId: $o) { nodes { kind statement finding } } }";
    let public = house.ask(&nobody(), query, json!({ "o": org_id(0) })).await;
    assert_eq!(
        public["violations"]["nodes"],
        json!([{ "kind": "FALSE_RECORD", "statement": "系统重复登记", "finding": "经核查属实" }])
    );
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'procurement.violation.confirmed'";
    assert_eq!(house.count(told).await, 1);
    let copy = |more: &str| {
        format!(
            "INSERT INTO violations (id, contract_id, division_code, organization_id, kind, facts, reported_by,
                 reported_at, answer_by, state)
             SELECT gen_random_uuid(), contract_id, division_code, {more} FROM violations LIMIT 1"
        )
    };
    let plain = "organization_id, kind, facts, 'x', reported_at, answer_by, 'REPORTED'";
    for (sql, reason) in [
        (
            "UPDATE violations SET facts = 'x'".to_owned(),
            "VIOLATION_FIXED",
        ),
        (
            copy("gen_random_uuid(), kind, facts, 'x', reported_at, answer_by, 'REPORTED'"),
            "VIOLATION_OF_OTHER",
        ),
        (
            format!(
                "{}; UPDATE violations SET state = 'CONFIRMED', finding = 'x', decided_by = 'y', decided_at = answer_by WHERE state = 'REPORTED'",
                copy(plain)
            ),
            "OTHER_SIDE_NOT_HEARD",
        ),
        (
            format!(
                "{}; UPDATE violations SET state = 'DISMISSED', finding = 'x', decided_by = 'x', decided_at = answer_by WHERE state = 'REPORTED'",
                copy(plain)
            ),
            "VIOLATION_OF_REPORTER",
        ),
    ] {
        assert_eq!(house.refused_sql(&sql).await, reason, "{sql}");
    }
}
