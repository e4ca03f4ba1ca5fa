//! The maker of ids.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use crate::SharedClock;

/// Makes UUIDs of version 7 from the injected clock and its own randomness: they sort by time,
/// and strictly so within one maker, even inside one millisecond or when the clock steps back.
pub struct Ids {
    clock: SharedClock,
    state: Mutex<State>,
}

struct State {
    rng: StdRng,
    millis: u64,
    /// The 74 bits below the version and variant marks.
    tail: u128,
}

const TAIL_BITS: u32 = 74;

impl Ids {
    pub fn new(clock: SharedClock) -> Self {
        Self::with_rng(clock, StdRng::from_os_rng())
    }

    /// Repeatable ids, for tests.
    pub fn seeded(clock: SharedClock, seed: u64) -> Self {
        Self::with_rng(clock, StdRng::seed_from_u64(seed))
    }

    fn with_rng(clock: SharedClock, rng: StdRng) -> Self {
        Self {
            clock,
            state: Mutex::new(State {
                rng,
                millis: 0,
                tail: 0,
            }),
        }
    }

    pub fn next(&self) -> Uuid {
        let now = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or(0);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now > state.millis {
            state.millis = now;
            state.tail = state.rng.random::<u128>() >> (128 - TAIL_BITS);
        } else {
            // A random step keeps the next id unguessable while it still sorts after this one.
            state.tail += u128::from(state.rng.random_range(1..=u32::MAX));
            if state.tail >> TAIL_BITS != 0 {
                state.millis += 1;
                state.tail = state.rng.random::<u128>() >> (128 - TAIL_BITS);
            }
        }
        let (high, low) = (state.tail >> 62, state.tail & ((1 << 62) - 1));
        let millis = u128::from(state.millis & ((1 << 48) - 1));
        Uuid::from_u128(millis << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low)
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FrozenClock;

    #[test]
    fn a_full_tail_moves_on_to_the_next_millisecond() {
        let clock = FrozenClock::at("2026-03-01T00:00:00Z".parse().unwrap());
        let ids = Ids::seeded(clock.shared(), 7);
        let before = ids.next();
        ids.state.lock().unwrap().tail = (1 << TAIL_BITS) - 1;
        let after = ids.next();
        assert!(after > before);
        assert_eq!(
            (after.get_version_num(), after.get_variant()),
            (7, uuid::Variant::RFC4122)
        );
    }
}
