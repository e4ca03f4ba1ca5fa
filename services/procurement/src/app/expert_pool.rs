//! 抽取名单: fixed with the notice; who is on it is told with the result.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::{ExpertId, TenderId};
use kit::{auth::Caller, db::Tx};

use super::{expert, panel, tender};
use crate::{
    domain::{expert::Expert, expert_pool::ExpertPool, tender::Tender},
    error::Result,
    state::State,
    store,
};

/// Fixes whom the draw of a tender may take.
pub(super) async fn freeze(tx: &mut Tx, of: &Tender, now: DateTime<Utc>) -> Result<ExpertPool> {
    let rules = panel::rules(tx, of, now).await?;
    let registered = store::expert::registered(tx).await?;
    let pool = ExpertPool::freeze(of.id, &registered, rules.fewest_experts(of.budget), now)?;
    store::expert_pool::insert(tx, &pool).await?;
    Ok(pool)
}

/// What a caller may see of a list.
#[derive(Clone, Debug)]
pub struct Seen {
    pub pool: ExpertPool,
    /// Who is on it, once the result is published, or for those who draw.
    pub experts: Option<Vec<Expert>>,
}

/// The lists of tenders, as far as the caller may see them.
pub async fn load_many(
    state: &State,
    caller: &Caller,
    ids: &[TenderId],
) -> Result<HashMap<TenderId, Seen>> {
    let (tenders, pools) = {
        let mut conn = state.core.db.read().await?;
        let tenders = store::tender::load_many(&mut conn, ids).await?;
        (
            tenders,
            store::expert_pool::load_many(&mut conn, ids).await?,
        )
    };
    let open = |id: &TenderId| {
        tenders
            .get(id)
            .is_some_and(|of| tender::shows_people(state, caller, of))
    };
    let shown: Vec<ExpertId> = pools
        .iter()
        .filter(|(id, _)| open(id))
        .flat_map(|(_, pool)| pool.experts.iter().copied())
        .collect();
    let experts = expert::load_many(state, caller, &shown).await?;
    let seen = pools.into_iter().map(|(id, pool)| {
        let known = |one: &ExpertId| experts.get(one).cloned();
        let experts = open(&id).then(|| pool.experts.iter().filter_map(known).collect());
        (id, Seen { pool, experts })
    });
    Ok(seen.collect())
}
