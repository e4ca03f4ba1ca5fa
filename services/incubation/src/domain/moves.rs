//! States that move only as a table says; the database holds the same table
//! (`state_transitions`), and a test compares the two.

use std::fmt;

use chrono::{DateTime, Utc};
use kernel::{Refusal, refuse};

/// The states of one noun.
pub trait Moves: Copy + PartialEq + fmt::Display + 'static {
    /// The noun, as in `state_transitions`.
    const NOUN: &'static str;
    /// Every legal move.
    const MOVES: &'static [(Self, Self)];

    /// The next state, where the move is legal.
    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(refuse!(
            Refused,
            "STATE_MOVE",
            zh: "当前状态为 {self},不能变为 {next}",
            en: "it is {self} and cannot become {next}",
        ))
    }
}

/// Every row of `state_transitions` that a noun has.
pub fn rows<S: Moves>() -> Vec<(String, String, String)> {
    let row = |(from, to): &(S, S)| (S::NOUN.to_owned(), from.to_string(), to.to_string());
    S::MOVES.iter().map(row).collect()
}

/// Declares the moves of a noun: `moves!(CentreState, "incubation_centre",
/// [Planned => Open, …])`.
macro_rules! moves {
    ($state:ident, $noun:literal, [$($from:ident => $next:ident),* $(,)?]) => {
        impl $crate::domain::moves::Moves for $state {
            const NOUN: &'static str = $noun;
            const MOVES: &'static [(Self, Self)] = &[$((Self::$from, Self::$next)),*];
        }
    };
}
pub(crate) use moves;

/// A move that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    pub from: String,
    pub to: String,
    pub reason: Option<String>,
    pub by: String,
    pub at: DateTime<Utc>,
}
