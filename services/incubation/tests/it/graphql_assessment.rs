//! Assessments, through the real schema.

use serde_json::{Value, json};
use testkit::service::{caller, data, reason};

use crate::{
    graphql_status::{SET, set},
    support::{
        COUNTY, House, REGISTER, community_staff, nobody, register, registrar, registrar_elsewhere,
    },
};

pub const ASSESS: &str = "mutation($input: AssessOrganizationInput!) {
    assessOrganization(input: $input) {
        assessment { id score grade assessedOn validTo inForce tableSource }
        organization { currentAssessment { grade } assessments { grade validTo } } } }";

pub fn assess(one: &Value, key: &str, score: i32, on: &str) -> Value {
    json!({ "input": { "idempotencyKey": key, "organizationId": one["id"], "score": score,
        "on": on } })
}

#[tokio::test]
async fn the_grade_follows_from_the_registrars_own_table() {
    let house = House::open().await;
    for (n, division, expected) in [
        (0, "340800000000", "A3"),
        (1, "410304000000", "A5"),
        (2, COUNTY, "A5"),
    ] {
        let mut variables = register(n);
        variables["input"]["registrarDivision"] = json!(division);
        let registrar = caller(kit::auth::Role::CivilAffairs, division);
        let answer = data(house.run(&registrar, REGISTER, variables).await);
        let one = &answer["registerOrganization"]["organization"];
        let score = assess(one, &format!("key-assess-0{n}"), 900, "2026-03-02");
        let answer = data(house.run(&registrar, ASSESS, score).await);
        let assessment = &answer["assessOrganization"]["assessment"];
        assert_eq!(assessment["grade"], expected, "{division}");
        assert_eq!(assessment["validTo"], "2031-03-01");
        assert_eq!(assessment["inForce"], true);
    }
}

#[tokio::test]
async fn a_county_is_graded_by_the_table_of_its_city() {
    let house = House::open().await;
    let mut variables = register(0);
    variables["input"]["registrarDivision"] = json!("340803000000");
    let registrar = caller(kit::auth::Role::CivilAffairs, "340800000000");
    let answer = data(house.run(&registrar, REGISTER, variables).await);
    let one = &answer["registerOrganization"]["organization"];
    let answer = house.run(
        &registrar,
        ASSESS,
        assess(one, "key-assess-01", 949, "2026-03-02"),
    );
    let assessment = data(answer.await)["assessOrganization"]["assessment"].clone();
    assert_eq!(assessment["grade"], "A4");
    assert_eq!(assessment["tableSource"], "安庆市社会组织评估等级标准");
}

#[tokio::test]
async fn the_same_key_assesses_once() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let score = assess(&one, "key-assess-01", 850, "2026-03-02");
    let first = data(house.run(&registrar(), ASSESS, score.clone()).await);
    assert_eq!(first, data(house.run(&registrar(), ASSESS, score).await));
    let other = assess(&one, "key-assess-01", 851, "2026-03-02");
    assert_eq!(
        reason(&house.run(&registrar(), ASSESS, other).await),
        "IDEMPOTENCY_KEY_REUSED"
    );
}

#[tokio::test]
async fn refuses_what_the_law_does_not_allow() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let filed = house.filed().await;
    for (one, score, on, expected) in [
        (&one, 1001, "2026-03-02", "SCORE_RANGE"),
        (&one, -1, "2026-03-02", "SCORE_RANGE"),
        (&one, 900, "2022-05-05", "ASSESSMENT_TOO_EARLY"),
        (&one, 900, "2026-03-03", "DAY_IN_FUTURE"),
        (&filed, 900, "2026-03-02", "ORGANIZATION_NOT_ASSESSABLE"),
    ] {
        let answer = house
            .run(
                &registrar(),
                ASSESS,
                assess(one, "key-assess-01", score, on),
            )
            .await;
        assert_eq!(reason(&answer), expected);
    }
    data(
        house
            .run(&registrar(), SET, set(&one, "key-status-01", "ABNORMAL"))
            .await,
    );
    let answer = house
        .run(
            &registrar(),
            ASSESS,
            assess(&one, "key-assess-02", 900, "2026-03-02"),
        )
        .await;
    assert_eq!(reason(&answer), "ORGANIZATION_NOT_ASSESSABLE");
}

#[tokio::test]
async fn only_a_higher_grade_after_two_years_takes_the_place_of_one_in_force() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let run = async |key: &str, score, on: &str| {
        house
            .run(&registrar(), ASSESS, assess(&one, key, score, on))
            .await
    };
    data(run("key-assess-01", 750, "2023-01-10").await);
    assert_eq!(
        reason(&run("key-assess-02", 950, "2025-01-09").await),
        "ASSESSMENT_IN_FORCE"
    );
    assert_eq!(
        reason(&run("key-assess-03", 760, "2025-01-10").await),
        "ASSESSMENT_IN_FORCE"
    );
    let answer = data(run("key-assess-04", 950, "2025-01-10").await);
    let organization = &answer["assessOrganization"]["organization"];
    assert_eq!(organization["currentAssessment"]["grade"], "A5");
    assert_eq!(
        organization["assessments"],
        json!([
            { "grade": "A5", "validTo": "2030-01-09" },
            { "grade": "A3", "validTo": "2025-01-09" },
        ])
    );
}

#[tokio::test]
async fn refuses_those_who_may_not_assess() {
    let house = House::open().await;
    let one = house.registered(0).await;
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (registrar_elsewhere(), "FORBIDDEN"),
        (community_staff(), "FORBIDDEN"),
    ] {
        let answer = house
            .run(
                &caller,
                ASSESS,
                assess(&one, "key-assess-01", 900, "2026-03-02"),
            )
            .await;
        assert_eq!(reason(&answer), expected);
    }
}
