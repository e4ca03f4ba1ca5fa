//! Guides, the count of applications and the open release: what is public by law.

use serde_json::{Value, json};

use crate::{
    support::{House, community_id, fund_manager, nobody, officer},
    venture_steps::{COUNTY, county},
};

pub fn guide() -> Value {
    json!({
        "divisionCode": COUNTY, "kind": "SCOPE", "year": 2026, "title": "2026 年购买服务项目范围",
        "body": "助餐、助浴、探访", "budget": 5_000_000,
    })
}

#[tokio::test]
async fn a_guide_is_replaced_and_never_changed() {
    let house = House::open().await;
    for (field, value, reason) in [
        ("body", json!(" "), "TEXT_LENGTH"),
        ("year", json!(1999), "YEAR_OUT_OF_RANGE"),
        ("budget", json!(0), "AMOUNT_NOT_POSITIVE"),
    ] {
        let mut input = guide();
        input[field] = value;
        assert_eq!(
            house.refused_at(&county(), "publishGuide", &input).await,
            (reason.into(), format!("input.{field}"))
        );
    }
    assert_eq!(
        house
            .refused(&fund_manager(), "publishGuide", &guide())
            .await,
        "FORBIDDEN"
    );
    for version in [1, 2] {
        let made = house
            .act(&county(), "publishGuide", &guide(), "guide { version }")
            .await;
        assert_eq!(made["guide"]["version"], version);
    }
    let query =
        "query($all: Boolean!) { guides(first: 5, divisionCode: \"230100000000\", year: 2026,
        kind: SCOPE, allVersions: $all) { nodes { version } } }";
    let house = &house;
    let seen = async |all: bool| {
        house.ask(&nobody(), query, json!({ "all": all })).await["guides"]["nodes"].clone()
    };
    assert_eq!(seen(false).await, json!([{ "version": 2 }]));
    assert_eq!(
        seen(true).await,
        json!([{ "version": 2 }, { "version": 1 }])
    );
    assert_eq!(
        house.refused_sql("UPDATE guides SET body = 'x'").await,
        "APPEND_ONLY"
    );
    let gap = "INSERT INTO guides SELECT gen_random_uuid(), division_code, kind, year, title, body, budget_fen, 9,
        published_by, published_at FROM guides";
    assert_eq!(house.refused_sql(gap).await, "GUIDE_VERSION");
}

#[tokio::test]
async fn the_applications_of_a_community_are_counted_against_the_minimum() {
    let house = House::open().await;
    let query = "query($c: ID!, $y: Int!) { applicationKpis(communityIds: [$c], year: $y) {
        applications minimum met } }";
    let house = &house;
    let seen = async |year: i32| {
        let asked = json!({ "c": community_id(), "y": year });
        house.ask(&nobody(), query, asked).await["applicationKpis"][0].clone()
    };
    assert_eq!(
        seen(2026).await,
        json!({ "applications": 0, "minimum": 3, "met": false })
    );
    house.applied().await;
    assert_eq!(
        seen(2026).await,
        json!({ "applications": 3, "minimum": 3, "met": true })
    );
    assert_eq!(seen(2025).await["applications"], 0);
    let far = json!({ "c": community_id(), "y": 1 });
    let refused = house.run(&nobody(), query, far).await;
    assert_eq!(testkit::service::reason(&refused), "YEAR_OUT_OF_RANGE");
}

#[tokio::test]
async fn a_release_tells_the_open_contracting_world_what_is_public() {
    let house = House::open().await;
    let query = "query($id: ID!) { tender(id: $id) { ocdsRelease } }";
    let house = &house;
    let release = async |tender: &Value| -> Value {
        let seen = house.ask(&officer(), query, json!({ "id": tender })).await;
        let text = seen["tender"]["ocdsRelease"].as_str();
        text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
    };
    let (tender, fund, _) = house.bidden().await;
    let before = release(&tender).await;
    assert_eq!(
        (&before["tag"], &before["tender"]["status"]),
        (&json!(["tender"]), &json!("active"))
    );
    // Before the opening nobody learns who bid, nor how many.
    assert_eq!(before["parties"], json!([]));
    assert_eq!(before["tender"]["numberOfTenderers"], json!(null));
    assert_eq!(
        before["planning"]["budget"]["amount"],
        json!({ "amount": 4500.0, "currency": "CNY" })
    );
    assert_ne!(fund, json!(null));
}

#[tokio::test]
async fn a_release_follows_the_contract_to_its_payments() {
    let house = House::open().await;
    let (contract, _, _) = house.signed().await;
    let query = "query($id: ID!) { contract(id: $id) { tender { ocdsRelease } } }";
    let seen = house.ask(&nobody(), query, json!({ "id": contract })).await;
    let text = seen["contract"]["tender"]["ocdsRelease"].as_str().unwrap();
    let release: Value = serde_json::from_str(text).unwrap();
    assert_eq!(release["tag"], json!(["tender", "award", "contract"]));
    assert_eq!(release["tender"]["numberOfTenderers"], 3);
    assert_eq!(release["awards"][0]["value"]["amount"], 4000.0);
    assert_eq!(release["contracts"][0]["status"], "active");
    assert_eq!(
        release["contracts"][0]["awardID"],
        release["awards"][0]["id"]
    );
    let milestones = &release["contracts"][0]["implementation"]["milestones"];
    assert_eq!(milestones[0]["value"]["amount"], 1600.0);
}
