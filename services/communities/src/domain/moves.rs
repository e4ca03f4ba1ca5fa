//! States that move only as a table says; the database holds the same table
//! (`state_moves`), and a test compares the two.

use std::fmt;

use kernel::Refusal;

/// The states of one noun.
pub trait Moves: Copy + PartialEq + fmt::Display + 'static {
    /// The noun, as in `state_moves`.
    const NOUN: &'static str;
    /// The reason of a refused move.
    const REASON: &'static str;
    /// The first state, or any of several.
    const FIRST: &'static [Self];
    /// Every legal move.
    const MOVES: &'static [(Self, Self)];

    /// The next state, where the move is legal.
    fn to(self, next: Self) -> Result<Self, Refusal> {
        if Self::MOVES.contains(&(self, next)) {
            return Ok(next);
        }
        Err(Refusal::refused(
            Self::REASON,
            format!("当前状态为 {self},不能变为 {next}"),
            format!("it is {self} and cannot become {next}"),
        ))
    }
}

/// Every row of `state_moves` that a noun has.
pub fn rows<S: Moves>() -> Vec<(String, String, String)> {
    let noun = || S::NOUN.to_owned();
    let first = S::FIRST
        .iter()
        .map(|state| (noun(), String::new(), state.to_string()));
    let later = S::MOVES
        .iter()
        .map(|(from, next)| (noun(), from.to_string(), next.to_string()));
    first.chain(later).collect()
}

/// Declares the moves of a noun: `moves!(NeedState, "need", "NEED_STATE",
/// [Reported], [Reported => Verified, …])`.
macro_rules! moves {
    ($state:ident, $noun:literal, $reason:literal, [$($first:ident),+],
     [$($from:ident => $next:ident),* $(,)?]) => {
        impl $crate::domain::moves::Moves for $state {
            const NOUN: &'static str = $noun;
            const REASON: &'static str = $reason;
            const FIRST: &'static [Self] = &[$(Self::$first),+];
            const MOVES: &'static [(Self, Self)] = &[$((Self::$from, Self::$next)),*];
        }
    };
}
pub(crate) use moves;

/// Something that has happened to a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub state: String,
    pub at: chrono::DateTime<chrono::Utc>,
}
