//! 孵化: a service centre, an incubation centre run from outside the city, and
//! a filed organisation that was taken in.

use anyhow::Result;
use serde_json::{Value, json};

use crate::demo::{
    people::{COUNTY, PROVINCE},
    seed::organizations::{manager, register},
    world::World,
};

/// What has to be there before a centre opens.
const ITEMS: [&str; 6] = [
    "GENERAL_SUPPORT",
    "CAPACITY_BUILDING",
    "PROFESSIONAL_SERVICE",
    "FIXED_PREMISES",
    "SIGN",
    "BOARDS",
];

/// Registers `raiser` and files `org-d`, sets up the centres, takes `org-d` in.
pub async fn seed(world: &mut World) -> Result<()> {
    let name = "黑龙江省社会组织培育服务中心";
    let raiser = register(world, "province", (name, "52230000MJA00010"), PROVINCE).await?;
    let account = manager("raiser", name, &raiser["id"])?;
    world.desk().register(vec![account])?;
    world.keep("raiser", raiser);

    let name = "花园街道邻里互助社";
    let filed = json!({
        "name": name, "communityId": world.id("community")?, "fields": ["MUTUAL_AID"], "demo": true,
    });
    let made = world
        .act(
            "staff",
            "fileOrganization",
            filed,
            "organization { id name }",
        )
        .await?;
    let filed = made["organization"].clone();
    let account = manager("org-d", name, &filed["id"])?;
    world.desk().register(vec![account])?;
    world.keep("org-d", filed);

    let today = world.day().await?;
    let service = json!({
        "level": "COMMUNITY", "communityId": world.id("community")?, "name": "幸福社区社会组织服务中心",
        "organizationId": world.id("org-b")?, "foundedOn": today,
    });
    world
        .act("civil", "establishServiceCentre", service, "centre { id }")
        .await?;
    let centre = open(world).await?;
    take_in(world, &centre).await
}

/// An incubation centre that is whole, and who runs it.
async fn open(world: &mut World) -> Result<Value> {
    let today = world.day().await?;
    let planned = json!({
        "communityId": world.id("community")?, "name": "幸福社区双创培育孵化中心", "areaM2": 1200,
    });
    let made = world
        .act("staff", "planIncubationCentre", planned, "centre { id }")
        .await?;
    let centre = made["centre"]["id"].clone();
    for item in ITEMS {
        let look = json!({
            "centreId": centre, "item": item, "passed": true, "evidence": "现场核查",
            "photos": [format!("photo-{item}")], "on": today,
        });
        world
            .act("staff", "checkFacility", look, "__typename")
            .await?;
    }
    let mandate = json!({
        "centreId": centre, "operatorId": world.id("raiser")?, "validFrom": today,
        "validTo": today + chrono::Months::new(12), "document": "委托运营协议",
    });
    world
        .act("civil", "grantOperationMandate", mandate, "__typename")
        .await?;
    let which = json!({ "centreId": centre });
    world
        .act("civil", "openIncubationCentre", which, "__typename")
        .await?;
    Ok(centre)
}

/// Applied, screened by the operator, reviewed by three, signed, moved in.
async fn take_in(world: &mut World, centre: &Value) -> Result<()> {
    let today = world.day().await?;
    let apply = json!({
        "organizationId": world.id("org-d")?, "centreId": centre, "goal": "独立承接为老服务项目",
    });
    let made = world
        .act("org-d", "applyForIncubation", apply, "incubatee { id }")
        .await?;
    world.keep("incubatee", made["incubatee"].clone());
    let one = world.id("incubatee")?;
    let which = json!({ "incubateeId": one });
    let accept = json!({ "incubateeId": one, "accepted": true });
    world
        .act("raiser", "screenIncubatee", accept, "__typename")
        .await?;
    for who in ["wang", "zhou", "chen"] {
        let adviser = json!({
            "residentId": world.id(who)?, "divisionCode": COUNTY, "expertise": "PROJECT",
            "qualification": "从业十年以上",
        });
        let made = world
            .act("civil", "enrolAdviser", adviser, "adviser { id }")
            .await?;
        let sheet = json!({
            "incubateeId": one, "adviserId": made["adviser"]["id"], "score": 75, "opinion": "目标清楚",
        });
        world
            .act("civil", "reviewIncubatee", sheet, "__typename")
            .await?;
    }
    let term = json!({
        "incubateeId": one, "from": today, "to": today + chrono::Months::new(12) - chrono::Days::new(1),
    });
    for (verb, input) in [
        ("concludeReview", which.clone()),
        ("signIncubation", term),
        ("startIncubation", which),
    ] {
        world
            .act("staff", verb, input, "incubatee { state }")
            .await?;
    }
    Ok(())
}
