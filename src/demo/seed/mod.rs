//! The demonstration city block: one community with its people, all made
//! through the graph and marked as demonstration data.

mod elders;
mod experts;
mod organizations;
pub mod show;
mod workers;

use std::{io::ErrorKind, path::Path};

use anyhow::{Context as _, Result};
use kernel::GlobalId;
use kit::auth::Account;
use serde_json::{Value, json};

use super::{
    people::{COMMUNITY, GRID, OFFICIALS, RESIDENTS},
    world::World,
};

/// What says that the showcase is whole.
const SHOWN: &str = "shown";

/// Makes the demonstration where this platform has none, and otherwise takes
/// the one it has: `dev` and `demo` share it through a file beside its data.
pub async fn ensure(world: &mut World, data: &Path) -> Result<()> {
    let path = data.join("demonstration.json");
    match std::fs::read(&path) {
        Ok(made) => {
            let made = serde_json::from_slice(&made)
                .with_context(|| format!("{} is damaged", path.display()))?;
            world.recall(made);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Always the same keys: an attempt that was cut off is taken up again.
            world.begin("demo");
            seed(world).await?;
            write(world, &path)?;
        }
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    }
    // One that an earlier release made has its people alone.
    if world.made(SHOWN).is_err() {
        world.begin("demo-show");
        // Its day is kept before anything stands on it.
        world.day().await?;
        write(world, &path)?;
        show::seed(world).await?;
        world.keep(SHOWN, json!(true));
        write(world, &path)?;
    }
    Ok(())
}

fn write(world: &World, path: &Path) -> Result<()> {
    std::fs::write(path, serde_json::to_vec_pretty(world.all())?)
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Registers the community, its grid and its people.
pub async fn seed(world: &mut World) -> Result<()> {
    world.tell("〇 示范社区与居民 / the demonstration community and its people");
    let officials: Vec<Account> = OFFICIALS
        .iter()
        .map(super::people::Official::account)
        .collect::<Result<_>>()?;
    world.desk().register(officials)?;

    world
        .act(
            "admin",
            "createDemoDivision",
            json!({ "code": COMMUNITY, "name": "幸福社区" }),
            "division { code }",
        )
        .await?;
    let made = world
        .act(
            "civil",
            "registerCommunity",
            json!({
                "divisionCode": COMMUNITY, "name": "幸福社区", "kind": "RESIDENTS", "households": 1260,
                "population": 3105, "serviceAreaM2": 1200, "demo": true,
            }),
            "community { id name }",
        )
        .await?;
    world.keep("community", made["community"].clone());
    world
        .act(
            "civil",
            "registerGrid",
            json!({ "code": GRID, "name": "幸福社区第一网格", "kind": "RESIDENTIAL" }),
            "grid { id }",
        )
        .await?;
    for (at, person) in RESIDENTS.iter().enumerate() {
        let made = world
            .act(
                "staff",
                "registerResident",
                json!({
                    "name": person.name, "citizenId": person.citizen_id(at)?.expose(),
                    "phone": format!("1380000{at:04}"), "communityCode": COMMUNITY, "gridCode": GRID,
                    "demo": true,
                }),
                "resident { id }",
            )
            .await?;
        let resident = made["resident"].clone();
        world
            .act(
                "staff",
                "verifyResident",
                json!({ "residentId": resident["id"], "method": "ID_CARD" }),
                "resident { verified }",
            )
            .await?;
        world
            .desk()
            .register(vec![person.account(uuid_of(&resident["id"])?, &[])?])?;
        world.keep(person.account, resident);
    }
    organizations::seed(world).await?;
    workers::seed(world).await?;
    elders::seed(world).await?;
    experts::seed(world).await
}

/// The UUID inside a global id: accounts of the login carry it.
pub fn uuid_of(id: &Value) -> Result<uuid::Uuid> {
    let id = id.as_str().context("an id is a text")?;
    Ok(GlobalId::decode(id)?.id.parse()?)
}
