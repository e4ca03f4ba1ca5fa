//! Plans that were made, and which of them are worth making again for a new
//! supergraph.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{Fit, Prepared, make};
use crate::{config::Config, error::Rejection, supergraph::Generation};

/// What an entry takes beside the texts: its share of the maps, the steps.
const FIXED_BYTES: usize = 512;

/// Document, operation name, and what else the plan is made for: the whole
/// texts, so that no two documents or rights can ever share a plan.
pub type PlanKey = (Arc<str>, Option<Arc<str>>, Option<Arc<str>>);

/// Plans by document, operation name, conditions and rights. Of the variables
/// only those in `@skip` and `@include` are part of a plan: planned for their
/// values it asks no more than needed, and the planner is sure of its way.
#[derive(Debug)]
pub struct PlanCache(moka::sync::Cache<PlanKey, Arc<Prepared>>);

impl PlanCache {
    /// Keeps plans of at most `bytes`, the documents they were made of
    /// included.
    pub fn new(bytes: u64) -> Self {
        let cache = moka::sync::Cache::builder()
            .max_capacity(bytes)
            .weigher(|(document, _, fit): &PlanKey, prepared: &Arc<Prepared>| {
                let fit = fit.as_ref().map_or(0, |fit| fit.len());
                let bytes = document.len() + fit + prepared.bytes() + FIXED_BYTES;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        Self(cache)
    }

    pub fn len(&self) -> u64 {
        self.0.run_pending_tasks();
        self.0.entry_count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that the plans are taken to need.
    pub fn bytes(&self) -> u64 {
        self.0.run_pending_tasks();
        self.0.weighted_size()
    }

    /// Whether there is a plan of the document.
    pub fn contains(&self, document: &str, operation_name: Option<&str>) -> bool {
        let key = (document.into(), operation_name.map(Into::into), None);
        self.0.contains_key(&key)
    }

    pub(super) fn get(&self, key: &PlanKey) -> Option<Arc<Prepared>> {
        let known = self.0.get(key)?;
        known.used();
        Some(known)
    }

    /// Finds or makes a plan; those who want the same one wait for one maker.
    pub(super) fn get_or_make(
        &self,
        key: &PlanKey,
        make: impl FnOnce() -> Result<Prepared, Rejection>,
    ) -> Result<Arc<Prepared>, Arc<Rejection>> {
        self.0.try_get_with(key.clone(), || make().map(Arc::new))
    }

    /// The operations used most, the first one most.
    fn most_used(&self, count: usize) -> Vec<(u64, PlanKey, Option<Fit>)> {
        let mut all: Vec<_> = self
            .0
            .iter()
            // What callers are denied is decided anew for a new graph.
            .filter(|(_, prepared)| prepared.denied.is_none())
            .map(|(key, prepared)| (prepared.uses(), (*key).clone(), prepared.fit.clone()))
            .collect();
        all.sort_by_key(|(uses, ..)| std::cmp::Reverse(*uses));
        all.truncate(count);
        all
    }
}

/// Makes the plans of the operations in use for a generation that is about to
/// be swapped in. What the new graph no longer allows is counted and left out.
pub fn warm(new: &Generation, old: &Generation, config: &Config) {
    let begun = Instant::now();
    let limit: Duration = config.traffic.warm();
    let (mut made, mut refused) = (0_u32, 0_u32);
    for (uses, key, fit) in old.plans.most_used(config.traffic.warm_plans) {
        if begun.elapsed() >= limit {
            tracing::warn!(?limit, "not all plans in use were made before the swap");
            break;
        }
        match make(new, &key, &config.limits, fit.as_ref()) {
            Ok(prepared) => {
                // Half of it counts on, so that use of long ago fades.
                prepared.uses.store(uses / 2, Ordering::Relaxed);
                made += 1;
            }
            Err(_) => refused += 1,
        }
    }
    metrics::gauge!("gateway.plans.warmed").set(f64::from(made));
    metrics::gauge!("gateway.plans.refused").set(f64::from(refused));
    if refused > 0 {
        tracing::warn!(refused, "operations in use are no longer possible");
    }
    tracing::info!(made, refused, elapsed = ?begun.elapsed(), "plans were made before the swap");
}
