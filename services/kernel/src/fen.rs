//! Money in 分: whole hundredths of a yuan, checked, never floating.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Fault, Kind, Lang};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the amount is too large to count")]
    Overflow,
    #[error("`{0}` is not an amount in yuan with at most two decimals")]
    Malformed(String),
    #[error("shares need weights that do not sum to zero")]
    Weights,
    #[error("a ratio has no denominator zero")]
    Denominator,
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Overflow => "AMOUNT_OVERFLOW",
            Self::Malformed(_) => "AMOUNT_MALFORMED",
            Self::Weights => "AMOUNT_WEIGHTS",
            Self::Denominator => "AMOUNT_DENOMINATOR",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::Overflow => "金额超出可计算范围".to_owned(),
            Self::Malformed(text) => format!("“{text}”不是有效金额，应为最多两位小数的元"),
            Self::Weights => "分配比例合计不得为零".to_owned(),
            Self::Denominator => "比例的分母不得为零".to_owned(),
        };
        lang.pick(zh, self.to_string()).into()
    }
}

/// An amount of money in 分 (1/100 元).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(i64);

impl Fen {
    pub const ZERO: Self = Self(0);

    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whole yuan.
    pub const fn from_yuan(yuan: i64) -> Result<Self, Error> {
        match yuan.checked_mul(100) {
            Some(fen) => Ok(Self(fen)),
            None => Err(Error::Overflow),
        }
    }

    /// Reads "12", "12.3" or "-12.34" yuan.
    pub fn parse_yuan(text: &str) -> Result<Self, Error> {
        let malformed = || Error::Malformed(text.chars().take(40).collect());
        let (sign, plain) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (yuan, fraction) = match plain.split_once('.') {
            Some((_, "")) => return Err(malformed()),
            Some(parts) => parts,
            None => (plain, ""),
        };
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if yuan.is_empty() || fraction.len() > 2 || !digits(yuan) || !digits(fraction) {
            return Err(malformed());
        }
        let fen: i128 = format!("{yuan}{fraction:0<2}")
            .parse()
            .map_err(|_| Error::Overflow)?;
        narrow(fen * sign)
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

    /// The amount for a quantity.
    pub fn times(self, quantity: i64) -> Result<Self, Error> {
        self.0
            .checked_mul(quantity)
            .map(Self)
            .ok_or(Error::Overflow)
    }

    /// So many hundredths of the amount, halves rounded up (away from zero, so that a refund
    /// mirrors its charge).
    pub fn percent(self, percent: i64) -> Result<Self, Error> {
        self.ratio(percent, 100)
    }

    /// So many thousandths of the amount, rounded like [`Fen::percent`].
    pub fn per_mille(self, per_mille: i64) -> Result<Self, Error> {
        self.ratio(per_mille, 1000)
    }

    /// `amount * numerator / denominator`, rounded like [`Fen::percent`].
    pub fn ratio(self, numerator: i64, denominator: i64) -> Result<Self, Error> {
        if denominator == 0 {
            return Err(Error::Denominator);
        }
        let product = i128::from(self.0) * i128::from(numerator);
        let denominator = i128::from(denominator);
        let sign = product.signum() * denominator.signum();
        let (product, denominator) = (product.abs(), denominator.abs());
        let rounded_up = i128::from(2 * (product % denominator) >= denominator);
        narrow(sign * (product / denominator + rounded_up))
    }

    /// Splits the amount by weights without losing or making a 分: each share is rounded down
    /// and the left-over 分 go to the shares that lost most by it, the earlier on a tie.
    pub fn shares(self, weights: &[u32]) -> Result<Vec<Self>, Error> {
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        if total == 0 {
            return Err(Error::Weights);
        }
        let magnitude = i128::from(self.0).abs();
        let parts: Vec<i128> = weights.iter().map(|w| magnitude * i128::from(*w)).collect();
        let mut shares: Vec<i128> = parts.iter().map(|part| part / total).collect();
        let left = magnitude - shares.iter().sum::<i128>();
        let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
        // The sort is stable, so equal remainders keep the order of the weights.
        by_remainder.sort_by_key(|index| -(parts[*index] % total));
        for index in by_remainder
            .into_iter()
            .take(usize::try_from(left).unwrap_or(0))
        {
            shares[index] += 1;
        }
        let sign = i128::from(self.0.signum());
        shares
            .into_iter()
            .map(|share| narrow(share * sign))
            .collect()
    }

    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        // Summed wide, so that the order of the amounts never decides whether it fits.
        narrow(amounts.into_iter().map(|fen| i128::from(fen.0)).sum())
    }
}

