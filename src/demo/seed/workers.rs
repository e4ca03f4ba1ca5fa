//! A social worker of an agency, and a volunteer who is trained and insured.

use anyhow::Result;
use kit::auth::Role;
use serde_json::json;

use super::uuid_of;
use crate::demo::{people::RESIDENTS, world::World};

/// Registers 孙晓梅 as a social worker and 赵立新 as a volunteer.
pub async fn seed(world: &mut World) -> Result<()> {
    let year = world.year().await?;
    let registered = format!("{year}-01-01");
    let made = world
        .act(
            "civil",
            "registerSocialWorker",
            json!({
                "residentId": world.id("sun")?, "source": "QUALIFIED", "grade": "SOCIAL_WORKER",
                "certificateNo": "SW2301032020001", "registeredFrom": registered,
                "employerOrganizationId": world.id("org-a")?, "communityIds": [world.id("community")?],
            }),
            "socialWorker { id }",
        )
        .await?;
    world.keep("social worker", made["socialWorker"].clone());
    let mut sun = account_of(world, "sun", &[Role::SocialWorker])?;
    sun.actor.social_worker_id = Some(uuid_of(&world.id("social worker")?)?);
    world.desk().register(vec![sun])?;

    // A second one: an assessment takes two.
    let made = world
        .act(
            "civil",
            "registerSocialWorker",
            json!({
                "residentId": world.id("chen")?, "source": "QUALIFIED", "grade": "ASSISTANT",
                "certificateNo": "SW2301032021002", "registeredFrom": registered,
                "communityIds": [world.id("community")?],
            }),
            "socialWorker { id }",
        )
        .await?;
    world.keep("second social worker", made["socialWorker"].clone());

    let made = world
        .act(
            "zhao",
            "registerVolunteer",
            json!({
                "residentId": world.id("zhao")?, "skills": ["送餐", "陪伴"],
                "insuredUntil": format!("{}-12-31", year + 4),
            }),
            "volunteer { id }",
        )
        .await?;
    world.keep("volunteer", made["volunteer"].clone());
    world
        .act(
            "staff",
            "trainVolunteer",
            json!({
                "volunteerId": world.id("volunteer")?, "topic": "入户服务与应急", "on": format!("{}-10-20", year - 1),
            }),
            "volunteer { id }",
        )
        .await?;
    let mut zhao = account_of(world, "zhao", &[Role::Volunteer])?;
    zhao.actor.volunteer_id = Some(uuid_of(&world.id("volunteer")?)?);
    world.desk().register(vec![zhao])
}

fn account_of(world: &World, name: &str, also: &[Role]) -> Result<kit::auth::Account> {
    let person = RESIDENTS
        .iter()
        .find(|person| person.account == name)
        .ok_or_else(|| anyhow::anyhow!("nobody is called {name}"))?;
    person.account(uuid_of(&world.id(name)?)?, also)
}
