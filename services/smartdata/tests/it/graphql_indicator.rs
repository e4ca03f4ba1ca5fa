//! Indicators through the real schema.

use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    events::{bring, reported},
    support::{COMMUNITY, House, nobody, themself},
};

async fn value(house: &House, division: &str, code: &str) -> Value {
    let query = format!(
        "{{ indicators(divisionCode: \"{division}\") {{ code value suppressed provenance asOf }} }}"
    );
    let all = data(house.run(&nobody(), &query, json!({})).await)["indicators"].clone();
    let found = all
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["code"] == code)
        .cloned();
    let found = found.unwrap();
    assert!(!found["provenance"].as_str().unwrap().is_empty());
    assert_eq!(found["asOf"], "2026-03-02T01:00:00+00:00");
    assert_eq!(found["suppressed"], json!(found["value"].is_null()));
    found["value"].clone()
}

#[tokio::test]
async fn numbers_roll_up_and_small_ones_are_covered() {
    let house = House::open().await;
    assert_eq!(value(&house, COMMUNITY, "RESIDENTS").await, json!(0));
    for n in 1..=4 {
        house.registered(n).await;
    }
    // Four are too few to be told, five are not; and elders are sixty.
    assert_eq!(value(&house, COMMUNITY, "RESIDENTS").await, Value::Null);
    let me = themself(&house.registered(5).await);
    for division in [
        COMMUNITY,
        "230103001000",
        "230103000000",
        "230100000000",
        "230000000000",
    ] {
        assert_eq!(
            value(&house, division, "RESIDENTS").await,
            json!(5),
            "{division}"
        );
        assert_eq!(
            value(&house, division, "ELDERS").await,
            json!(5),
            "{division}"
        );
    }
    assert_eq!(value(&house, "230102000000", "RESIDENTS").await, json!(0));
    assert_eq!(
        value(&house, COMMUNITY, "VERIFIED_RESIDENTS").await,
        json!(0)
    );

    // What is not about persons is told however small.
    let id = reported(&house, &me, "report-0001").await;
    assert_eq!(value(&house, "230103000000", "EVENTS").await, json!(0));
    bring(&house, &id, "CLOSED").await;
    assert_eq!(value(&house, "230103000000", "EVENTS").await, json!(1));
    assert_eq!(
        value(&house, "230103000000", "EVENTS_IN_TIME").await,
        json!(1)
    );
    assert_eq!(value(&house, "230103000000", "EVENTS_OPEN").await, json!(0));
    assert_eq!(value(&house, "230103000000", "GRIDS").await, json!(1));
}

#[tokio::test]
async fn a_covered_number_cannot_be_reckoned_from_its_neighbours() {
    let house = House::open().await;
    for n in 1..=9 {
        house.registered(n).await;
    }
    // Two of them live next door: two is small, and seven would tell it.
    sqlx::raw_sql(
        "UPDATE residents SET community_code = '230103001002', grid_code = NULL
         WHERE id IN (SELECT id FROM residents ORDER BY id LIMIT 2)",
    )
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    let parts = async |code: &str, division: &str| {
        let query = format!(
            "{{ indicatorBreakdown(code: \"{code}\", divisionCode: \"{division}\") {{
                 division {{ code }} value suppressed }} }}"
        );
        data(house.run(&nobody(), &query, json!({})).await)["indicatorBreakdown"].clone()
    };
    let cell = |code: &str, value: Value| json!({ "division": { "code": code }, "value": value, "suppressed": value.is_null() });
    assert_eq!(
        parts("RESIDENTS", "230103001000").await,
        json!([
            cell("230103001001", Value::Null),
            cell("230103001002", Value::Null)
        ])
    );
    // Nor by asking for them one by one.
    for community in [COMMUNITY, "230103001002"] {
        assert_eq!(value(&house, community, "RESIDENTS").await, Value::Null);
    }
    assert_eq!(value(&house, "230103001000", "RESIDENTS").await, json!(9));
    assert_eq!(
        parts("RESIDENTS", "230100000000").await,
        json!([
            cell("230102000000", json!(0)),
            cell("230103000000", json!(9))
        ])
    );
    assert_eq!(
        parts("GRIDS", "230103001000").await,
        json!([
            cell("230103001001", json!(1)),
            cell("230103001002", json!(0))
        ])
    );
    assert_eq!(parts("NOTHING", "230103001000").await, Value::Null);
    assert_eq!(parts("RESIDENTS", COMMUNITY).await, json!([]));
    assert!(
        house
            .app_may_not("UPDATE indicators SET personal = false")
            .await
    );
}

#[tokio::test]
async fn a_place_whose_code_begins_like_another_is_another() {
    let house = House::open().await;
    sqlx::raw_sql(
        "INSERT INTO divisions (code, name, valid) VALUES
         ('230103010000', '十街道', '(,)'), ('230103011000', '十一街道', '(,)');
         INSERT INTO divisions (code, name, demo, valid) VALUES ('230103011001', '甲社区', true, '(,)');
         INSERT INTO grids (id, code, name, kind, demo, created_at) VALUES
         (gen_random_uuid(), '230103011001001', '第一网格', 'RESIDENTIAL', true, now())",
    )
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    let query = "{ indicatorBreakdown(code: \"GRIDS\", divisionCode: \"230103000000\") {
        division { code } value } }";
    let rows = data(house.run(&nobody(), query, json!({})).await)["indicatorBreakdown"].clone();
    let row = |code: &str| json!({ "division": { "code": code }, "value": 1 });
    let none = json!({ "division": { "code": "230103010000" }, "value": 0 });
    assert_eq!(
        rows,
        json!([row("230103001000"), none, row("230103011000")])
    );
}
