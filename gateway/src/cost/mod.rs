//! What an operation costs, estimated before anybody works for it.
//!
//! The schema says what things weigh (`@cost`) and how long lists get
//! (`@listSize`), the settings say it for the rest. A [`Model`] is read from
//! the supergraph once, a [`Formula`] is made of each planned operation once,
//! and each request puts its variables in.

mod formula;
mod graphs;
mod model;
mod size;

use kernel::{Refusal, refuse};

pub use self::{formula::Formula, model::Model};
use crate::{config, error::Rejection};

/// The price of an operation, and what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub estimated: u64,
    pub maximum: u64,
}

impl Price {
    /// Refuses what is too expensive, with both numbers for programs too.
    pub fn check(self) -> Result<(), Rejection> {
        let Self { estimated, maximum } = self;
        if estimated <= maximum {
            return Ok(());
        }
        Err(self.told(refuse!(Invalid, "LIMIT_EXCEEDED", field: "cost",
            zh: "查询超出限制 cost:最多 {maximum},估计 {estimated};请减少列表长度或字段",
            en: "the query exceeds the limit cost: at most {maximum}, estimated {estimated}; ask for shorter lists or fewer fields")))
    }

    fn told(self, refusal: Refusal) -> Rejection {
        let mut rejection = Rejection::from(refusal);
        for error in &mut rejection.errors {
            let extensions = &mut error.extensions;
            extensions.insert("estimated".to_owned(), self.estimated.into());
            extensions.insert("maximum".to_owned(), self.maximum.into());
        }
        rejection
    }

    pub fn new(estimated: u64, settings: &config::Cost) -> Self {
        Self {
            estimated,
            maximum: settings.max,
        }
    }
}
