//! Agencies and whom they send, through the real schema, and what the database
//! refuses.

use chrono::TimeDelta;
use kit::auth::{Actor, Caller, Role};
use serde_json::{Value, json};

use crate::{
    casework::Desk,
    peers::{ABNORMAL, AGENCY, CHEN, HERE, THERE},
    support::{civil, community_id, nobody, organization_id, qualified, staff},
};

pub fn manager() -> Caller {
    let mut actor = Actor::new("agency-manager", [Role::OrgManager]);
    actor.organization_id = Some(AGENCY);
    Caller::of(actor)
}

pub fn applying() -> Value {
    json!({ "organizationId": organization_id(AGENCY), "divisionCode": "230103000000",
        "lines": ["COMFORT", "INFORMATION", "COMFORT"], "introduction": "老年社会工作" })
}

pub fn sending(agency: &Value, worker: &Value) -> Value {
    json!({ "agencyId": agency["id"], "socialWorkerId": worker["id"], "communityId": community_id(HERE),
        "lines": ["COMFORT"], "from": "2026-03-02" })
}

async fn applied(desk: &Desk) -> Value {
    desk.done(
        &manager(),
        "applyAgency",
        applying(),
        "agency { id lines state }",
    )
    .await["agency"]
        .clone()
}

fn checking(agency: &Value) -> Value {
    json!({ "agencyId": agency["id"], "note": "查验登记证书与劳动合同" })
}

