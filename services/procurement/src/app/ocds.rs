//! Releases of the Open Contracting Data Standard: only what everybody may read.

use std::collections::HashMap;

use kernel::keys::TenderId;

use crate::{domain::ocds::Sources, error::Result, state::State, store};

/// The releases of published tenders, as JSON text.
pub async fn load_many(state: &State, ids: &[TenderId]) -> Result<HashMap<TenderId, String>> {
    let mut conn = state.core.db.read().await?;
    let tenders = store::tender::load_many(&mut conn, ids).await?;
    let mut criteria = store::criterion::load_many(&mut conn, ids).await?;
    let mut bids = store::bid::load_many(&mut conn, ids).await?;
    let mut awards = store::award::load_many(&mut conn, ids).await?;
    let mut contracts = store::contract::load_many_by_tender(&mut conn, ids).await?;
    let signed: Vec<_> = contracts.values().map(|one| one.id).collect();
    let mut milestones = store::milestone::load_many_by_contract(&mut conn, &signed).await?;
    let mut payments = store::payment::load_many_by_contract(&mut conn, &signed).await?;
    let mut releases = HashMap::new();
    for (id, tender) in tenders {
        if tender.published_at.is_none() {
            continue;
        }
        let contract = contracts.remove(&id);
        let under = contract.as_ref().map(|one| one.id);
        // Before the opening ends nobody learns who bid.
        let open = tender.state.is_opened() && tender.opened_at.is_some();
        let sources = Sources {
            criteria: criteria.remove(&id).unwrap_or_default(),
            bids: bids.remove(&id).filter(|_| open).unwrap_or_default(),
            award: awards.remove(&id).filter(|one| one.publicity.is_some()),
            milestones: under
                .and_then(|id| milestones.remove(&id))
                .unwrap_or_default(),
            payments: under
                .and_then(|id| payments.remove(&id))
                .unwrap_or_default(),
            contract,
            tender,
        };
        releases.insert(id, sources.release().to_string());
    }
    Ok(releases)
}
