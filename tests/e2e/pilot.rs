//! A community becomes a pilot in one service, and another one knows its duty.

use sanshe::demo::world::World;
use serde_json::{Value, json};

use crate::support::House;

const GATE: &str = "query($id: ID!) { pilot(id: $id) { gate { code } } }";
const DUTIES: &str = "query($division: DivisionCode!) {
    centreObligations(first: 5, filter: { divisionCode: $division, standing: true }) {
      nodes { areaM2 thresholdM2 community { id name } } } }";

/// Offices of 200 m², of which an organisation gets as much as a pilot has to give.
async fn cede(world: &mut World, community: &Value) {
    let today = kernel::china_date(world.desk().now().await.unwrap());
    let until = today + chrono::Months::new(12);
    let premises = json!({
        "communityId": community, "name": "社区服务中心", "totalM2": 1000, "officeM2": 200, "activityM2": 600,
        "surveyedOn": today, "document": "测绘〔2026〕1号",
    });
    let made = world
        .act("staff", "registerPremises", premises, "premises { id }")
        .await
        .unwrap();
    let asked = json!({
        "premisesId": made["premises"]["id"], "organizationId": world.id("org-a").unwrap(),
        "applicantKind": "ELDER_CARE_ORGANIZATION", "purpose": "居家养老服务站", "areaM2": 120,
        "startsOn": today, "untilOn": until,
    });
    let made = world
        .act("staff", "applyForSpace", asked, "application { id }")
        .await
        .unwrap();
    let given = json!({
        "applicationId": made["application"]["id"], "areaM2": 120, "ceded": true, "startsOn": today, "untilOn": until,
    });
    world
        .act("staff", "allocateSpace", given, "allocation { id }")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pilot_that_is_large_enough_has_to_set_up_a_centre() {
    let house = House::open().await;
    let mut world = house.world();
    sanshe::demo::seed::seed(&mut world).await.unwrap();
    let community = world.made("community").unwrap().clone();

    cede(&mut world, &community["id"]).await;
    let draft = json!({ "communityId": community["id"], "reason": "群众基础好,功能齐全" });
    let made = world
        .act("staff", "draftPilot", draft, "pilot { id }")
        .await
        .unwrap();
    let pilot = made["pilot"]["id"].clone();
    let asked = json!({ "id": pilot });
    let gate = world.ask("civil", GATE, asked.clone()).await.unwrap();
    for item in gate["pilot"]["gate"].as_array().unwrap() {
        let shown = json!({ "pilotId": pilot, "criterion": item["code"], "status": "MET", "evidence": "现场核查" });
        world
            .act("civil", "attestPilot", shown, "evidence { id }")
            .await
            .unwrap();
    }
    let recommended = json!({ "pilotId": pilot, "countyDocument": "区民〔2026〕5号" });
    let approved = json!({ "pilotId": pilot, "batch": 1, "approvalDocument": "市民〔2026〕12号" });
    for (account, verb, input) in [
        ("civil", "recommendPilot", recommended),
        ("city", "reviewPilot", asked),
        ("city", "approvePilot", approved),
    ] {
        world
            .act(account, verb, input, "pilot { state }")
            .await
            .unwrap();
    }

    // Told over the bus: another service, another database.
    let division = json!({ "division": sanshe::demo::people::COUNTY });
    let known = |found: &Value| found["centreObligations"]["nodes"] != json!([]);
    let found = world
        .settle("civil", DUTIES, division, known)
        .await
        .unwrap();
    assert_eq!(
        found["centreObligations"]["nodes"],
        json!([{ "areaM2": 1200, "thresholdM2": 1000, "community": { "id": community["id"], "name": community["name"] } }])
    );
}
