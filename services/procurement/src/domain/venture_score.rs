//! 创投打分: whole sheets from tablets, locked for good; the totals in whole
//! millionths of a point, as the database's view computes them.

use chrono::{DateTime, Utc};
use kernel::{Fen, Refusal, keys::ExpertId, refuse};
use serde::{Deserialize, Serialize};

use super::{
    score_sheet::Score,
    sheet::{Factor, Line, field},
    tender::CriterionId,
    venture_application::VentureApplicationId,
    venture_round::{VentureCriterion, VentureRoundId},
};

/// One score of one reviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureScore {
    pub application_id: VentureApplicationId,
    pub criterion_id: CriterionId,
    pub score: Score,
}

/// A reviewer's sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureSheet {
    pub round_id: VentureRoundId,
    pub expert_id: ExpertId,
    pub scores: Vec<VentureScore>,
    pub submitted_at: DateTime<Utc>,
    pub locked_at: Option<DateTime<Utc>>,
}

/// A published total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VentureResult {
    pub application_id: VentureApplicationId,
    /// From 1.
    pub rank: i64,
    pub total_micro: i64,
}

impl Factor for VentureCriterion {
    fn id(&self) -> CriterionId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn max_score(&self) -> i32 {
        self.max_score
    }
}

impl Line for VentureScore {
    type Of = VentureApplicationId;

    fn of(&self) -> VentureApplicationId {
        self.application_id
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
            "VENTURE_APPLICATION_STATE",
            field: field(at, "applicationId"),
            zh: "只能给本轮通过尽职调查的项目打分",
            en: "only projects of this round that passed due diligence are scored",
        )
    }

    fn unknown_criterion(at: usize) -> Refusal {
        refuse!(
            Invalid,
            "CRITERION_UNKNOWN",
            field: field(at, "criterionId"),
            zh: "本轮没有这项评审因素",
            en: "this round has no such criterion",
        )
    }

    fn twice(at: usize) -> Refusal {
        refuse!(
            Invalid,
            "SCORE_TWICE",
            field: field(at, "criterionId"),
            zh: "同一项目的同一因素只能打一次分",
            en: "a project has one score per criterion",
        )
    }
}

/// A quotient rounded half up; both numbers are positive or zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    (2 * numerator + denominator) / (2 * denominator)
}

/// The totals of all projects: the mean of the reviewers' points, without one highest
/// and one lowest where the round says so. Equal totals rank by the smaller request,
/// then by the earlier application.
pub fn rank(
    sheets: &[VentureSheet],
    criteria: &[VentureCriterion],
    requested: &[(VentureApplicationId, Fen)],
    drop_extremes: bool,
) -> Vec<VentureResult> {
    let mut ranked: Vec<(i64, Fen, VentureApplicationId)> = requested
        .iter()
        .filter_map(|&(id, asked)| {
            let mut points: Vec<i128> = sheets
                .iter()
                .map(|sheet| points(sheet, id, criteria))
                .collect();
            points.sort_unstable();
            if drop_extremes {
                points.pop()?;
                (!points.is_empty()).then(|| points.remove(0))?;
            }
            let counted = i128::try_from(points.len()).ok().filter(|n| *n > 0)?;
            let total = rounded(points.iter().sum(), counted);
            Some((i64::try_from(total).unwrap_or(i64::MAX), asked, id))
        })
        .collect();
    ranked.sort_unstable_by(|a, b| (b.0, a.1, a.2).cmp(&(a.0, b.1, b.2)));
    ranked
        .into_iter()
        .zip(1..)
        .map(|((total_micro, _, application_id), rank)| VentureResult {
            application_id,
            rank,
            total_micro,
        })
        .collect()
}

/// What one reviewer gives one project, of a hundred, in millionths.
fn points(sheet: &VentureSheet, project: VentureApplicationId, of: &[VentureCriterion]) -> i128 {
    let given = sheet
        .scores
        .iter()
        .filter(|one| one.application_id == project);
    given
        .filter_map(|one| {
            let criterion = of.iter().find(|c| c.id == one.criterion_id)?;
            let weighed = 1_000_000 * i128::from(criterion.weight) * i128::from(one.score.0);
            Some(rounded(weighed, i128::from(criterion.max_score) * 100))
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::sheet;

    fn sheet(expert: u128, scores: &[i32]) -> VentureSheet {
        VentureSheet {
            round_id: VentureRoundId::from_uuid(Uuid::from_u128(1)),
            expert_id: ExpertId::from_uuid(Uuid::from_u128(expert)),
            scores: scores
                .iter()
                .zip(1..)
                .map(|(score, n)| VentureScore {
                    application_id: project(n),
                    criterion_id: criterion().id,
                    score: Score(*score),
                })
                .collect(),
            submitted_at: DateTime::UNIX_EPOCH,
            locked_at: None,
        }
    }

    fn project(n: u128) -> VentureApplicationId {
        VentureApplicationId::from_uuid(Uuid::from_u128(n))
    }

    fn criterion() -> VentureCriterion {
        VentureCriterion {
            id: CriterionId::from_uuid(Uuid::from_u128(9)),
            name: "方案".into(),
            weight: 100,
            max_score: 100,
        }
    }

    #[test]
    fn a_wild_score_is_dropped_where_the_round_says_so() {
        let sheets = [
            sheet(1, &[8000, 7000]),
            sheet(2, &[8000, 7000]),
            sheet(3, &[8000, 7000]),
            sheet(4, &[8200, 7000]),
            sheet(5, &[0, 10000]),
        ];
        let asked = [(project(1), Fen::new(2)), (project(2), Fen::new(1))];
        let totals = |drop| -> Vec<(VentureApplicationId, i64)> {
            let ranked = rank(&sheets, &[criterion()], &asked, drop);
            ranked
                .iter()
                .map(|one| (one.application_id, one.total_micro))
                .collect()
        };
        assert_eq!(
            totals(true),
            [(project(1), 80_000_000), (project(2), 70_000_000)]
        );
        assert_eq!(
            totals(false),
            [(project(2), 76_000_000), (project(1), 64_400_000)]
        );
    }

    #[test]
    fn equal_totals_rank_by_the_smaller_request() {
        let sheets = [sheet(1, &[8000, 8000])];
        let asked = [(project(1), Fen::new(2)), (project(2), Fen::new(1))];
        let ranked = rank(&sheets, &[criterion()], &asked, false);
        assert_eq!(ranked[0].application_id, project(2));
    }

    #[test]
    fn a_sheet_is_whole_and_within_range() {
        let whole = sheet(1, &[8000, 7000]).scores;
        let projects = [project(1), project(2)];
        let judged = |given: &[VentureScore]| sheet::check(given, &projects, &[criterion()]);
        judged(&whole).unwrap();
        assert_eq!(judged(&whole[..1]).unwrap_err().reason, "SCORES_INCOMPLETE");
        let twice = [whole[0], whole[0]];
        assert_eq!(judged(&twice).unwrap_err().reason, "SCORE_TWICE");
        let mut high = whole.clone();
        high[0].score = Score(10_001);
        assert_eq!(judged(&high).unwrap_err().reason, "SCORE_OUT_OF_RANGE");
    }
}
