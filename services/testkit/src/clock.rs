//! The instant at which tests begin.

use chrono::{DateTime, TimeZone, Utc};
use kernel::FrozenClock;

/// Monday 2 March 2026, 09:00 in China: a working day, with no holiday near.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 1, 0, 0)
        .single()
        .expect("a fixed instant exists once")
}

/// A clock that stands at [`start`] and moves only when told.
pub fn frozen_clock() -> FrozenClock {
    FrozenClock::at(start())
}
