//! The token bucket.

use std::time::{Duration, Instant};

use crate::config::Allowance;

/// How much one caller has left.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub fn full(allowance: Allowance, now: Instant) -> Self {
        Self {
            tokens: allowance.burst.into(),
            filled: now,
        }
    }

    /// Takes a token, or says when there will be one.
    pub fn take(&mut self, allowance: Allowance, now: Instant) -> Result<(), Duration> {
        let per_second = allowance.per_second;
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = self.filled.max(now);
        self.tokens = elapsed
            .mul_add(per_second, self.tokens)
            .min(allowance.burst.into());
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / per_second))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FEW: Allowance = Allowance {
        per_second: 2.0,
        burst: 3,
    };

    #[test]
    fn gives_the_burst_then_what_becomes_free() {
        let start = Instant::now();
        let mut bucket = Bucket::full(FEW, start);
        for _ in 0..3 {
            assert_eq!(bucket.take(FEW, start), Ok(()));
        }
        assert_eq!(bucket.take(FEW, start), Err(Duration::from_millis(500)));
        let later = start + Duration::from_millis(500);
        assert_eq!(bucket.take(FEW, later), Ok(()));
        assert!(bucket.take(FEW, later).is_err());
        // Never more than the burst, however long nobody came.
        let much_later = start + Duration::from_hours(1);
        let taken = (0..10).filter(|_| bucket.take(FEW, much_later).is_ok());
        assert_eq!(taken.count(), 3);
    }

    proptest! {
        #[test]
        fn never_gives_more_than_burst_and_rate(
            per_second in 0.1_f64..50.0,
            burst in 1_u32..50,
            gaps in proptest::collection::vec(0_u64..500, 1..200),
        ) {
            let allowance = Allowance { per_second, burst };
            let start = Instant::now();
            let mut bucket = Bucket::full(allowance, start);
            let (mut at, mut given) = (start, 0_u32);
            for gap in gaps {
                at += Duration::from_millis(gap);
                given += u32::from(bucket.take(allowance, at).is_ok());
                let most = (at - start).as_secs_f64().mul_add(per_second, burst.into());
                prop_assert!(f64::from(given) <= most + 1e-6, "{given} > {most}");
            }
        }
    }
}
