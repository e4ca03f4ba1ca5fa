//! The retry budget of one subgraph: a token bucket that reads fill and retries
//! empty, so that retries never multiply the load on a subgraph in trouble.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::config::Retry;

/// Thousandths of a retry: the bucket counts in whole numbers.
const TOKEN: u64 = 1_000;

#[derive(Debug)]
struct Bucket {
    tokens: u64,
    filled_at: Instant,
}

/// A budget.
#[derive(Debug)]
pub struct Budget {
    settings: Retry,
    bucket: Mutex<Bucket>,
}

impl Budget {
    pub fn new(settings: Retry, now: Instant) -> Self {
        let bucket = Bucket {
            tokens: u64::from(settings.burst) * TOKEN,
            filled_at: now,
        };
        Self {
            settings,
            bucket: Mutex::new(bucket),
        }
    }

    /// A read was asked.
    pub fn deposit(&self) {
        let earned = u64::from(self.settings.percent) * TOKEN / 100;
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.tokens = self.capped(bucket.tokens.saturating_add(earned));
    }

    /// Whether one retry may be made now.
    pub fn withdraw(&self, now: Instant) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = now.saturating_duration_since(bucket.filled_at).as_millis();
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
        // A thousandth per millisecond is one per second.
        let earned = elapsed.saturating_mul(u64::from(self.settings.floor_per_second));
        bucket.tokens = self.capped(bucket.tokens.saturating_add(earned));
        bucket.filled_at = now;
        if bucket.tokens < TOKEN {
            return false;
        }
        bucket.tokens -= TOKEN;
        true
    }

    fn capped(&self, tokens: u64) -> u64 {
        tokens.min(u64::from(self.settings.burst) * TOKEN)
    }

    /// How long to wait before retry number `attempt` (from 0). `random` gives
    /// 32 random bits.
    pub fn wait(&self, attempt: u32, random: u32) -> Duration {
        let span = self
            .settings
            .wait_millis
            .saturating_mul(1 << attempt.min(10));
        let micros = u128::from(span) * 1_000 * u128::from(random) / u128::from(u32::MAX);
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(now: Instant) -> Budget {
        let settings = Retry {
            retries: 1,
            percent: 10,
            floor_per_second: 2,
            burst: 3,
            wait_millis: 40,
        };
        Budget::new(settings, now)
    }

    fn drained(now: Instant) -> Budget {
        let budget = budget(now);
        let taken = (0..10).filter(|_| budget.withdraw(now)).count();
        assert_eq!(taken, 3, "a new budget holds its burst and no more");
        budget
    }

    #[test]
    fn ten_reads_pay_for_one_retry() {
        let now = Instant::now();
        let budget = drained(now);
        for _ in 0..9 {
            budget.deposit();
        }
        assert!(!budget.withdraw(now));
        budget.deposit();
        assert!(budget.withdraw(now));
        assert!(!budget.withdraw(now));
    }

    #[test]
    fn the_floor_pays_where_there_are_few_reads() {
        let now = Instant::now();
        let budget = drained(now);
        assert!(!budget.withdraw(now + Duration::from_millis(499)));
        assert!(budget.withdraw(now + Duration::from_millis(999)));
    }

    #[test]
    fn no_more_is_saved_than_the_burst() {
        let now = Instant::now();
        let budget = drained(now);
        for _ in 0..10_000 {
            budget.deposit();
        }
        let later = now + Duration::from_hours(1);
        assert_eq!((0..10).filter(|_| budget.withdraw(later)).count(), 3);
    }

    #[test]
    fn waits_are_drawn_from_a_span_that_doubles() {
        let budget = budget(Instant::now());
        assert_eq!(budget.wait(0, 0), Duration::ZERO);
        assert_eq!(budget.wait(0, u32::MAX), Duration::from_millis(40));
        assert_eq!(budget.wait(2, u32::MAX), Duration::from_millis(160));
        let half = budget.wait(0, u32::MAX / 2);
        assert!(half > Duration::from_millis(19) && half < Duration::from_millis(21));
    }
}