#[tokio::test]
async fn the_registers_say_whether_an_agency_qualifies() {
    let desk = Desk::open().await;
    let agency = applied(&desk).await;
    assert_eq!(agency["lines"], json!(["COMFORT", "INFORMATION"]));
    assert_eq!(
        desk.refused(&manager(), "applyAgency", applying()).await,
        ("AGENCY_EXISTS".into(), "input.organizationId".into())
    );
    let mut abnormal = applying();
    abnormal["organizationId"] = json!(organization_id(ABNORMAL));
    assert_eq!(
        desk.refused(&civil(), "applyAgency", abnormal).await,
        (
            "EMPLOYER_NOT_REGISTERED".into(),
            "input.organizationId".into()
        )
    );
    let mut none = applying();
    none["lines"] = json!([]);
    assert_eq!(
        desk.refused(&manager(), "applyAgency", none).await.1,
        "input.lines"
    );

    assert_eq!(
        desk.refused(&manager(), "checkAgency", checking(&agency))
            .await
            .0,
        "FORBIDDEN"
    );
    assert_eq!(
        desk.refused(
            &manager(),
            "dispatchSocialWorker",
            sending(&agency, &desk.li)
        )
        .await,
        ("AGENCY_NOT_QUALIFIED".into(), "input.from".into())
    );
    let seen =
        "agency { state qualified validTo checks { passed workers workersNeeded registered } }";
    let passed = desk
        .done(&civil(), "checkAgency", checking(&agency), seen)
        .await["agency"]
        .clone();
    assert_eq!(
        passed,
        json!({ "state": "QUALIFIED", "qualified": true, "validTo": "2027-03-01",
        "checks": [{ "passed": true, "workers": 2, "workersNeeded": 2, "registered": true }] })
    );
    let list = "{ agencies(line: COMFORT, qualified: true) { nodes { id } }
        other: agencies(line: HEALTH) { nodes { id } } }";
    let listed = desk.read(&nobody(), list).await;
    assert_eq!(listed["agencies"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(listed["other"]["nodes"], json!([]));
    // One of two leaves: the next check suspends it.
    let gone = json!({ "socialWorkerId": desk.wang["id"], "reason": "离职" });
    desk.done(&civil(), "endSocialWorker", gone, "socialWorker { id }")
        .await;
    let failed = desk
        .done(&civil(), "checkAgency", checking(&agency), seen)
        .await["agency"]
        .clone();
    assert_eq!(
        (&failed["state"], &failed["qualified"]),
        (&json!("SUSPENDED"), &json!(false))
    );
    let stop = json!({ "agencyId": agency["id"], "reason": "退出本区" });
    assert_eq!(
        desk.refused(&civil(), "suspendAgency", stop.clone())
            .await
            .0,
        "AGENCY_STATE"
    );
    desk.done(&manager(), "endAgency", stop, "agency { state reason }")
        .await;
    assert_eq!(
        desk.refused(&civil(), "checkAgency", checking(&agency))
            .await
            .0,
        "AGENCY_STATE"
    );
    applied(&desk).await;
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'socialwork.agency.moved'";
    assert_eq!(desk.house.count(told).await, 3);
}

#[tokio::test]
async fn an_agency_sends_its_own_people_within_its_lines_and_division() {
    let desk = Desk::open().await;
    let agency = applied(&desk).await;
    desk.done(
        &civil(),
        "checkAgency",
        checking(&agency),
        "agency { state }",
    )
    .await;
    let refused = async |input: Value| {
        desk.refused(&manager(), "dispatchSocialWorker", input)
            .await
    };
    let mut line = sending(&agency, &desk.li);
    line["lines"] = json!(["HEALTH"]);
    assert_eq!(
        refused(line).await,
        ("DISPATCH_OTHER_LINE".into(), "input.lines".into())
    );
    let mut far = sending(&agency, &desk.li);
    far["communityId"] = json!(community_id(THERE));
    assert_eq!(
        refused(far).await,
        ("DISPATCH_OTHER_DIVISION".into(), "input.communityId".into())
    );
    let free = desk
        .done(
            &civil(),
            "registerSocialWorker",
            qualified(CHEN, "-")["input"].clone(),
            "socialWorker { id }",
        )
        .await["socialWorker"]
        .clone();
    assert_eq!(
        refused(sending(&agency, &free)).await,
        (
            "DISPATCH_OTHER_EMPLOYER".into(),
            "input.socialWorkerId".into()
        )
    );
    let mut late = sending(&agency, &desk.li);
    late["from"] = json!("2027-03-02");
    assert_eq!(
        refused(late).await,
        ("AGENCY_NOT_QUALIFIED".into(), "input.from".into())
    );
    assert_eq!(
        desk.refused(&staff(), "dispatchSocialWorker", sending(&agency, &desk.li))
            .await
            .0,
        "FORBIDDEN"
    );

    let sent = desk
        .done(
            &manager(),
            "dispatchSocialWorker",
            sending(&agency, &desk.li),
            "dispatch { id from to lines }",
        )
        .await["dispatch"]
        .clone();
    assert_eq!(
        refused(sending(&agency, &desk.li)).await,
        ("DISPATCH_OVERLAP".into(), "input.from".into())
    );
    desk.house.service.clock.advance(TimeDelta::days(1));
    let end = json!({ "dispatchId": sent["id"], "on": "2026-02-01" });
    assert_eq!(
        desk.refused(&manager(), "endAgencyDispatch", end).await,
        ("DISPATCH_END".into(), "input.on".into())
    );
    let end = json!({ "dispatchId": sent["id"], "on": "2026-06-30" });
    desk.done(&manager(), "endAgencyDispatch", end, "dispatch { to }")
        .await;
    let query = format!(
        "{{ agency(id: {}) {{ dispatches {{ to worker {{ id }} community {{ id }} }} }} }}",
        agency["id"]
    );
    let seen = desk.read(&staff(), &query).await["agency"]["dispatches"].clone();
    assert_eq!(
        seen,
        json!([{ "to": "2026-06-30", "worker": { "id": desk.li["id"] },
        "community": { "id": community_id(HERE) } }])
    );
}

#[tokio::test]
async fn the_database_qualifies_nobody_without_a_true_check() {
    let desk = Desk::open().await;
    let agency = applied(&desk).await;
    let check = |workers: i32, passed: bool, valid: &str| {
        format!(
        "INSERT INTO agency_checks SELECT gen_random_uuid(), id, true, {workers}, 2, {passed}, 'x', {valid}, 'x',
         '2026-03-02T01:00Z' FROM agencies")
    };
    let year = "daterange('2026-03-02', '2027-03-02')";
    for (sql, refused) in [
        ("UPDATE agencies SET state = 'QUALIFIED', updated_at = '2026-03-02'".to_owned(), "AGENCY_NOT_QUALIFIED"),
        ("UPDATE agencies SET state = 'SUSPENDED', reason = 'x'".into(), "AGENCY_STATE"),
        ("UPDATE agencies SET division_code = '230102000000'".into(), "AGENCY_ORIGIN"),
        (check(9, true, year), "AGENCY_CHECK_UNTRUE"),
        (check(2, false, "NULL"), "AGENCY_CHECK_TRUE"),
        (check(2, true, "daterange('2026-01-01', '2027-03-02')"), "AGENCY_CHECK_VALID"),
        ("INSERT INTO agencies SELECT gen_random_uuid(), organization_id, division_code, lines, introduction,
          'APPLIED', NULL, 1, now(), now() FROM agencies".into(), "AGENCY_EXISTS"),
    ] {
        assert_eq!(desk.by_hand(&sql).await, refused, "{sql}");
    }
    let send = |lines: &str, worker: &str| {
        format!(
        "INSERT INTO dispatches SELECT gen_random_uuid(), a.id, w.id, '{HERE}', '{lines}', daterange('2026-03-02', NULL),
         'x', now() FROM agencies a, social_workers w WHERE {worker}")
    };
    let li = "w.id = (SELECT min(id::text)::uuid FROM social_workers)";
    assert_eq!(
        desk.by_hand(&send("{COMFORT}", li)).await,
        "AGENCY_NOT_QUALIFIED"
    );
    desk.done(
        &civil(),
        "checkAgency",
        checking(&agency),
        "agency { state }",
    )
    .await;
    assert_eq!(
        desk.by_hand("UPDATE agency_checks SET workers = 3").await,
        "APPEND_ONLY"
    );
    assert_eq!(
        desk.by_hand(&send("{HEALTH}", li)).await,
        "DISPATCH_OTHER_LINE"
    );
    desk.hand(&send("{COMFORT}", li)).await;
    assert_eq!(
        desk.by_hand(&send("{COMFORT}", li)).await,
        "DISPATCH_OVERLAP"
    );
    assert_eq!(
        desk.by_hand("UPDATE dispatches SET lines = '{HEALTH}'")
            .await,
        "DISPATCH_FIXED"
    );
    let free = qualified(CHEN, "-")["input"].clone();
    desk.done(
        &civil(),
        "registerSocialWorker",
        free,
        "socialWorker { id }",
    )
    .await;
    let other = "w.employer_organization_id IS NULL";
    assert_eq!(
        desk.by_hand(&send("{COMFORT}", other)).await,
        "DISPATCH_OTHER_EMPLOYER"
    );
}
