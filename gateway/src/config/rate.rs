//! How often one caller may come.

use serde::Deserialize;

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Requests that become free each second; a tenth is one in ten seconds.
    pub per_second: f64,
    /// Requests that may come at once.
    pub burst: u32,
}

/// Rate limits. Where an allowance is not set its default holds, and callers on
/// the same machine go free; where it is set it holds for everyone.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rate {
    pub enabled: bool,
    /// By who calls: the subject of the token.
    pub identity: Option<Allowance>,
    /// By where the call comes from.
    pub address: Option<Allowance>,
    /// Callers that are remembered in memory.
    pub callers: u64,
}

impl Rate {
    /// What one identity gets.
    pub const IDENTITY: Allowance = Allowance {
        per_second: 500.0,
        burst: 2_000,
    };

    /// What one address gets: offices and villages share one.
    pub const ADDRESS: Allowance = Allowance {
        per_second: 2_000.0,
        burst: 10_000,
    };
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            enabled: true,
            identity: None,
            address: None,
            callers: 100_000,
        }
    }
}
