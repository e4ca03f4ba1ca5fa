//! 评价 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{Result, graph::typed};

use super::asked;
use crate::{app, domain::rating as domain};

/// 居民对结果的评价。A resident's judgement of the result.
#[derive(SimpleObject)]
pub struct ResultRating {
    /// 星级,1 至 5。Stars, 1 to 5.
    stars: i32,
    /// 评语。In the resident's words.
    comment: Option<String>,
    /// 评价时间。When it was given.
    rated_at: DateTime<Utc>,
}

impl From<domain::Rating> for ResultRating {
    fn from(rating: domain::Rating) -> Self {
        Self {
            stars: rating.stars,
            comment: rating.comment,
            rated_at: rating.rated_at,
        }
    }
}

/// 评价的输入。A resident's judgement.
#[derive(InputObject)]
pub struct RateResultInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 自己上报的需求。The need the resident reported.
    need_id: ID,
    /// 星级,1 至 5。Stars, 1 to 5.
    stars: i32,
    /// 评语。In the resident's words.
    comment: Option<String>,
}

/// 评价的结果。The rating given.
#[derive(SimpleObject)]
pub struct RateResultPayload {
    /// 评价。The rating.
    rating: ResultRating,
}

/// Rating mutations.
#[derive(Default)]
pub struct RatingMutation;

#[Object]
impl RatingMutation {
    /// 评价结果(只有上报需求的居民)。Rates the result: only the resident who reported the need.
    async fn rate_result(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RateResultInput,
    ) -> Result<RateResultPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let rate = app::rating::Rate {
            need_id: typed(&input.need_id, "input.needId")?,
            stars: input.stars,
            comment: input.comment,
        };
        let (state, caller) = asked(ctx);
        let rating = app::rating::rate(state, caller, key, rate).await?;
        Ok(RateResultPayload {
            rating: rating.into(),
        })
    }
}
