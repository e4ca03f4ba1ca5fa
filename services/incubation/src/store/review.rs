//! 入孵评审 in SQL.

use crate::domain::{
    incubatee::IncubateeId,
    review::{IncubateeReview, IncubateeReviewId},
};
use kit::record::{ids, part, record};

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
part!(IncubateeReview, incubatee_id: IncubateeId);
