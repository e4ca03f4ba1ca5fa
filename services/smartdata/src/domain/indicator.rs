//! 指标 (A7, A60): counts rolled up by level. A small number tells of persons, so
//! it is covered; and so is another where the covered one could be reckoned
//! from the total.

use std::collections::HashMap;

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
const fn is_small(value: i64, least: i64) -> bool {
    0 < value && value < least
}

/// Covers small numbers. Where the total is told and exactly one part is
/// covered, the smallest of the others is covered too: the first could be
/// reckoned otherwise. A total that is small covers all.
fn cover(parts: &[(DivisionCode, i64)], least: i64) -> Vec<Cell> {
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

/// What indicators come to in the divisions directly below some.
pub type Parts = HashMap<(String, DivisionCode), Vec<(DivisionCode, i64)>>;

/// Whether the number of a division may be told, as far as those around it and
/// above it ask: each step down from the province is covered as [`cover`] does,
/// and below what is covered nothing is told, or its parts would tell it.
fn may_be_told(parts: &Parts, code: &str, division: &DivisionCode, least: i64) -> bool {
    division.ancestors().all(|through| {
        let above = through.parent().map(|above| (code.to_owned(), above));
        let around = above.and_then(|key| parts.get(&key));
        around.is_none_or(|around| {
            cover(around, least)
                .iter()
                .find(|cell| cell.division == through)
                .is_none_or(|cell| cell.value.is_some())
        })
    })
}

/// Whether the number of a division is covered: it is small, or would tell one
/// that is.
pub fn is_covered(
    parts: &Parts,
    code: &str,
    division: &DivisionCode,
    value: i64,
    least: i64,
) -> bool {
    value > 0 && (is_small(value, least) || !may_be_told(parts, code, division, least))
}

/// An indicator by the divisions directly below one; small numbers are covered
/// where there is a least one that is told.
pub fn told_below(
    parts: &Parts,
    code: &str,
    division: &DivisionCode,
    least: Option<i64>,
) -> Vec<Cell> {
    let below = parts.get(&(code.to_owned(), *division));
    let below = below.map_or(&[][..], Vec::as_slice);
    match least {
        Some(least) => cover_below(below, may_be_told(parts, code, division, least), least),
        None => cover(below, 0),
    }
}

/// The parts of a division, where its own number may be told or not.
fn cover_below(parts: &[(DivisionCode, i64)], above_is_told: bool, least: i64) -> Vec<Cell> {
    let mut cells = cover(parts, least);
    if !above_is_told {
        for cell in &mut cells {
            cell.value = cell.value.filter(|value| *value == 0);
        }
    }
    cells
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

    #[test]
    fn below_what_is_covered_nothing_is_told() {
        let code = |text: &str| DivisionCode::try_new(text).unwrap();
        let (county, here, next) = (
            code("230103000000"),
            code("230103001000"),
            code("230103002000"),
        );
        let (one, two) = (code("230103001001"), code("230103001002"));
        let told = |around: [i64; 2], below: [i64; 2]| {
            let key = |above| ("X".to_owned(), above);
            let parts = Parts::from([
                (key(county), vec![(here, around[0]), (next, around[1])]),
                (key(here), vec![(one, below[0]), (two, below[1])]),
            ]);
            let above = may_be_told(&parts, "X", &here, 5);
            let cells = cover_below(&parts[&key(here)], above, 5);
            let below: Vec<_> = cells.into_iter().map(|it| it.value).collect();
            (above, may_be_told(&parts, "X", &one, 5), below)
        };
        assert_eq!(told([13, 0], [6, 7]), (true, true, vec![Some(6), Some(7)]));
        assert_eq!(told([13, 0], [4, 9]), (true, false, vec![None, None]));
        // Three next door is small, and takes the thirteen of here with it; six
        // and seven would tell them.
        assert_eq!(told([13, 3], [6, 7]), (false, false, vec![None, None]));
        assert_eq!(told([6, 3], [6, 0]), (false, false, vec![None, Some(0)]));
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
