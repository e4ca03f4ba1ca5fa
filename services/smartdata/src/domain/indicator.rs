//! 指标 (A7, A60): counts rolled up by level. A small number tells of persons, so
//! it is covered; and so is another where the covered one could be reckoned
//! from the total.

use kernel::DivisionCode;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    pub code: String,
    pub name: String,
    pub unit: String,
    pub personal: bool,
    pub provenance: String,
}

/// A number of one division; none where it is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub division: DivisionCode,
    pub value: Option<i64>,
}

/// Whether a number is too small to be told.
pub const fn is_small(value: i64, least: i64) -> bool {
    0 < value && value < least
}

/// Covers small numbers. Where the total is told and exactly one part is
/// covered, the smallest of the others is covered too: the first could be
/// reckoned otherwise. A total that is small covers all.
pub fn cover(parts: &[(DivisionCode, i64)], least: i64) -> Vec<Cell> {
    let total: i64 = parts.iter().map(|(_, value)| value).sum();
    let mut covered: Vec<bool> = parts
        .iter()
        .map(|(_, value)| is_small(*value, least) || is_small(total, least) && *value > 0)
        .collect();
    if covered.iter().filter(|it| **it).count() == 1 {
        let next = parts
            .iter()
            .enumerate()
            .filter(|(at, (_, value))| !covered[*at] && *value > 0)
            .min_by_key(|(_, (_, value))| *value)
            .map(|(at, _)| at);
        if let Some(at) = next {
            covered[at] = true;
        }
    }
    parts
        .iter()
        .zip(covered)
        .map(|((division, value), covered)| Cell {
            division: *division,
            value: (!covered).then_some(*value),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(values: &[i64]) -> Vec<(DivisionCode, i64)> {
        values
            .iter()
            .enumerate()
            .map(|(n, value)| {
                let code = format!("230103001{:03}", n + 1);
                (DivisionCode::try_new(&code).unwrap(), *value)
            })
            .collect()
    }

    fn told(values: &[i64]) -> Vec<Option<i64>> {
        cover(&parts(values), 5)
            .into_iter()
            .map(|it| it.value)
            .collect()
    }

    #[test]
    fn a_small_number_takes_another_with_it() {
        assert_eq!(told(&[40, 3, 12]), [Some(40), None, None]);
        assert_eq!(told(&[40, 3, 2]), [Some(40), None, None]);
        assert_eq!(told(&[40, 0, 12]), [Some(40), Some(0), Some(12)]);
        assert_eq!(told(&[3, 1]), [None, None]);
        assert_eq!(told(&[4, 0]), [None, Some(0)]);
    }

    proptest! {
        /// Nobody reckons a small number from the total and what is told.
        #[test]
        fn what_is_covered_cannot_be_reckoned(values in proptest::collection::vec(0_i64..30, 1..9)) {
            let cells = told(&values);
            let total: i64 = values.iter().sum();
            let hidden = cells.iter().filter(|it| it.is_none()).count();
            for (cell, value) in cells.iter().zip(&values) {
                prop_assert!(cell.is_none() || !is_small(*value, 5));
            }
            let others = values.iter().filter(|value| **value > 0).count();
            if hidden == 1 && others > 1 {
                prop_assert!(is_small(total, 5), "{values:?} {cells:?}");
            }
        }
    }
}
