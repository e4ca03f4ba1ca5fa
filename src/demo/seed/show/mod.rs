//! What a newcomer finds in each service beyond the people: made by those whose
//! office it is, through the graph, with dates around the day it was made.

mod care;
pub mod catalogue;
pub mod centre;
mod goal;
mod list;
pub mod pilot;
mod study;
pub mod venture;
mod work;

use anyhow::Result;

use crate::demo::world::World;

/// Makes all of it in a world that has its people; parts that do not build on
/// each other at the same time.
pub async fn seed(world: &mut World) -> Result<()> {
    world.tell("〇 各项服务的示范数据 / what each service has to show");
    world.day().await?;
    let mut parts = ["community", "organizations", "services"].map(|part| world.beside(part));
    let [community, organizations, services] = &mut parts;
    tokio::try_join!(
        async {
            pilot::seed(community).await?;
            study::seed(community).await?;
            list::seed(community).await
        },
        async {
            centre::seed(organizations).await?;
            venture::seed(organizations).await
        },
        async {
            work::seed(services).await?;
            care::seed(services).await?;
            catalogue::seed(services).await?;
            goal::seed(services).await
        },
    )?;
    for part in &parts {
        world.recall(part.all().clone());
    }
    Ok(())
}
