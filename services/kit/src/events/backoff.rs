//! How long a failed piece of work waits before it is tried again.

use chrono::TimeDelta;

/// Doubling waits with an upper end, and a number of attempts.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first: TimeDelta,
    /// No wait is longer.
    pub longest: TimeDelta,
    /// Attempts in all; after the last failure the work is put aside.
    pub attempts: i32,
}

impl Default for Backoff {
    /// Ten attempts over about a quarter of an hour: a peer that restarts or a
    /// deploy that rolls is over by then.
    fn default() -> Self {
        Self {
            first: TimeDelta::seconds(1),
            longest: TimeDelta::minutes(5),
            attempts: 10,
        }
    }
}

impl Backoff {
    /// The wait after the `attempt`th failure, counted from 1.
    pub fn wait(&self, attempt: i32) -> TimeDelta {
        let doublings = u32::try_from(attempt.clamp(1, 31) - 1).unwrap_or_default();
        self.first
            .checked_mul(1 << doublings)
            .map_or(self.longest, |wait| wait.min(self.longest))
    }

    /// Whether the `attempt`th failure was the last that is allowed.
    pub fn is_spent(&self, attempt: i32) -> bool {
        attempt >= self.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_until_the_longest_wait() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(1), TimeDelta::seconds(1));
        assert_eq!(backoff.wait(4), TimeDelta::seconds(8));
        assert_eq!(backoff.wait(10), TimeDelta::minutes(5));
        assert_eq!(backoff.wait(i32::MAX), TimeDelta::minutes(5));
    }

    #[test]
    fn allows_as_many_attempts_as_it_says() {
        let backoff = Backoff {
            attempts: 3,
            ..Backoff::default()
        };
        assert!(!backoff.is_spent(2));
        assert!(backoff.is_spent(3));
    }
}
