//! 排名 (财政部令第87号 第五十五条): the same arithmetic as the database's view,
//! in whole millionths of a point, so that both must come to the same order.

use std::collections::BTreeMap;

use kernel::Fen;
use serde::{Deserialize, Serialize};

use super::{
    bid::BidId,
    criterion::{Criterion, CriterionKind},
    score_sheet::Given,
    tender::CriterionId,
};

/// Millionths of a point.
const MICRO: i128 = 1_000_000;

/// A bid in the ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    pub bid_id: BidId,
    /// From 1.
    pub rank: i64,
    pub price: Fen,
    /// Everything but the price.
    pub quality_micro: i64,
    pub price_micro: i64,
    pub total_micro: i64,
}

/// A quotient rounded half up; both numbers are positive or zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    (2 * numerator + denominator) / (2 * denominator)
}

fn narrow(micro: i128) -> i64 {
    i64::try_from(micro).unwrap_or(i64::MAX)
}

/// Ranks qualified bids by the scores of all locked sheets. No score is
/// dropped; equal totals rank by the lower price, then by quality.
pub fn rank(bids: &[(BidId, Fen)], scores: &[Given], criteria: &[Criterion]) -> Vec<Ranked> {
    let mut sums: BTreeMap<(BidId, CriterionId), (i128, i128)> = BTreeMap::new();
    for one in scores {
        let sum = sums.entry((one.bid_id, one.criterion_id)).or_default();
        sum.0 += i128::from(one.score.0);
        sum.1 += 1;
    }
    let price_weight: i128 = criteria
        .iter()
        .filter(|c| c.kind == CriterionKind::Price)
        .map(|c| i128::from(c.weight))
        .sum();
    let lowest = bids.iter().map(|(_, price)| price.get()).min().unwrap_or(1);
    let mut ranked: Vec<Ranked> = bids
        .iter()
        .map(|&(bid_id, price)| {
            let quality: i128 = criteria
                .iter()
                .filter_map(|c| sums.get(&(bid_id, c.id)).map(|sum| (c, sum)))
                .map(|(c, (given, members))| {
                    let (weight, most) = (i128::from(c.weight), i128::from(c.max_score) * 100);
                    rounded(MICRO * weight * given, members * most)
                })
                .sum();
            let own = i128::from(price.get());
            let of_price = rounded(MICRO * price_weight * i128::from(lowest), own);
            Ranked {
                bid_id,
                rank: 0,
                price,
                quality_micro: narrow(quality),
                price_micro: narrow(of_price),
                total_micro: narrow(quality + of_price),
            }
        })
        .collect();
    ranked.sort_by_key(|one| {
        (
            -i128::from(one.total_micro),
            one.price,
            -i128::from(one.quality_micro),
            one.bid_id,
        )
    });
    for (at, one) in ranked.iter_mut().enumerate() {
        one.rank = i64::try_from(at + 1).unwrap_or(i64::MAX);
    }
    ranked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::score_sheet::Score;

    fn criterion(n: u128, kind: CriterionKind, weight: i32) -> Criterion {
        Criterion {
            id: CriterionId::from_uuid(Uuid::from_u128(n)),
            name: String::new(),
            kind,
            weight,
            max_score: 100,
            objective: false,
        }
    }

    fn criteria() -> [Criterion; 2] {
        [
            criterion(1, CriterionKind::Technical, 70),
            criterion(2, CriterionKind::Price, 30),
        ]
    }

    fn bid(n: u128) -> BidId {
        BidId::from_uuid(Uuid::from_u128(n))
    }

    fn given(n: u128, score: i32) -> Given {
        let criterion_id = CriterionId::from_uuid(Uuid::from_u128(1));
        Given {
            bid_id: bid(n),
            criterion_id,
            score: Score(score),
        }
    }

    #[test]
    fn the_lowest_price_scores_full_and_others_in_proportion() {
        let bids = [(bid(1), Fen::new(100)), (bid(2), Fen::new(200))];
        let scores = [
            given(1, 8000),
            given(1, 9000),
            given(2, 10000),
            given(2, 10000),
        ];
        let ranked = rank(&bids, &scores, &criteria());
        // 85 % of 70 points and 30 for the price; 70 points and half of 30.
        assert_eq!(ranked[0].total_micro, 89_500_000);
        assert_eq!(ranked[1].total_micro, 85_000_000);
        assert_eq!((ranked[0].bid_id, ranked[0].rank), (bid(1), 1));
    }

    #[test]
    fn a_tie_goes_to_the_lower_price() {
        // 0 of 70 and 30 of 30, against 15/70 of 70 and 15 of 30.
        let bids = [(bid(1), Fen::new(200)), (bid(2), Fen::new(100))];
        let scores = [given(1, 2143), given(2, 0)];
        let criteria = [
            Criterion {
                max_score: 100,
                ..criterion(1, CriterionKind::Technical, 100)
            },
            criterion(2, CriterionKind::Price, 30),
        ];
        let scores = [
            Given {
                score: Score(1500),
                ..scores[0]
            },
            scores[1],
        ];
        let ranked = rank(&bids, &scores, &criteria);
        assert_eq!(ranked[0].total_micro, ranked[1].total_micro);
        assert_eq!(ranked[0].bid_id, bid(2));
    }

    proptest! {
        #[test]
        fn the_order_of_bids_and_sheets_does_not_matter(
            prices in prop::collection::vec(1i64..1_000_000_000_000, 1..6), points in prop::collection::vec(0i32..=10_000, 18)
        ) {
            let bids: Vec<_> = prices.iter().enumerate()
                .map(|(n, price)| (bid(n as u128 + 1), Fen::new(*price))).collect();
            let scores: Vec<_> = points.iter().enumerate()
                .map(|(n, points)| given((n % bids.len()) as u128 + 1, *points)).collect();
            let ranked = rank(&bids, &scores, &criteria());
            let (mut turned, mut mixed) = (bids.clone(), scores.clone());
            turned.reverse();
            mixed.reverse();
            prop_assert_eq!(&ranked, &rank(&turned, &mixed, &criteria()));
            for pair in ranked.windows(2) {
                prop_assert!(pair[0].total_micro >= pair[1].total_micro);
            }
            for one in &ranked {
                prop_assert!(one.total_micro <= 100_000_000);
            }
        }
    }
}
