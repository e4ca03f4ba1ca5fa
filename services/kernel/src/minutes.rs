//! Time worked and time credits, in whole minutes, checked.

use std::borrow::Cow;
use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{Fault, Kind, Lang};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the number of minutes is too large to count")]
    Overflow,
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        "MINUTES_OVERFLOW"
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        lang.pick(
            "分钟数超出可计算范围",
            "the number of minutes is too large to count",
        )
        .into()
    }
}

/// A number of minutes (分钟).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Minutes(i64);

impl Minutes {
    pub const ZERO: Self = Self(0);

    pub const fn new(minutes: i64) -> Self {
        Self(minutes)
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    pub const fn from_hours(hours: i64) -> Result<Self, Error> {
        match hours.checked_mul(60) {
            Some(minutes) => Ok(Self(minutes)),
            None => Err(Error::Overflow),
        }
    }

    /// The whole minutes of a span; a begun minute does not count.
    pub const fn whole_of(span: TimeDelta) -> Self {
        Self(span.num_minutes())
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub fn checked_add(self, other: Self) -> Result<Self, Error> {
        self.0.checked_add(other.0).map(Self).ok_or(Error::Overflow)
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, Error> {
        self.0.checked_sub(other.0).map(Self).ok_or(Error::Overflow)
    }

    pub fn times(self, quantity: i64) -> Result<Self, Error> {
        self.0
            .checked_mul(quantity)
            .map(Self)
            .ok_or(Error::Overflow)
    }

    pub fn negated(self) -> Result<Self, Error> {
        self.0.checked_neg().map(Self).ok_or(Error::Overflow)
    }

    pub fn sum(minutes: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        // Summed wide, so that the order of the terms never decides whether it fits.
        let sum: i128 = minutes.into_iter().map(|m| i128::from(m.0)).sum();
        i64::try_from(sum).map(Self).map_err(|_| Error::Overflow)
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minutes = self.0.unsigned_abs();
        write!(f, "{sign}{}h{:02}m", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shows_hours_and_minutes() {
        for (minutes, text) in [(0, "0h00m"), (5, "0h05m"), (125, "2h05m"), (-61, "-1h01m")] {
            assert_eq!(Minutes::new(minutes).to_string(), text);
        }
        assert!(Minutes::new(i64::MIN).to_string().starts_with('-'));
    }

    #[test]
    fn a_begun_minute_does_not_count() {
        assert_eq!(Minutes::whole_of(TimeDelta::seconds(119)), Minutes::new(1));
        assert_eq!(Minutes::whole_of(TimeDelta::seconds(59)), Minutes::ZERO);
    }

    #[test]
    fn overflow_is_an_error_everywhere() {
        let max = Minutes::new(i64::MAX);
        assert!(max.checked_add(Minutes::new(1)).is_err());
        assert!(Minutes::new(i64::MIN).checked_sub(Minutes::new(1)).is_err());
        assert!(Minutes::new(i64::MIN).negated().is_err());
        assert!(max.times(2).is_err());
        assert!(Minutes::from_hours(i64::MAX).is_err());
        assert_eq!(
            Minutes::sum([max, Minutes::new(1), Minutes::new(-1)]),
            Ok(max)
        );
    }

    #[test]
    fn is_an_integer_in_json() {
        assert_eq!(serde_json::to_string(&Minutes::new(90)).unwrap(), "90");
        assert!(serde_json::from_str::<Minutes>("1.5").is_err());
    }

    proptest! {
        #[test]
        fn subtracting_undoes_adding(a in any::<i64>(), b in any::<i64>()) {
            let (a, b) = (Minutes::new(a), Minutes::new(b));
            if let Ok(sum) = a.checked_add(b) {
                prop_assert_eq!(sum.checked_sub(b), Ok(a));
                prop_assert_eq!(Minutes::sum([a, b]), Ok(sum));
            }
        }
    }
}
