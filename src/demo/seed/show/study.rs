//! 学习考察: the pilot operates, the county's delegation learns from it, and
//! takes something home.

use anyhow::Result;
use serde_json::json;

use crate::demo::{people::COUNTY, world::World};

/// Operates the pilot, visits it, and reports with a measure to adopt.
pub async fn seed(world: &mut World) -> Result<()> {
    let today = world.day().await?;
    let pilot = world.id("pilot")?;
    world
        .act(
            "city",
            "operatePilot",
            json!({ "id": pilot }),
            "pilot { state }",
        )
        .await?;
    let plan = json!({
        "divisionCode": COUNTY, "kind": "NEAR", "hostPilotId": pilot, "subject": "ELDER_CARE",
        "purpose": "学习居家养老服务站由社会组织运营的做法", "startsOn": today, "endsOn": today,
        "people": [{ "role": "OFFICIAL", "people": 2 }, { "role": "COMMITTEE", "people": 8 }],
    });
    let made = world
        .act("civil", "planStudyVisit", plan, "visit { id }")
        .await?;
    world.keep("study visit", made["visit"].clone());
    let visit = world.id("study visit")?;
    let confirm = json!({ "visitId": visit, "arrangement": "上午参观服务站,下午座谈" });
    let make = json!({
        "visitId": visit, "madeOn": today,
        "people": [{ "role": "OFFICIAL", "people": 2 }, { "role": "COMMITTEE", "people": 7 }],
    });
    let report = json!({
        "visitId": visit, "findings": "办公用房让渡给社会组织后,服务站每天开放,居民满意",
        "document": "南民考察〔2026〕1号",
        "measures": [{
            "title": "在全区试点社区设居家养老服务站", "owner": "南岗区民政局养老服务科",
            "dueOn": today + chrono::Months::new(3),
        }],
    });
    for (account, verb, input) in [
        ("staff", "confirmStudyVisit", confirm),
        ("civil", "makeStudyVisit", make),
        ("civil", "reportStudyVisit", report),
    ] {
        world.act(account, verb, input, "visit { state }").await?;
    }
    Ok(())
}
