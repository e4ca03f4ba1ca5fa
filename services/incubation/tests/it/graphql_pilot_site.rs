//! Pilots and the duties that follow from them, through the real schema.

use serde_json::json;

use crate::{
    steps::{community, done, no, no_at, opened, pilot, seen},
    support::{
        COUNTY, GARDEN, House, city, community_staff, garden, nobody, registrar,
        registrar_elsewhere,
    },
};

const OWED: &str = "centreObligations(filter: { fulfilled: false, standing: true }) {
    nodes { areaM2 thresholdM2 raisedOn } }";
const TASKS: &str = "districtCentreTasks { nodes { id state pilots threshold
    division { code } centre { name } history { from to } } }";

#[tokio::test]
async fn a_pilot_of_a_thousand_square_metres_owes_a_centre_and_a_smaller_one_none() {
    let house = House::open().await;
    let (small, _) = garden(1);
    for (id, area) in [(GARDEN, 1000), (small, 999)] {
        let fact = pilot(id, area, "2026-03-01");
        done(
            &house,
            &registrar(),
            "attestPilotSite",
            fact,
            "site { areaM2 }",
        )
        .await;
    }
    let owed = seen(&house, &registrar(), OWED).await;
    assert_eq!(
        owed["centreObligations"]["nodes"],
        json!([{ "areaM2": 1000, "thresholdM2": 1000, "raisedOn": "2026-03-01" }])
    );
    assert_eq!(house.told("incubation.pilot_site.changed").await, 2);
}

#[tokio::test]
async fn the_duty_is_fulfilled_by_an_open_centre_and_lifted_when_the_pilot_ends() {
    let house = House::open().await;
    let fact = pilot(GARDEN, 1200, "2026-03-01");
    done(&house, &registrar(), "attestPilotSite", fact, "__typename").await;
    opened(&house).await;
    let owed = seen(&house, &registrar(), OWED).await;
    assert_eq!(owed["centreObligations"]["nodes"], json!([]));
    let mut ended = pilot(GARDEN, 1200, "2026-03-02");
    ended["active"] = json!(false);
    done(&house, &registrar(), "attestPilotSite", ended, "__typename").await;
    let lifted = "centreObligations(filter: { standing: false }) { nodes { liftedOn } }";
    let lifted = seen(&house, &registrar(), lifted).await;
    assert_eq!(
        lifted["centreObligations"]["nodes"],
        json!([{ "liftedOn": "2026-03-02" }])
    );
}

#[tokio::test]
async fn ten_pilots_of_a_district_call_for_its_centre_which_ends_the_task() {
    let house = House::open().await;
    for n in 1..=10 {
        if n == 10 {
            let tasks = seen(&house, &city(), TASKS).await;
            assert_eq!(tasks["districtCentreTasks"]["nodes"], json!([]));
        }
        let fact = pilot(garden(n).0, 500, "2026-03-01");
        done(&house, &registrar(), "attestPilotSite", fact, "__typename").await;
    }
    let tasks = seen(&house, &city(), TASKS).await;
    let task = &tasks["districtCentreTasks"]["nodes"][0];
    assert_eq!(
        (&task["state"], &task["pilots"]),
        (&json!("OPEN"), &json!(10))
    );
    assert_eq!(task["division"]["code"], COUNTY);

    let body = house.registered(0).await;
    let new = json!({ "level": "DISTRICT", "divisionCode": COUNTY, "name": "区社会服务中心",
        "organizationId": body["id"], "foundedOn": "2026-03-02" });
    done(
        &house,
        &registrar(),
        "establishServiceCentre",
        new,
        "centre { id }",
    )
    .await;
    let tasks = seen(&house, &city(), TASKS).await;
    let task = &tasks["districtCentreTasks"]["nodes"][0];
    assert_eq!(task["state"], "ESTABLISHED");
    assert_eq!(task["centre"]["name"], "区社会服务中心");
    assert_eq!(
        task["history"],
        json!([{ "from": "OPEN", "to": "ESTABLISHED" }])
    );
    let waive = json!({ "taskId": task["id"], "reason": "已设立" });
    assert_eq!(
        no(&house, &city(), "waiveDistrictCentre", waive).await,
        "STATE_MOVE"
    );
}

#[tokio::test]
async fn refuses_facts_that_are_older_or_of_days_to_come_or_of_no_size() {
    let house = House::open().await;
    let fact = pilot(GARDEN, 1200, "2026-03-01");
    done(&house, &registrar(), "attestPilotSite", fact, "__typename").await;
    for (fact, expected) in [
        (
            pilot(GARDEN, 1200, "2026-02-28"),
            ("PILOT_SITE_OLDER", "input.asOf"),
        ),
        (
            pilot(GARDEN, 1200, "2026-03-03"),
            ("DAY_IN_FUTURE", "input.asOf"),
        ),
        (
            pilot(GARDEN, 0, "2026-03-02"),
            ("NUMBER_RANGE", "input.areaM2"),
        ),
    ] {
        let (reason, at) = no_at(&house, &registrar(), "attestPilotSite", fact).await;
        assert_eq!((reason.as_str(), at.as_str()), expected);
    }
}

#[tokio::test]
async fn pilots_are_attested_and_seen_by_those_of_the_place() {
    let house = House::open().await;
    let fact = pilot(GARDEN, 1200, "2026-03-01");
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (community_staff(), "FORBIDDEN"),
        (registrar_elsewhere(), "FORBIDDEN"),
    ] {
        let refused = no(&house, &who, "attestPilotSite", fact.clone()).await;
        assert_eq!(refused, expected);
    }
    done(&house, &registrar(), "attestPilotSite", fact, "__typename").await;
    let query = "incubationPilotSites { nodes { community { id } source } }";
    for (who, expected) in [
        (
            community_staff(),
            json!([{ "community": { "id": community(GARDEN) }, "source": "ATTESTED" }]),
        ),
        (registrar_elsewhere(), json!([])),
        (nobody(), json!([])),
    ] {
        let found = seen(&house, &who, query).await;
        assert_eq!(found["incubationPilotSites"]["nodes"], expected);
    }
}
