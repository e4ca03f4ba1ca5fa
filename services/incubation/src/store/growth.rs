//! 成长评估 in SQL.

use super::record::{ids, record, texts};
use crate::domain::growth::{GrowthKind, GrowthScore, GrowthScoreId};

ids!(GrowthScoreId);
texts!(GrowthKind);
record!(
    GrowthScore,
    GrowthScoreId,
    "growth_scores",
    [
        id,
        incubatee_id,
        kind,
        stage,
        score,
        evidence,
        assessed_on,
        assessed_by,
        created_at
    ]
);
