//! 居委会工作评价 (A23): rated by residents, published, put right, rated again.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{DivisionCode, Refusal, keys::CommunityId, refuse, typed_id};
use serde::{Deserialize, Serialize};

use super::moves::{Moves as _, moves};

typed_id!(
    /// A round of evaluation (一轮评价).
    EvaluationId, "committee_evaluation");
typed_id!(
    /// What is rated (评价维度).
    DimensionId, "evaluation_dimension");
typed_id!(
    /// The result of a dimension (计分).
    EvaluationResultId, "evaluation_result");
typed_id!(
    /// Something to be put right (整改事项).
    RectificationId, "rectification_item");

kernel::text_enum! {
    /// Where a round stands.
    pub enum EvaluationState {
        /// 已公告
        Opened = "OPENED",
        /// 评价中
        Collecting = "COLLECTING",
        /// 已截止
        Closed = "CLOSED",
        /// 已公布
        Published = "PUBLISHED",
        /// 整改中
        Rectification = "RECTIFICATION",
        /// 已核实
        Verified = "VERIFIED",
    }
}

moves!(EvaluationState, "evaluation", "EVALUATION_STATE", [Opened], [
    Opened => Collecting,
    Opened => Closed,
    Collecting => Closed,
    Closed => Published,
    Published => Rectification,
    // Nothing fell short.
    Published => Verified,
    Rectification => Verified,
]);

impl EvaluationState {
    /// Whether everybody may read what residents said.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Published | Self::Rectification | Self::Verified)
    }
}

/// A round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    pub id: EvaluationId,
    pub community_id: CommunityId,
    pub division_code: DivisionCode,
    pub round: i32,
    pub title: String,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub opened_by: String,
    pub created_at: DateTime<Utc>,
    pub state: EvaluationState,
    pub published_at: Option<DateTime<Utc>>,
    pub second_opens_at: Option<DateTime<Utc>>,
    pub second_closes_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    pub version: i32,
}

/// What is rated, and how much it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimension {
    pub id: DimensionId,
    pub evaluation_id: EvaluationId,
    pub code: String,
    pub title: String,
    pub weight: i32,
}

/// What residents said of a dimension: an average in hundredths of a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationResult {
    pub id: EvaluationResultId,
    pub evaluation_id: EvaluationId,
    pub phase: i32,
    pub dimension_id: DimensionId,
    pub raters: i32,
    pub average: i32,
}

/// Something to be put right by a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rectification {
    pub id: RectificationId,
    pub evaluation_id: EvaluationId,
    pub dimension_id: DimensionId,
    pub measure: String,
    pub due_on: NaiveDate,
    pub created_at: DateTime<Utc>,
    pub evidence: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
    pub version: i32,
}

/// A dimension about to be rated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewDimension {
    pub code: String,
    pub title: String,
    pub weight: i32,
}

/// One score of a slip.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Score {
    pub dimension_id: DimensionId,
    pub score: i32,
}

/// The weights of one to twenty dimensions add up to a hundred.
pub fn check_weights(dimensions: &[NewDimension]) -> Result<(), Refusal> {
    let sum: i64 = dimensions.iter().map(|one| i64::from(one.weight)).sum();
    let each = dimensions.iter().all(|one| (1..=100).contains(&one.weight));
    if each && sum == 100 && dimensions.len() <= 20 {
        return Ok(());
    }
    Err(refuse!(
        Invalid, "EVALUATION_WEIGHTS", field: "input.dimensions",
        zh: "须有 1 至 20 个维度,权重之和为 100(现为 {sum})",
        en: "there are 1 to 20 dimensions, whose weights add up to 100, not {sum}",
    ))
}

/// A slip has one score of 1 to 5 for each dimension and no other.
pub fn check_slip(dimensions: &[Dimension], scores: &[Score]) -> Result<(), Refusal> {
    let whole = dimensions.len() == scores.len()
        && dimensions
            .iter()
            .all(|one| scores.iter().any(|score| score.dimension_id == one.id));
    if !whole {
        return Err(refuse!(
            Invalid, "EVALUATION_SLIP", field: "input.scores",
            zh: "每个维度须评且只评一次", en: "each dimension is rated, once",
        ));
    }
    if let Some(at) = scores.iter().position(|it| !(1..=5).contains(&it.score)) {
        return Err(refuse!(
            Invalid, "EVALUATION_SCORE", field: format!("input.scores.{at}.score"),
            zh: "评分须为 1 至 5 分", en: "a score is 1 to 5",
        ));
    }
    Ok(())
}

impl Evaluation {
    /// Which of the two ratings takes slips now.
    pub fn phase(&self, now: DateTime<Utc>) -> Result<i32, Refusal> {
        let second = match (self.second_opens_at, self.second_closes_at) {
            (Some(opens), Some(closes)) => Some((opens, closes)),
            _ => None,
        };
        let (phase, (opens, closes)) =
            second.map_or((1, (self.opens_at, self.closes_at)), |window| (2, window));
        if now < opens {
            return Err(refuse!(
                Refused, "EVALUATION_NOT_OPEN", zh: "评价尚未开始", en: "the evaluation has not begun",
            ));
        }
        if now >= closes {
            return Err(refuse!(
                Refused, "EVALUATION_CLOSED", zh: "评价已经结束", en: "the evaluation is over",
            ));
        }
        Ok(phase)
    }

    /// Moves; what a move needs besides, the database asks.
    pub fn step(&mut self, next: EvaluationState, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.state = self.state.to(next)?;
        self.updated_at = now;
        if next == EvaluationState::Published {
            self.published_at = Some(now);
        }
        Ok(())
    }
}

impl Rectification {
    /// Whether it should have been put right.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.done_at.is_none() && self.due_on < today
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(weight: i32) -> NewDimension {
        NewDimension {
            code: "A".into(),
            title: "服务".into(),
            weight,
        }
    }

    #[test]
    fn the_weights_add_up_to_a_hundred() {
        assert!(check_weights(&[new(60), new(40)]).is_ok());
        for bad in [vec![], vec![new(60), new(39)], vec![new(110), new(-10)]] {
            assert!(check_weights(&bad).is_err());
        }
    }

    #[test]
    fn a_slip_rates_each_dimension_once() {
        let id = |n| DimensionId::from_uuid(uuid::Uuid::from_u128(n));
        let dimension = |n| Dimension {
            id: id(n),
            evaluation_id: EvaluationId::from_uuid(uuid::Uuid::nil()),
            code: "A".into(),
            title: "服务".into(),
            weight: 50,
        };
        let score = |n, score| Score {
            dimension_id: id(n),
            score,
        };
        let both = [dimension(1), dimension(2)];
        assert!(check_slip(&both, &[score(1, 5), score(2, 1)]).is_ok());
        assert!(check_slip(&both, &[score(1, 5)]).is_err());
        assert!(check_slip(&both, &[score(1, 5), score(1, 4)]).is_err());
        let high = check_slip(&both, &[score(1, 5), score(2, 6)]).unwrap_err();
        assert_eq!(high.field.as_deref(), Some("input.scores.1.score"));
    }
}
