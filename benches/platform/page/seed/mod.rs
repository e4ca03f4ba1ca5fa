//! The tenders of the page, made as people make them: everything through the
//! graph, from the need of a resident to the published award.

mod buy;
mod decide;
mod places;

use anyhow::Result;
use kernel::GlobalId;
use serde_json::Value;

use super::{TENDERS, hands::Hands};
use crate::tell;

/// Makes everything.
pub async fn seed(hands: &Hands) -> Result<()> {
    let mut world = hands.world();
    sanshe::demo::seed::seed(&mut world).await?;
    tell("page: communities and their residents …");
    let places = places::open(hands).await?;
    tell("page: needs, proposals, votes …");
    let wishes = (0..TENDERS)
        .map(|at| places[at % places.len()].clone())
        .collect();
    let needs = decide::decide(hands, wishes).await?;
    tell("page: tenders, sealed bids, panels, awards …");
    buy::buy(hands, &world, needs).await
}

/// The UUID inside a global id.
fn uuid_of(id: &Value) -> Result<uuid::Uuid> {
    Ok(GlobalId::decode(id.as_str().unwrap_or_default())?
        .id
        .parse()?)
}