fn narrow(fen: i128) -> Result<Fen, Error> {
    i64::try_from(fen).map(Fen).map_err(|_| Error::Overflow)
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}¥{}.{:02}", fen / 100, fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shows_yuan_with_two_decimals() {
        for (fen, text) in [
            (0, "¥0.00"),
            (5, "¥0.05"),
            (1234, "¥12.34"),
            (-5, "-¥0.05"),
            (-123_400, "-¥1234.00"),
            (i64::MIN, "-¥92233720368547758.08"),
        ] {
            assert_eq!(Fen::new(fen).to_string(), text);
        }
    }

    #[test]
    fn reads_yuan_and_refuses_a_third_decimal() {
        for (text, fen) in [
            ("12", 1200),
            ("12.3", 1230),
            ("12.34", 1234),
            ("-0.01", -1),
            ("0", 0),
        ] {
            assert_eq!(Fen::parse_yuan(text), Ok(Fen::new(fen)));
        }
        for text in [
            "", ".5", "5.", "12.345", "1,000", "1e3", "+1", "--1", "¥1", "１", "1.-2",
        ] {
            assert_eq!(
                Fen::parse_yuan(text).unwrap_err().reason(),
                "AMOUNT_MALFORMED",
                "{text}"
            );
        }
        assert_eq!(
            Fen::parse_yuan("92233720368547758.08"),
            Err(Error::Overflow)
        );
        assert_eq!(Fen::parse_yuan(&"9".repeat(80)), Err(Error::Overflow));
    }

    #[test]
    fn rounds_halves_up_and_refunds_mirror_charges() {
        assert_eq!(Fen::new(50).percent(1), Ok(Fen::new(1)));
        assert_eq!(Fen::new(49).percent(1), Ok(Fen::ZERO));
        assert_eq!(Fen::new(-50).percent(1), Ok(Fen::new(-1)));
        assert_eq!(Fen::new(1500).per_mille(1), Ok(Fen::new(2)));
        assert_eq!(Fen::new(10).ratio(1, -3), Ok(Fen::new(-3)));
        assert_eq!(Fen::new(1).ratio(1, 0), Err(Error::Denominator));
        assert_eq!(
            Fen::new(i64::MIN).ratio(i64::MIN, i64::MIN),
            Ok(Fen::new(i64::MIN))
        );
        assert_eq!(Fen::new(i64::MIN).ratio(i64::MIN, 1), Err(Error::Overflow));
    }

    #[test]
    fn overflow_is_an_error_everywhere() {
        let max = Fen::new(i64::MAX);
        assert_eq!(max.checked_add(Fen::new(1)), Err(Error::Overflow));
        assert_eq!(
            Fen::new(i64::MIN).checked_sub(Fen::new(1)),
            Err(Error::Overflow)
        );
        assert_eq!(max.times(2), Err(Error::Overflow));
        assert_eq!(Fen::from_yuan(i64::MAX), Err(Error::Overflow));
        assert_eq!(Fen::sum([max, Fen::new(1)]), Err(Error::Overflow));
        assert_eq!(Fen::sum([max, Fen::new(1), Fen::new(-1)]), Ok(max));
    }

    #[test]
    fn tranches_of_50_30_20_lose_nothing() {
        let shares = Fen::new(10_001).shares(&[50, 30, 20]).unwrap();
        assert_eq!(shares, [Fen::new(5001), Fen::new(3000), Fen::new(2000)]);
        assert_eq!(Fen::new(5).shares(&[0, 0]), Err(Error::Weights));
        assert_eq!(Fen::new(5).shares(&[]), Err(Error::Weights));
    }

    #[test]
    fn is_an_integer_in_json_and_never_a_float() {
        assert_eq!(serde_json::to_string(&Fen::new(1234)).unwrap(), "1234");
        assert!(serde_json::from_str::<Fen>("12.0").is_err());
        assert!(serde_json::from_str::<Fen>("\"12\"").is_err());
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_amount_and_stay_within_a_fen_of_their_part(
            fen in any::<i64>(), weights in prop::collection::vec(0u32..1000, 1..12),
        ) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            let shares = Fen::new(fen).shares(&weights).unwrap();
            prop_assert_eq!(Fen::sum(shares.iter().copied()), Ok(Fen::new(fen)));
            for (share, weight) in shares.iter().zip(&weights) {
                let off = i128::from(share.get()) * total - i128::from(fen) * i128::from(*weight);
                prop_assert!(off.abs() < total, "{:?}", shares);
                prop_assert!(*weight > 0 || share.get() == 0);
            }
        }

        #[test]
        fn a_ratio_is_the_nearest_amount(fen in any::<i64>(), n in -5000i64..5000, d in 1i64..5000) {
            let exact = i128::from(fen) * i128::from(n);
            if let Ok(part) = Fen::new(fen).ratio(n, d) {
                prop_assert!(2 * (i128::from(part.get()) * i128::from(d) - exact).abs() <= i128::from(d));
            } else {
                prop_assert!((exact / i128::from(d)).abs() >= i128::from(i64::MAX));
            }
        }

        #[test]
        fn what_is_shown_is_read_back(fen in any::<i64>()) {
            let shown = Fen::new(fen).to_string().replace('¥', "");
            prop_assert_eq!(Fen::parse_yuan(&shown), Ok(Fen::new(fen)));
        }
    }
}
