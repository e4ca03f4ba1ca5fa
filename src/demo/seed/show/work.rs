//! 社工: a studio that is open, a group, a course, a team that recruits, an
//! association.

use anyhow::Result;
use serde_json::json;

use crate::demo::{
    people::{CITY, COUNTY},
    world::World,
};

const ITEMS: [&str; 5] = [
    "OWN_ROOM",
    "SIGN",
    "MISSION_BOARD",
    "VALUES_BOARD",
    "PROCESS_BOARD",
];

/// Makes all of it.
pub async fn seed(world: &mut World) -> Result<()> {
    studio(world).await?;
    let group = json!({
        "kind": "GROUP", "communityId": world.id("community")?, "title": "银龄手拉手",
        "aim": "扩大独居老人的社会支持", "audience": "独居老人",
    });
    world
        .act("sun", "startUndertaking", group, "undertaking { id }")
        .await?;
    let course = json!({
        "kind": "POPULAR", "content": "PRACTICE", "divisionCode": COUNTY, "title": "失能老人照护入门",
        "place": "南岗区社会工作服务中心", "startsAt": world.morning(30).await?, "minutes": 180, "capacity": 40,
    });
    world
        .act("civil", "announceCourse", course, "course { id }")
        .await?;
    team(world).await?;
    let association = json!({
        "organizationId": world.id("org-b")?, "divisionCode": CITY, "name": "哈尔滨市社会工作者协会",
        "purpose": "引领和带动专业社工",
    });
    world
        .act(
            "city",
            "registerAssociation",
            association,
            "association { id }",
        )
        .await?;
    Ok(())
}

async fn studio(world: &mut World) -> Result<()> {
    let today = world.day().await?;
    let found = json!({
        "communityId": world.id("community")?, "name": "幸福社区社会工作室", "address": "花园街 1 号",
    });
    let made = world
        .act("staff", "foundStudio", found, "studio { id }")
        .await?;
    let studio = made["studio"]["id"].clone();
    for item in ITEMS {
        let look = json!({
            "studioId": studio, "item": item, "met": true, "evidence": "现场照片", "on": today,
        });
        world
            .act("staff", "checkStudio", look, "__typename")
            .await?;
    }
    for title in ["个案与小组岗", "社区与倡导岗"] {
        let post = json!({ "studioId": studio, "title": title, "duties": "个案、小组与社区工作" });
        let made = world
            .act("staff", "establishPost", post, "post { id }")
            .await?;
        if title == "个案与小组岗" {
            let hold = json!({
                "postId": made["post"]["id"], "socialWorkerId": world.id("social worker")?, "from": today,
            });
            world
                .act("staff", "appointToPost", hold, "__typename")
                .await?;
        }
    }
    world
        .act(
            "civil",
            "openStudio",
            json!({ "studioId": studio }),
            "__typename",
        )
        .await?;
    Ok(())
}

async fn team(world: &mut World) -> Result<()> {
    let found = json!({
        "communityId": world.id("community")?, "name": "银龄护航队", "aim": "陪伴独居老人",
    });
    let made = world
        .act("sun", "foundVolunteerTeam", found, "team { id }")
        .await?;
    let team = made["team"]["id"].clone();
    world
        .act(
            "zhao",
            "joinVolunteerTeam",
            json!({ "teamId": team }),
            "__typename",
        )
        .await?;
    let activity = json!({
        "teamId": team, "title": "陪同就医", "place": "区医院", "startsAt": world.morning(14).await?,
        "endsAt": world.morning(14).await? + chrono::TimeDelta::hours(3), "capacity": 5,
    });
    let made = world
        .act("sun", "publishTeamActivity", activity, "activity { id }")
        .await?;
    let which = json!({ "activityId": made["activity"]["id"] });
    world
        .act("sun", "recruitForTeamActivity", which, "__typename")
        .await?;
    Ok(())
}
