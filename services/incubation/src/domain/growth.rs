//! 成长评估 (A38): scores while an organisation is incubated.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::typed_id;
use serde::{Deserialize, Serialize};

use super::incubatee::{IncubateeId, IncubationStage};

typed_id!(
    /// Growth score (成长评估).
    GrowthScoreId, "growth_score");

kernel::text_enum! {
    /// Which assessment it was.
    pub enum GrowthKind {
        /// 日常
        Regular = "REGULAR",
        /// 中期
        Midterm = "MIDTERM",
        /// 期末
        Final = "FINAL",
    }
}

/// A score; never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrowthScore {
    pub id: GrowthScoreId,
    pub incubatee_id: IncubateeId,
    pub kind: GrowthKind,
    pub stage: IncubationStage,
    pub score: i32,
    pub evidence: String,
    pub assessed_on: NaiveDate,
    pub assessed_by: String,
    pub created_at: DateTime<Utc>,
}

/// The last score of a kind; scores come in the order they were given.
pub fn last(scores: &[GrowthScore], kind: GrowthKind) -> Option<i32> {
    let of_kind = scores.iter().rev().find(|one| one.kind == kind);
    of_kind.map(|one| one.score)
}
