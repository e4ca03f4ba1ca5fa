//! Incubation centres and who runs them, through the real schema.

use serde_json::{Value, json};

use crate::{
    steps::{
        ITEMS, community, done, look, mandate, no, no_at, opened, pilot, planned, provincial, seen,
    },
    support::{
        CITY, GARDEN, House, city, community_staff, garden, nobody, registrar, registrar_elsewhere,
    },
};

async fn open(house: &House, centre: &Value) -> String {
    no(
        house,
        &registrar(),
        "openIncubationCentre",
        json!({ "centreId": centre }),
    )
    .await
}

#[tokio::test]
async fn a_centre_opens_when_all_six_have_passed_and_somebody_runs_it() {
    let house = House::open().await;
    let centre = planned(&house).await;
    assert_eq!(open(&house, &centre).await, "CHECKLIST_INCOMPLETE");
    for item in ITEMS {
        assert_eq!(open(&house, &centre).await, "CHECKLIST_INCOMPLETE");
        let found = look(&centre, item, true);
        done(
            &house,
            &community_staff(),
            "checkFacility",
            found,
            "__typename",
        )
        .await;
    }
    assert_eq!(open(&house, &centre).await, "OPERATOR_MISSING");
    let operator = provincial(&house, 2).await;
    let granted = mandate(&centre, &operator, "2026-01-01", "2026-12-31");
    done(
        &house,
        &registrar(),
        "grantOperationMandate",
        granted,
        "__typename",
    )
    .await;
    let select = "centre { state openedOn missing operator { name } mandates { validFrom validTo }
        checks { item passed photos } history { from to by } }";
    let input = json!({ "centreId": centre });
    let made = done(&house, &registrar(), "openIncubationCentre", input, select).await;
    let one = &made["centre"];
    assert_eq!(one["state"], "OPEN");
    assert_eq!(one["openedOn"], "2026-03-02");
    assert_eq!(one["missing"], json!([]));
    assert_eq!(one["operator"]["name"], operator["name"]);
    assert_eq!(one["checks"].as_array().unwrap().len(), 6);
    assert_eq!(
        one["history"],
        json!([{ "from": "PLANNED", "to": "OPEN", "by": "test-civilaffairs" }])
    );
}

#[tokio::test]
async fn what_fails_later_shows_and_what_is_seen_needs_a_picture() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let list = "incubationCentres(filter: { incomplete: true }) { nodes { missing } }";
    let found = seen(&house, &nobody(), list).await;
    assert_eq!(found["incubationCentres"]["nodes"], json!([]));
    let gone = look(&centre, "SIGN", false);
    done(
        &house,
        &community_staff(),
        "checkFacility",
        gone,
        "__typename",
    )
    .await;
    let found = seen(&house, &nobody(), list).await;
    assert_eq!(
        found["incubationCentres"]["nodes"],
        json!([{ "missing": ["SIGN"] }])
    );
    let mut bare = look(&centre, "SIGN", true);
    bare["photos"] = json!([]);
    let (reason, at) = no_at(&house, &community_staff(), "checkFacility", bare).await;
    assert_eq!(
        (reason.as_str(), at.as_str()),
        ("FACILITY_PHOTO_MISSING", "input.photos")
    );
}

#[tokio::test]
async fn mandates_follow_one_another_without_gap_or_overlap() {
    let house = House::open().await;
    let (centre, operator) = opened(&house).await;
    for (from, to, expected) in [
        (
            "2026-12-31",
            "2027-12-31",
            ("MANDATE_OVERLAP", "input.validFrom"),
        ),
        (
            "2027-01-02",
            "2027-12-31",
            ("MANDATE_GAP", "input.validFrom"),
        ),
        ("2027-01-01", "2026-12-31", ("VALID_RANGE", "input.validTo")),
    ] {
        let input = mandate(&centre, &operator, from, to);
        let (reason, at) = no_at(&house, &registrar(), "grantOperationMandate", input).await;
        assert_eq!((reason.as_str(), at.as_str()), expected);
    }
    let next = mandate(&centre, &operator, "2027-01-01", "2027-12-31");
    let select = "centre { mandates { id validFrom validTo } }";
    let made = done(&house, &registrar(), "grantOperationMandate", next, select).await;
    let mandates = made["centre"]["mandates"].clone();
    assert_eq!(mandates[1]["validFrom"], "2027-01-01");
    let end = |at: usize, on: &str| json!({ "mandateId": mandates[at]["id"], "on": on, "reason": "协议解除" });
    let refused = no(
        &house,
        &registrar(),
        "endOperationMandate",
        end(0, "2026-06-30"),
    )
    .await;
    assert_eq!(refused, "MANDATE_GAP");
    let ended = end(1, "2027-06-30");
    let made = done(&house, &registrar(), "endOperationMandate", ended, select).await;
    assert_eq!(made["centre"]["mandates"][1]["validTo"], "2027-06-30");
}

