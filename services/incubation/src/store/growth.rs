//! 成长评估 in SQL.

use crate::domain::{
    growth::{GrowthKind, GrowthScore, GrowthScoreId},
    incubatee::IncubateeId,
};
use kit::record::{ids, part, record, texts};

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
part!(GrowthScore, incubatee_id: IncubateeId);
