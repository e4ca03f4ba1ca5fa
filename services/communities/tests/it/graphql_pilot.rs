//! Pilots and brands through the real schema (SM-1).

use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    ground::{
        CITY, FACILITIES, approval, attested, ceded, city, county, done, drafted_pilot, evidence,
        here, housed, only, reviewed, told,
    },
    support::{House, nobody, raw, staff},
};

/// Everything is there but the approval.
async fn ready(house: &House, facilities: &str) -> Value {
    let pilot = drafted_pilot(house).await;
    attested(house, &pilot, facilities).await;
    reviewed(house, &pilot).await;
    pilot
}

async fn read(house: &House, id: &Value) -> Value {
    let query = "query($id: ID!) { pilot(id: $id) { state batch note gate { code shown { status attestor } }
        guarantees { guarantee status } assessments { replicable } history { state } } }";
    data(house.run(&nobody(), query, json!({ "id": id })).await)["pilot"].clone()
}

#[tokio::test]
async fn a_pilot_of_the_first_batch_operates_and_becomes_a_demonstration() {
    let house = House::open().await;
    let premises = housed(&house).await;
    ceded(&house, &premises, 60).await;
    let pilot = ready(&house, "MET").await;
    let approved = done(
        &house,
        &city(),
        "approvePilot",
        &approval(&pilot, 1),
        "pilot { state batch }",
    )
    .await;
    assert_eq!(
        (&approved["state"], &approved["batch"]),
        (&json!("APPROVED"), &json!(1))
    );
    let event: Value = sqlx::query_scalar(
        "SELECT data FROM kit.outbox WHERE subject = 'communities.pilot.approved'",
    )
    .fetch_one(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!(event["community_code"], "230103001001");
    assert_eq!(
        (&event["batch"], &event["service_area_m2"]),
        (&json!(1), &json!(1100))
    );
    assert_eq!(
        told(&house, &city(), "buildPilot", &only(&pilot)).await.0,
        "PILOT_BATCH"
    );
    done(
        &house,
        &city(),
        "operatePilot",
        &only(&pilot),
        "pilot { state }",
    )
    .await;
    let tests = |replicable: bool| {
        json!({ "pilotId": pilot, "mechanism": true, "orderly": true, "satisfied": true,
        "replicable": replicable, "evidence": "现场评估报告" })
    };
    done(
        &house,
        &city(),
        "assessPilot",
        &tests(false),
        "pilot { state }",
    )
    .await;
    assert_eq!(
        told(&house, &city(), "nameDemonstrationPilot", &only(&pilot))
            .await
            .0,
        "PILOT_NOT_EXEMPLARY"
    );
    done(
        &house,
        &city(),
        "operatePilot",
        &only(&pilot),
        "pilot { state }",
    )
    .await;
    done(
        &house,
        &city(),
        "assessPilot",
        &tests(true),
        "pilot { state }",
    )
    .await;
    let named = done(
        &house,
        &city(),
        "nameDemonstrationPilot",
        &only(&pilot),
        "pilot { state }",
    )
    .await;
    assert_eq!(named["state"], "DEMONSTRATION");
    let read = read(&house, &pilot).await;
    assert_eq!(read["assessments"].as_array().unwrap().len(), 2);
    assert_eq!(read["history"].as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn the_gate_lets_nothing_through_that_was_not_shown() {
    let house = House::open().await;
    let pilot = drafted_pilot(&house).await;
    reviewed(&house, &pilot).await;
    let bare = house
        .try_act(&city(), "approvePilot", &approval(&pilot, 2), "__typename")
        .await;
    assert_eq!(testkit::service::reason(&bare), "PILOT_GATE");
    assert!(
        bare["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("UNITED_COMMITTEES")
    );
    attested(&house, &pilot, "UNDER_CONSTRUCTION").await;
    // The first batch has its facilities; the second may still build them.
    assert_eq!(
        told(&house, &city(), "approvePilot", &approval(&pilot, 1))
            .await
            .0,
        "PILOT_GATE"
    );
    let third = told(&house, &city(), "approvePilot", &approval(&pilot, 3)).await;
    assert_eq!(third, ("PILOT_BATCH".into(), json!("input.batch")));
    done(
        &house,
        &city(),
        "approvePilot",
        &approval(&pilot, 2),
        "pilot { state }",
    )
    .await;
    done(
        &house,
        &city(),
        "buildPilot",
        &only(&pilot),
        "pilot { state }",
    )
    .await;
    assert_eq!(
        told(&house, &city(), "operatePilot", &only(&pilot)).await.0,
        "PILOT_GATE"
    );
    for room in FACILITIES {
        done(
            &house,
            &staff(),
            "attestPilot",
            &evidence(&pilot, room, "MET"),
            "evidence { id }",
        )
        .await;
    }
    // And the offices are ceded, as much as the rule says.
    assert_eq!(
        told(&house, &city(), "operatePilot", &only(&pilot)).await.0,
        "PILOT_CEDED_SPACE"
    );
    let premises = housed(&house).await;
    ceded(&house, &premises, 59).await;
    assert_eq!(
        told(&house, &city(), "operatePilot", &only(&pilot)).await.0,
        "PILOT_CEDED_SPACE"
    );
    ceded(&house, &premises, 1).await;
    done(
        &house,
        &city(),
        "operatePilot",
        &only(&pilot),
        "pilot { state }",
    )
    .await;
    // The others hear that it stops, and that it goes on.
    let pause = json!({ "pilotId": pilot, "note": "消防整改" });
    done(&house, &city(), "suspendPilot", &pause, "pilot { state }").await;
    done(
        &house,
        &city(),
        "operatePilot",
        &only(&pilot),
        "pilot { state }",
    )
    .await;
    for subject in ["communities.pilot.ended", "communities.pilot.resumed"] {
        let sql = format!("SELECT count(*) FROM kit.outbox WHERE subject = '{subject}'");
        assert_eq!(house.count(&sql).await, 1, "{subject}");
    }
}

#[tokio::test]
async fn each_level_does_its_own_and_nobody_two() {
    let house = House::open().await;
    let pilot = drafted_pilot(&house).await;
    let recommend = json!({ "pilotId": pilot, "countyDocument": "区民〔2026〕5号" });
    assert_eq!(
        told(&house, &city(), "recommendPilot", &recommend).await.0,
        "PILOT_LEVEL"
    );
    done(
        &house,
        &county(),
        "recommendPilot",
        &recommend,
        "pilot { countyDocument }",
    )
    .await;
    assert_eq!(
        told(&house, &county(), "reviewPilot", &only(&pilot))
            .await
            .0,
        "PILOT_LEVEL"
    );
    done(
        &house,
        &city(),
        "reviewPilot",
        &only(&pilot),
        "pilot { state }",
    )
    .await;
    assert_eq!(
        told(&house, &county(), "approvePilot", &approval(&pilot, 2))
            .await
            .0,
        "PILOT_LEVEL"
    );
    let back = json!({ "pilotId": pilot, "note": "补充日间照料室图纸" });
    let back = done(
        &house,
        &city(),
        "returnPilot",
        &back,
        "pilot { state note }",
    )
    .await;
    assert_eq!(
        (&back["state"], &back["note"]),
        (&json!("RETURNED"), &json!("补充日间照料室图纸"))
    );
    reviewed(&house, &pilot).await;
    attested(&house, &pilot, "UNDER_CONSTRUCTION").await;
    let mut both = city();
    both.actor.subject = "county-official".into();
    assert_eq!(
        told(&house, &both, "approvePilot", &approval(&pilot, 2))
            .await
            .0,
        "PILOT_APPROVED_BY_ANOTHER"
    );
    let exit = json!({ "pilotId": pilot, "note": "社区撤并" });
    done(&house, &city(), "exitPilot", &exit, "pilot { state }").await;
    assert_eq!(
        told(&house, &city(), "suspendPilot", &exit).await.0,
        "PILOT_STATE"
    );
    assert_eq!(
        told(
            &house,
            &county(),
            "attestPilot",
            &evidence(&pilot, "INNOVATIVE", "MET")
        )
        .await
        .0,
        "PILOT_STATE"
    );
    // Another one may be drafted now, and only one.
    drafted_pilot(&house).await;
    let again = json!({ "communityId": here(&house), "reason": "再次申报" });
    assert_eq!(
        told(&house, &staff(), "draftPilot", &again).await,
        ("PILOT_OF_COMMUNITY".into(), json!("input.communityId"))
    );
}

#[tokio::test]
async fn evidence_is_of_a_criterion_by_the_right_level() {
    let house = House::open().await;
    let pilot = drafted_pilot(&house).await;
    for (who, criterion, status, reason) in [
        (staff(), "UNITED_COMMITTEES", "MET", "PILOT_ATTESTOR"),
        (
            county(),
            "UNITED_COMMITTEES",
            "UNDER_CONSTRUCTION",
            "PILOT_NOT_A_FACILITY",
        ),
        (county(), "NO_SUCH_THING", "MET", "PILOT_CRITERION"),
    ] {
        assert_eq!(
            told(
                &house,
                &who,
                "attestPilot",
                &evidence(&pilot, criterion, status)
            )
            .await
            .0,
            reason
        );
    }
    done(
        &house,
        &staff(),
        "attestPilot",
        &evidence(&pilot, "DAY_CARE_ROOM", "NOT_MET"),
        "evidence { id }",
    )
    .await;
    done(
        &house,
        &staff(),
        "attestPilot",
        &evidence(&pilot, "DAY_CARE_ROOM", "MET"),
        "evidence { id }",
    )
    .await;
    for status in ["RED", "AMBER"] {
        let stated = json!({ "pilotId": pilot, "guarantee": "FUNDING", "status": status, "grounds": "资金到位一半" });
        done(
            &house,
            &staff(),
            "statePilotGuarantee",
            &stated,
            "guarantee { status }",
        )
        .await;
    }
    let read = read(&house, &pilot).await;
    let room = read["gate"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["code"] == "DAY_CARE_ROOM")
        .unwrap();
    assert_eq!(
        room["shown"],
        json!({ "status": "MET", "attestor": "COMMUNITY" })
    );
    assert_eq!(
        read["guarantees"],
        json!([{ "guarantee": "FUNDING", "status": "AMBER" }])
    );
}

#[tokio::test]
async fn quotas_are_reported_by_district() {
    let house = House::open().await;
    let query = format!(
        "{{ pilotQuotas(divisionCode: \"{CITY}\", year: 2026) {{ division {{ code }} urban approved least met }} }}"
    );
    let before = data(house.run(&nobody(), &query, json!({})).await)["pilotQuotas"].clone();
    assert_eq!(
        before,
        json!([{ "division": { "code": "230103000000" }, "urban": true, "approved": 0, "least": 2, "met": false }])
    );
    let pilot = ready(&house, "UNDER_CONSTRUCTION").await;
    done(
        &house,
        &city(),
        "approvePilot",
        &approval(&pilot, 2),
        "pilot { state }",
    )
    .await;
    let after = data(house.run(&nobody(), &query, json!({})).await)["pilotQuotas"][0].clone();
    assert_eq!(
        (&after["approved"], &after["met"]),
        (&json!(1), &json!(false))
    );
}

#[tokio::test]
async fn the_gate_stands_in_the_database() {
    let house = House::open().await;
    let pilot = drafted_pilot(&house).await;
    reviewed(&house, &pilot).await;
    let id = raw(&pilot);
    let approve = format!(
        "UPDATE pilots SET state = 'APPROVED', batch = 2, approval_document = 'x', approved_by = 'x', approved_at = '2026-03-02', updated_at = '2026-03-02' WHERE id = '{id}'"
    );
    assert_eq!(house.refused_sql(&approve).await, "PILOT_GATE");
    attested(&house, &pilot, "UNDER_CONSTRUCTION").await;
    house
        .sql("UPDATE communities SET service_area_m2 = 499")
        .await;
    assert_eq!(house.refused_sql(&approve).await, "PILOT_AREA");
    house
        .sql("UPDATE communities SET service_area_m2 = 500")
        .await;
    house.sql(&approve).await;
    let changed = format!("UPDATE pilots SET state = 'BUILDING', batch = 1 WHERE id = '{id}'");
    assert_eq!(house.refused_sql(&changed).await, "PILOT_ORIGIN");
    let jump = format!("UPDATE pilots SET state = 'DEMONSTRATION' WHERE id = '{id}'");
    assert_eq!(house.refused_sql(&jump).await, "PILOT_NOT_EXEMPLARY");
    for table in ["pilot_evidence", "pilot_assessments", "pilot_guarantees"] {
        assert_eq!(
            house.refused_sql(&format!("DELETE FROM {table}")).await,
            "APPEND_ONLY"
        );
    }
    assert_eq!(
        house
            .refused_sql_as_app("UPDATE pilot_criteria SET facility = true")
            .await,
        "DENIED"
    );
}

#[tokio::test]
async fn a_community_has_one_brand_at_a_time() {
    let house = House::open().await;
    let brand = |theme: &str| json!({ "communityId": here(&house), "theme": theme, "evidence": "连续三年开展" });
    done(
        &house,
        &staff(),
        "declareBrand",
        &brand("银龄互助"),
        "brand { id }",
    )
    .await;
    let second = done(
        &house,
        &staff(),
        "declareBrand",
        &brand("书香社区"),
        "brand { id }",
    )
    .await["id"]
        .clone();
    let query = "query($c: ID!) { communityBrands(filter: { communityId: $c, active: true }) { nodes { theme } } }";
    let active = data(
        house
            .run(&nobody(), query, json!({ "c": here(&house) }))
            .await,
    )["communityBrands"]["nodes"]
        .clone();
    assert_eq!(active, json!([{ "theme": "书香社区" }]));
    let two = "UPDATE community_brands SET retired_at = NULL";
    assert_eq!(house.refused_sql(two).await, "COMMUNITY_BRAND_ACTIVE");
    assert_eq!(
        house
            .refused_sql("UPDATE community_brands SET theme = 'x'")
            .await,
        "BRAND_ORIGIN"
    );
    done(
        &house,
        &staff(),
        "retireBrand",
        &only(&second),
        "brand { retiredAt }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "retireBrand", &only(&second))
            .await
            .0,
        "BRAND_RETIRED"
    );
}
