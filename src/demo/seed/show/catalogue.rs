//! 智慧社区: what two departments share, what one can apply for and order, an
//! event that was taken up.

use anyhow::Result;
use kernel::{DivisionCode, keys::OrganizationId};
use kit::auth::{Account, Actor, Role};
use serde_json::json;
use uuid::Uuid;

use crate::demo::{
    people::{COMMUNITY, COUNTY, GRID},
    world::World,
};

/// Account and name of a department; its number is its place, from 1.
const DEPARTMENTS: &[(&str, &str)] = &[
    ("bureau", "南岗区政务数据局"),
    ("health", "南岗区卫生健康局"),
    ("housing", "南岗区住房和城乡建设局"),
];

/// Publishes the catalogue, the services and a first event.
pub async fn seed(world: &mut World) -> Result<()> {
    share(world).await?;
    serve(world).await?;
    let report = json!({
        "classCode": "SAFETY_HAZARD", "source": "RESIDENT", "divisionCode": COMMUNITY, "gridCode": GRID,
        "location": "3 号楼 2 单元", "description": "楼道堆放杂物",
    });
    let made = world
        .act("wang", "reportEvent", report, "event { id }")
        .await?;
    let event = json!({ "eventId": made["event"]["id"] });
    world
        .act("staff", "registerEvent", event, "event { state }")
        .await?;
    Ok(())
}

/// The departments, and what one of them shares: on a condition, and without.
pub async fn share(world: &mut World) -> Result<()> {
    for (at, (account, name)) in (1_u128..).zip(DEPARTMENTS) {
        let mut actor = Actor::new(*account, [Role::CivilAffairs]);
        actor.name = Some((*name).to_owned());
        actor.division = Some(DivisionCode::try_new(COUNTY)?);
        actor.organization_id = Some(Uuid::from_u128(at));
        world.desk().register(vec![Account {
            name: (*account).to_owned(),
            title_zh: (*name).to_owned(),
            actor,
        }])?;
        let id = OrganizationId::from_uuid(Uuid::from_u128(at)).to_global();
        world.keep(account, json!(id));
    }
    let entry = |code: &str,
                 name: &str,
                 dataset: &str,
                 condition: Option<&str>,
                 fields: &[&str]| {
        json!({
            "code": code, "name": name, "providerName": DEPARTMENTS[0].1, "divisionCode": COUNTY,
            "dataset": dataset, "class": if condition.is_some() { "CONDITIONAL" } else { "UNCONDITIONAL" },
            "condition": condition, "fields": fields, "updateCycle": "REAL_TIME",
        })
    };
    let people = ["NAME", "CITIZEN_ID", "STATUS", "VERIFIED", "BIRTH_DATE"];
    let condition = Some("说明用途并指定专人");
    for new in [
        entry(
            "RESIDENT_BASIC",
            "常住人口基本信息",
            "RESIDENT",
            condition,
            &people,
        ),
        entry(
            "GRIDS",
            "网格",
            "GRID",
            None,
            &["GRID_CODE", "GRID_NAME", "COMMUNITY_CODE"],
        ),
    ] {
        let made = world
            .act(
                "bureau",
                "publishDataResource",
                new.clone(),
                "dataResource { id }",
            )
            .await?;
        if new["code"] == "RESIDENT_BASIC" {
            world.keep("data resource", made["dataResource"].clone());
        }
    }
    Ok(())
}

/// What one applies for, and what one orders.
async fn serve(world: &mut World) -> Result<()> {
    let line = |key: &str, label: &str, source: Option<&str>| json!({ "key": key, "label": label, "source": source, "required": true });
    let card = json!({
        "code": "OLD_AGE_CARD", "name": "老年优待证", "class": "GOVERNMENT", "divisionCode": COUNTY,
        "elements": [], "guide": "年满六十周岁的居民可申请", "basis": "《老年人权益保障法》第五十三条",
        "acceptDays": 1, "handleDays": 5,
        "form": [line("name", "姓名", Some("NAME")), line("number", "身份号码", Some("CITIZEN_ID")),
                 line("reason", "申请理由", None)],
    });
    let meals = json!({
        "code": "MEALS_TO_DOOR", "name": "送餐上门", "class": "OPEN", "divisionCode": COUNTY,
        "elements": ["FOOD"], "guide": "当日十点前下单", "basis": "《老年人权益保障法》第三十七条",
        "acceptDays": 1, "handleDays": 1, "form": [], "providerOrganizationId": world.id("org-a")?,
    });
    for (item, code, open) in [
        (card, "OLD_AGE_CARD", false),
        (meals, "MEALS_TO_DOOR", true),
    ] {
        world
            .act("civil", "draftServiceItem", item, "__typename")
            .await?;
        if open {
            let passed = json!({ "code": code, "passed": true, "note": "接口与权限符合要求" });
            world
                .act("admin", "reviewServiceItem", passed, "__typename")
                .await?;
        }
        world
            .act(
                "civil",
                "releaseServiceItem",
                json!({ "code": code }),
                "__typename",
            )
            .await?;
    }
    Ok(())
}
