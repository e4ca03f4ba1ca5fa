//! 入孵评审 in SQL.

use super::record::{ids, record};
use crate::domain::review::{IncubateeReview, IncubateeReviewId};

ids!(IncubateeReviewId);
record!(
    IncubateeReview,
    IncubateeReviewId,
    "incubatee_reviews",
    [
        id,
        incubatee_id,
        adviser_id,
        score,
        opinion,
        reviewed_on,
        reviewed_by,
        created_at
    ]
);
