//! What the stages leave for the answer to tell.

use std::sync::{Arc, OnceLock};

use crate::cost::Price;

/// Shared by the clones of one request's context.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    retry_after: OnceLock<u64>,
    price: OnceLock<Price>,
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
}
