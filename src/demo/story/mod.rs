//! The linkage story: a resident's need becomes a decision, a purchase, visits
//! at home, credits earned and spent, a payment, and the resident's rating.
//! Every illegal shortcut is tried on the way and has to be refused with its
//! reason.

pub mod award;
pub mod bid;
pub mod buy;
pub mod decide;
mod pay;
pub mod rate;
mod report;
mod serve;

use anyhow::Result;

use super::world::World;

/// Plays the whole story in a world that was seeded.
pub async fn play(world: &mut World) -> Result<()> {
    decide::need(world).await?;
    decide::proposal(world).await?;
    decide::vote(world).await?;
    decide::projectise(world).await?;
    buy::prepare(world).await?;
    buy::tender(world).await?;
    bid::too_few(world).await?;
    bid::bid(world).await?;
    award::award(world).await?;
    serve::assess(world).await?;
    serve::visits(world).await?;
    pay::pay(world).await?;
    report::report(world).await?;
    rate::rate(world).await
}