#[tokio::test]
async fn a_pilot_is_run_by_the_province_or_the_service_centre_of_the_city() {
    let house = House::open().await;
    let fact = pilot(GARDEN, 1200, "2026-03-01");
    done(&house, &registrar(), "attestPilotSite", fact, "__typename").await;
    let centre = planned(&house).await;
    let local = house.registered(0).await;
    let input = mandate(&centre, &local, "2026-03-02", "2026-12-31");
    let refused = no_at(&house, &registrar(), "grantOperationMandate", input.clone()).await;
    assert_eq!(
        refused,
        ("OPERATOR_OF_PILOT".into(), "input.operatorId".into())
    );
    let new = json!({ "level": "CITY", "divisionCode": CITY, "name": "市社会服务中心",
        "organizationId": local["id"], "foundedOn": "2026-01-01" });
    let made = done(
        &house,
        &city(),
        "establishServiceCentre",
        new,
        "centre { id }",
    )
    .await;
    let mut with = input;
    with["serviceCentreId"] = made["centre"]["id"].clone();
    let other = house.registered(1).await;
    let mut wrong = with.clone();
    wrong["operatorId"] = other["id"].clone();
    let refused = no(&house, &registrar(), "grantOperationMandate", wrong).await;
    assert_eq!(refused, "OPERATOR_CENTRE");
    let select = "centre { operator { name } mandates { serviceCentre { name } } }";
    let made = done(&house, &registrar(), "grantOperationMandate", with, select).await;
    assert_eq!(made["centre"]["operator"]["name"], local["name"]);
}

#[tokio::test]
async fn an_open_centre_leads_satellite_bases_and_a_community_has_one() {
    let house = House::open().await;
    let (centre, _) = opened(&house).await;
    let base = |parent: &Value, n: u128| {
        json!({ "communityId": community(garden(n).0), "name": "周边孵化基地", "areaM2": 200,
            "parentId": parent })
    };
    let made = done(
        &house,
        &registrar(),
        "planIncubationCentre",
        base(&centre, 1),
        "centre { id kind parent { name } }",
    )
    .await;
    assert_eq!(made["centre"]["kind"], "SATELLITE");
    assert_eq!(made["centre"]["parent"]["name"], "花园双创中心");
    let of_a_base = base(&made["centre"]["id"], 2);
    let refused = no(&house, &registrar(), "planIncubationCentre", of_a_base).await;
    assert_eq!(refused, "CENTRE_PARENT");
    let second = json!({ "communityId": community(GARDEN), "name": "又一中心", "areaM2": 10 });
    let refused = no(&house, &community_staff(), "planIncubationCentre", second).await;
    assert_eq!(refused, "INCUBATION_CENTRE_EXISTS");
    let list = "incubationCentres(filter: { kind: SATELLITE, withoutOperator: true })
        { nodes { name } }";
    let found = seen(&house, &nobody(), list).await;
    assert_eq!(
        found["incubationCentres"]["nodes"],
        json!([{ "name": "周边孵化基地" }])
    );
}

#[tokio::test]
async fn a_community_does_not_open_its_own_centre_and_a_closed_one_stays_closed() {
    let house = House::open().await;
    let centre = planned(&house).await;
    let which = json!({ "centreId": centre });
    for who in [community_staff(), registrar_elsewhere()] {
        let refused = no(&house, &who, "openIncubationCentre", which.clone()).await;
        assert_eq!(refused, "FORBIDDEN");
    }
    let close = json!({ "centreId": centre, "reason": "选址变更" });
    let closed = done(
        &house,
        &registrar(),
        "closeIncubationCentre",
        close.clone(),
        "centre { state closedOn history { reason } }",
    )
    .await;
    assert_eq!(
        closed["centre"],
        json!({ "state": "CLOSED", "closedOn": "2026-03-02", "history": [{ "reason": "选址变更" }] })
    );
    let refused = no(&house, &registrar(), "closeIncubationCentre", close).await;
    assert_eq!(refused, "STATE_MOVE");
    let late = look(&centre, "SIGN", true);
    let refused = no(&house, &community_staff(), "checkFacility", late).await;
    assert_eq!(refused, "CENTRE_CLOSED");
}
