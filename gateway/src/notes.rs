//! What the stages leave for the answer to tell.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    authenticate::Identity,
    cache::{Hint, Scope},
    cost::Price,
};

/// Shared by the clones of one request's context.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    retry_after: OnceLock<u64>,
    price: OnceLock<Price>,
    identity: OnceLock<Identity>,
    keeping: Mutex<Keeping>,
    personal: AtomicBool,
}

/// Whether the answer may be kept by whoever gets it.
#[derive(Clone, Copy, Debug, Default)]
enum Keeping {
    /// Nothing was asked.
    #[default]
    Unknown,
    Allowed(Hint),
    Forbidden,
}

impl Notes {
    /// After so many seconds another attempt may succeed.
    pub fn retry_after(&self, seconds: u64) {
        // The first to refuse is the one that is told.
        let _ = self.0.retry_after.set(seconds);
    }

    pub fn seconds(&self) -> Option<u64> {
        self.0.retry_after.get().copied()
    }

    /// What the operation was estimated to cost.
    pub fn priced(&self, price: Price) {
        let _ = self.0.price.set(price);
    }

    pub fn price(&self) -> Option<Price> {
        self.0.price.get().copied()
    }

    /// Who calls, where a token was checked.
    pub fn identified(&self, identity: &Identity) {
        let _ = self.0.identity.set(identity.clone());
    }

    pub fn identity(&self) -> Option<&Identity> {
        self.0.identity.get()
    }

    /// A subgraph was asked, and this is what it said of keeping its answer.
    pub fn keepable(&self, hint: Option<Hint>) {
        let mut keeping = self
            .0
            .keeping
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *keeping = match (*keeping, hint) {
            (Keeping::Forbidden, _) | (_, None) => Keeping::Forbidden,
            (Keeping::Unknown, Some(hint)) => Keeping::Allowed(hint),
            (Keeping::Allowed(known), Some(hint)) => Keeping::Allowed(known.and(hint)),
        };
    }

    /// What the answer holds depends on who calls.
    pub fn personal(&self) {
        self.0.personal.store(true, Ordering::Relaxed);
    }

    /// The strictest of all that was said; None where nobody may keep it.
    pub fn kept(&self) -> Option<Hint> {
        let keeping = self
            .0
            .keeping
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Keeping::Allowed(mut hint) = *keeping else {
            return None;
        };
        if self.0.personal.load(Ordering::Relaxed) {
            hint.scope = Scope::Private;
        }
        (hint.max_age >= Duration::from_secs(1)).then_some(hint)
    }
}
