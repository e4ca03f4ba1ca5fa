//! 打分表: one per member, complete, unchangeable once locked.

use chrono::{DateTime, Utc};
use kernel::{
    Refusal,
    keys::{ExpertId, TenderId},
    refuse,
};
use serde::{Deserialize, Serialize};

use super::{
    bid::BidId,
    criterion::{Criterion, CriterionKind},
    sheet::{Factor, Line, field},
    tender::CriterionId,
};

/// A score in hundredths of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(pub i32);

impl Score {
    /// Reads points with at most two decimals.
    pub fn from_points(points: f64, field: &str) -> Result<Self, Refusal> {
        let hundredths = (points * 100.0).round();
        if !points.is_finite()
            || (points * 100.0 - hundredths).abs() > 1e-6
            || hundredths.abs() > 1e7
        {
            return Err(refuse!(
                Invalid,
                "SCORE_MALFORMED",
                field: field,
                zh: "分值最多两位小数",
                en: "a score has at most two decimals",
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and below ten million"
        )]
        Ok(Self(hundredths as i32))
    }

    /// The points, for people.
    pub fn points(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

/// One score of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub bid_id: BidId,
    pub criterion_id: CriterionId,
    pub score: Score,
}

/// A member's sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreSheet {
    pub tender_id: TenderId,
    pub expert_id: ExpertId,
    pub scores: Vec<Given>,
    pub submitted_at: DateTime<Utc>,
    pub locked_at: Option<DateTime<Utc>>,
}

impl Factor for Criterion {
    fn id(&self) -> CriterionId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn max_score(&self) -> i32 {
        self.max_score
    }

    fn is_scored(&self) -> bool {
        self.kind != CriterionKind::Price
    }
}

impl Line for Given {
    type Of = BidId;

    fn of(&self) -> BidId {
        self.bid_id
    }

    fn criterion(&self) -> CriterionId {
        self.criterion_id
    }

    fn score(&self) -> Score {
        self.score
    }

    fn foreign(at: usize) -> Refusal {
        refuse!(
            Refused,
            "BID_NOT_QUALIFIED",
            field: field(at, "bidId"),
            zh: "只能给本项目资格合格的投标打分",
            en: "only qualified bids of this tender are scored",
        )
    }

    fn unknown_criterion(at: usize) -> Refusal {
        refuse!(
            Invalid,
            "CRITERION_UNKNOWN",
            field: field(at, "criterionId"),
            zh: "本项目没有这项评审因素",
            en: "this tender has no such criterion",
        )
    }

    fn twice(at: usize) -> Refusal {
        refuse!(
            Invalid,
            "SCORE_TWICE",
            field: field(at, "criterionId"),
            zh: "同一投标的同一因素只能打一次分",
            en: "a bid has one score per criterion",
        )
    }
}

/// 客观因素: members who count the same thing come to the same score. Compared
/// with the sheets that are locked already, while this one can still be mended.
pub fn check_objective(
    own: &[Given],
    locked: &[ScoreSheet],
    criteria: &[Criterion],
) -> Result<(), Refusal> {
    for criterion in criteria.iter().filter(|c| c.objective && c.is_scored()) {
        for one in own.iter().filter(|one| one.criterion_id == criterion.id) {
            let same = |other: &&Given| {
                (other.bid_id, other.criterion_id) == (one.bid_id, one.criterion_id)
            };
            let differs = locked
                .iter()
                .filter_map(|sheet| sheet.scores.iter().find(same))
                .any(|other| other.score != one.score);
            if differs {
                let name = &criterion.name;
                return Err(refuse!(
                    Refused,
                    "OBJECTIVE_SCORES_DIFFER",
                    zh: "客观因素“{name}”的打分与其他评委不一致,请复核后再锁定",
                    en: "the objective criterion \"{name}\" was scored differently by another member; check it before locking",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::sheet;

    fn criterion(n: u128, kind: CriterionKind) -> Criterion {
        Criterion {
            id: CriterionId::from_uuid(Uuid::from_u128(n)),
            name: "方案".into(),
            kind,
            weight: 50,
            max_score: 50,
            objective: true,
        }
    }

    fn given(bid: u128, criterion: u128, score: i32) -> Given {
        Given {
            bid_id: BidId::from_uuid(Uuid::from_u128(bid)),
            criterion_id: CriterionId::from_uuid(Uuid::from_u128(criterion)),
            score: Score(score),
        }
    }

    fn reason(scores: &[Given]) -> &'static str {
        let criteria = [
            criterion(1, CriterionKind::Technical),
            criterion(2, CriterionKind::Price),
        ];
        let bids = [1, 2].map(|n| BidId::from_uuid(Uuid::from_u128(n)));
        sheet::check(scores, &bids, &criteria).map_or_else(|refused| refused.reason, |()| "fine")
    }

    #[test]
    fn a_sheet_is_complete_in_range_and_without_the_price() {
        assert_eq!(reason(&[given(1, 1, 5000), given(2, 1, 0)]), "fine");
        assert_eq!(reason(&[given(1, 1, 5000)]), "SCORES_INCOMPLETE");
        assert_eq!(
            reason(&[given(1, 1, 5001), given(2, 1, 0)]),
            "SCORE_OUT_OF_RANGE"
        );
        assert_eq!(
            reason(&[given(1, 1, -1), given(2, 1, 0)]),
            "SCORE_OUT_OF_RANGE"
        );
        assert_eq!(reason(&[given(1, 2, 1)]), "SCORE_OF_PRICE");
        assert_eq!(reason(&[given(3, 1, 1)]), "BID_NOT_QUALIFIED");
        assert_eq!(reason(&[given(1, 9, 1)]), "CRITERION_UNKNOWN");
        assert_eq!(reason(&[given(1, 1, 1), given(1, 1, 2)]), "SCORE_TWICE");
    }

    #[test]
    fn members_agree_on_what_is_counted() {
        let criteria = [criterion(1, CriterionKind::Technical)];
        let locked = ScoreSheet {
            tender_id: TenderId::from_uuid(Uuid::from_u128(1)),
            expert_id: ExpertId::from_uuid(Uuid::from_u128(1)),
            scores: vec![given(1, 1, 4000)],
            submitted_at: DateTime::default(),
            locked_at: Some(DateTime::default()),
        };
        let locked = [locked];
        check_objective(&[given(1, 1, 4000)], &locked, &criteria).unwrap();
        let refused = check_objective(&[given(1, 1, 4001)], &locked, &criteria).unwrap_err();
        assert_eq!(refused.reason, "OBJECTIVE_SCORES_DIFFER");
    }

    #[test]
    fn points_have_two_decimals() {
        assert_eq!(Score::from_points(92.35, "f").unwrap(), Score(9235));
        assert!((Score(8825).points() - 88.25).abs() < 1e-9);
        for bad in [92.355, f64::NAN, f64::INFINITY, 1e9] {
            assert!(Score::from_points(bad, "f").is_err(), "{bad}");
        }
    }
}
