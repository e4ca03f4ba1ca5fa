//! Service centres, through the real schema.

use serde_json::{Value, json};

use crate::{
    steps::{community, community_centre, done, no_at, seen},
    support::{CITY, COUNTY, GARDEN, House, city, nobody, registrar},
};

fn district(body: &Value) -> Value {
    json!({ "level": "DISTRICT", "divisionCode": COUNTY, "name": "区社会服务中心",
        "organizationId": body["id"], "foundedOn": "2026-03-02" })
}

#[tokio::test]
async fn the_centre_of_a_city_guides_the_one_of_a_community() {
    let house = House::open().await;
    let body = house.registered(0).await;
    let new = json!({ "level": "CITY", "divisionCode": CITY, "name": "市社会服务中心",
        "organizationId": body["id"], "foundedOn": "2026-01-01" });
    let made = done(
        &house,
        &city(),
        "establishServiceCentre",
        new,
        "centre { id level }",
    )
    .await;
    let above = made["centre"]["id"].clone();
    let other = house.registered(1).await;
    let new = json!({ "level": "COMMUNITY", "communityId": community(GARDEN), "name": "花园中心",
        "organizationId": other["id"], "guidedBy": above, "foundedOn": "2026-03-01" });
    let select = "centre { id level guidedBy { name } organization { name }
        division { code } community { id } }";
    let made = done(&house, &registrar(), "establishServiceCentre", new, select).await;
    assert_eq!(made["centre"]["guidedBy"]["name"], "市社会服务中心");
    assert_eq!(made["centre"]["division"]["code"], "230103001001");
    let list = "serviceCentres(filter: { level: COMMUNITY, active: true }) { nodes { name } }";
    let found = seen(&house, &nobody(), list).await;
    assert_eq!(
        found["serviceCentres"]["nodes"],
        json!([{ "name": "花园中心" }])
    );
    assert_eq!(house.told("incubation.service_centre.changed").await, 2);
}

#[tokio::test]
async fn refuses_a_body_that_is_filed_and_places_that_do_not_fit() {
    let house = House::open().await;
    let (body, filed) = (house.registered(0).await, house.filed().await);
    let with = |key: &str, value: Value| {
        let mut new = district(&body);
        new[key] = value;
        new
    };
    for (new, expected) in [
        (
            with("organizationId", filed["id"].clone()),
            ("SERVICE_CENTRE_BODY", "input.organizationId"),
        ),
        (
            with("level", json!("CITY")),
            ("SERVICE_CENTRE_LEVEL", "input.divisionCode"),
        ),
        (
            with("level", json!("COMMUNITY")),
            ("SERVICE_CENTRE_PLACE", "input.divisionCode"),
        ),
        (
            with("foundedOn", json!("2026-03-03")),
            ("DAY_IN_FUTURE", "input.foundedOn"),
        ),
        (with("name", json!(" ")), ("TEXT_LENGTH", "input.name")),
    ] {
        let (reason, at) = no_at(&house, &registrar(), "establishServiceCentre", new).await;
        assert_eq!((reason.as_str(), at.as_str()), expected);
    }
}

#[tokio::test]
async fn there_is_one_of_a_level_at_a_place_and_another_after_it_closed() {
    let house = House::open().await;
    let body = house.registered(0).await;
    let made = done(
        &house,
        &registrar(),
        "establishServiceCentre",
        district(&body),
        "centre { id }",
    )
    .await;
    let first = made["centre"]["id"].clone();
    let (reason, _) = no_at(
        &house,
        &registrar(),
        "establishServiceCentre",
        district(&body),
    )
    .await;
    assert_eq!(reason, "SERVICE_CENTRE_EXISTS");
    let close = json!({ "centreId": first, "reason": "机构调整" });
    let closed = done(
        &house,
        &registrar(),
        "closeServiceCentre",
        close.clone(),
        "centre { closedOn closeReason }",
    )
    .await;
    assert_eq!(closed["centre"]["closedOn"], "2026-03-02");
    let (reason, _) = no_at(&house, &registrar(), "closeServiceCentre", close).await;
    assert_eq!(reason, "SERVICE_CENTRE_CLOSED");
    done(
        &house,
        &registrar(),
        "establishServiceCentre",
        district(&body),
        "centre { id }",
    )
    .await;
}

#[tokio::test]
async fn a_centre_is_guided_from_above_alone() {
    let house = House::open().await;
    let below = community_centre(&house, 1).await;
    let body = house.registered(0).await;
    let mut new = district(&body);
    new["guidedBy"] = below;
    let (reason, at) = no_at(&house, &registrar(), "establishServiceCentre", new).await;
    assert_eq!(
        (reason.as_str(), at.as_str()),
        ("SERVICE_CENTRE_GUIDE", "input.guidedBy")
    );
}
