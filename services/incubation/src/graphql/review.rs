//! 入孵评审 in the graph.

use async_graphql::ID;
use kit::graph::Date;

use super::{adviser::IncubationAdviser, shape::output};
use crate::domain::review as domain;

output! {
    /// 评审表。The sheet of an adviser on an application.
    IncubateeReview of domain::IncubateeReview {
        /// 全局编号。Global id.
        id: ID,
        /// 评分。The score.
        score: i32,
        /// 评审意见。The opinion.
        opinion: String,
        /// 评审日期。The day.
        reviewed_on: Date,
    }
    links {
        /// 评审顾问。The adviser.
        adviser: IncubationAdviser = adviser_id,
    }
    plus {}
}
