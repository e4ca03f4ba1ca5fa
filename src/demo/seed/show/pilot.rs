//! The community as a pilot: offices ceded, each criterion shown, approved.

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::demo::world::World;

const GATE: &str = "query($id: ID!) { pilot(id: $id) { gate { code } } }";

/// Applies for the community, and decides as county and city would.
pub async fn seed(world: &mut World) -> Result<()> {
    cede(world).await?;
    let draft = json!({ "communityId": world.id("community")?, "reason": "群众基础好,功能齐全" });
    let made = world
        .act("staff", "draftPilot", draft, "pilot { id }")
        .await?;
    world.keep("pilot", made["pilot"].clone());
    let pilot = world.id("pilot")?;
    let asked = json!({ "id": pilot });
    let gate = world.ask("civil", GATE, asked.clone()).await?;
    let gate = gate["pilot"]["gate"]
        .as_array()
        .context("a pilot has criteria")?;
    for item in gate {
        let shown = json!({ "pilotId": pilot, "criterion": item["code"], "status": "MET", "evidence": "现场核查" });
        world
            .act("civil", "attestPilot", shown, "evidence { id }")
            .await?;
    }
    let recommended = json!({ "pilotId": pilot, "countyDocument": "区民〔2026〕5号" });
    let approved = json!({ "pilotId": pilot, "batch": 1, "approvalDocument": "市民〔2026〕12号" });
    for (account, verb, input) in [
        ("civil", "recommendPilot", recommended),
        ("city", "reviewPilot", asked),
        ("city", "approvePilot", approved),
    ] {
        world.act(account, verb, input, "pilot { state }").await?;
    }
    Ok(())
}

/// Offices of 200 m², of which an organisation gets as much as a pilot has to give.
async fn cede(world: &mut World) -> Result<()> {
    let today = world.day().await?;
    let until = today + chrono::Months::new(12);
    let premises = json!({
        "communityId": world.id("community")?, "name": "社区服务中心", "totalM2": 1000, "officeM2": 200,
        "activityM2": 600, "surveyedOn": today, "document": "测绘〔2026〕1号",
    });
    let made = world
        .act("staff", "registerPremises", premises, "premises { id }")
        .await?;
    let asked = json!({
        "premisesId": made["premises"]["id"], "organizationId": world.id("org-a")?,
        "applicantKind": "ELDER_CARE_ORGANIZATION", "purpose": "居家养老服务站", "areaM2": 120,
        "startsOn": today, "untilOn": until,
    });
    let made = world
        .act("staff", "applyForSpace", asked, "application { id }")
        .await?;
    let given = json!({
        "applicationId": made["application"]["id"], "areaM2": 120, "ceded": true, "startsOn": today, "untilOn": until,
    });
    world
        .act("staff", "allocateSpace", given, "allocation { id }")
        .await?;
    Ok(())
}
