//! Assets through the real schema, and by hand-written SQL.

use serde_json::{Value, json};
use testkit::service::{data, reason};

use crate::{
    sharing::{call, done},
    support::{COMMUNITY, House, neighbour, nobody, refused, staff, staff_elsewhere},
};

const REGISTER: (&str, &str) = ("registerAsset", "asset { id quantity state }");
const COUNT: (&str, &str) = (
    "countAsset",
    "asset { quantity state counts { quantity state note } }",
);

fn defibrillator() -> Value {
    json!({ "code": "AED-001", "name": "除颤仪", "kind": "EQUIPMENT", "divisionCode": COMMUNITY,
        "location": "社区服务大厅", "custodian": "李社工", "unit": "台", "quantity": 2 })
}

#[tokio::test]
async fn an_asset_shows_what_was_counted() {
    let house = House::open().await;
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "FORBIDDEN"),
        (staff_elsewhere(), "FORBIDDEN"),
    ] {
        let answer = call(&house, &who, REGISTER, "strange", defibrillator()).await;
        assert_eq!(reason(&answer), expected);
    }
    for (field, value, expected) in [
        ("quantity", json!(-1), ("ASSET_QUANTITY", "input.quantity")),
        ("code", json!("aed"), ("ASSET_CODE", "input.code")),
        (
            "gridCode",
            json!("230103001002001"),
            ("GRID_OF_OTHER_COMMUNITY", "input.gridCode"),
        ),
    ] {
        let mut input = defibrillator();
        input[field] = value;
        let answer = call(&house, &staff(), REGISTER, field, input).await;
        assert_eq!(refused(&answer), (expected.0.into(), expected.1.into()));
    }
    let made = done(&house, &staff(), REGISTER, "one", defibrillator()).await["asset"].clone();
    let twice = call(&house, &staff(), REGISTER, "two", defibrillator()).await;
    assert_eq!(
        refused(&twice),
        ("ASSET_EXISTS".into(), "input.code".into())
    );
    house.service.clock.advance(chrono::TimeDelta::days(30));
    let stale = "{ assets(first: 5, countedBefore: \"2026-03-10T00:00:00Z\") { nodes { code } } }";
    let found = data(house.run(&staff(), stale, json!({})).await);
    assert_eq!(found["assets"]["nodes"], json!([{ "code": "AED-001" }]));
    let count = |quantity: i32, state: &str| json!({ "assetId": made["id"], "quantity": quantity, "state": state, "note": "一台送修" });
    let other = call(
        &house,
        &staff_elsewhere(),
        COUNT,
        "other",
        count(1, "BROKEN"),
    )
    .await;
    assert_eq!(reason(&other), "ASSET_NOT_FOUND");
    let counted = done(&house, &staff(), COUNT, "one", count(1, "BROKEN")).await["asset"].clone();
    assert_eq!(
        counted,
        json!({ "quantity": 1, "state": "BROKEN", "counts": [
            { "quantity": 1, "state": "BROKEN", "note": "一台送修" },
            { "quantity": 2, "state": "IN_USE", "note": null }] })
    );
    let none = data(house.run(&staff(), stale, json!({})).await);
    assert_eq!(none["assets"]["nodes"], json!([]));
    done(&house, &staff(), COUNT, "end", count(0, "RETIRED")).await;
    let gone = call(&house, &staff(), COUNT, "late", count(1, "IN_USE")).await;
    assert_eq!(reason(&gone), "ASSET_RETIRED");
    assert_eq!(
        house.refusal("UPDATE assets SET quantity = 9").await,
        "ASSET_RETIRED"
    );
}

#[tokio::test]
async fn the_database_takes_no_number_that_nobody_counted() {
    let house = House::open().await;
    done(&house, &staff(), REGISTER, "one", defibrillator()).await;
    for (sql, expected) in [
        (
            "UPDATE assets SET quantity = 9, version = version + 1",
            "ASSET_UNCOUNTED",
        ),
        (
            "UPDATE assets SET grid_code = '230103001002001'",
            "ASSET_PLACE",
        ),
        ("UPDATE assets SET state = 'IDLE'", "ASSET_UNCOUNTED"),
        ("UPDATE assets SET code = 'AED-002'", "ASSET_IDENTITY"),
        ("UPDATE assets SET quantity = -1", "ASSET_QUANTITY"),
        ("UPDATE asset_counts SET quantity = 9", "APPEND_ONLY"),
    ] {
        assert_eq!(house.refusal(sql).await, expected, "{sql}");
    }
    assert!(house.app_may_not("DELETE FROM assets").await);
    assert!(house.app_may_not("DELETE FROM asset_counts").await);
}
